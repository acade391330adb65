from __future__ import annotations

from tests.unit.data.audit.stand_in import Row, findings, loaded_splits, only

from accent.data.audit import Audit, audit

LONG = " ".join(f"w{at}" for at in range(31))


def row(question: str, context: str, *answers: str) -> Row:
    return question, context, [{"text": answer, "start": context.index(answer)} for answer in answers]


def audited(**splits: list[Row]) -> Audit:
    return audit(loaded_splits(splits, task="qa"))


def test_short_answers_are_nothing_to_tell() -> None:
    found = audited(
        train=[row("Who came?", "Ann came.", "Ann")], test=[row("Who left?", "Nobody but Bob left.", "Bob")]
    )
    assert found.findings == ()
    assert found.splits["train"].labels == {}


def test_long_answers_are_a_note() -> None:
    found = only(
        audited(
            train=[
                row("What all?", f"All of {LONG} it.", LONG),
                row("What else?", f"Here is {LONG} too.", LONG[: LONG.rindex(" ")]),
                row("Which?", f"Some of {LONG} here.", LONG, "w0 w1"),
                row("Why?", "Because of rain.", "rain"),
            ]
        ),
        "long-answers",
    )
    assert (found.severity, found.count) == ("note", 1)
    assert found.what == "1 row has no answer of 30 words or less: 25.0 % of the train rows"
    assert "`--answer-length`" in found.remedy
    assert [str(place) for place in found.places] == ["train.tsv:1"]


def test_questions_without_an_answer_are_a_note_with_their_share() -> None:
    found = only(
        audited(
            train=[
                row("Who came?", "Ann came.", "Ann"),
                row("Who left?", "It rained."),
                row("Who sang?", "It was dark."),
            ],
            validation=[row("Who ran?", "Joe ran.", "Joe")],
            test=[row("Who swam?", "Nothing moved.")],
        ),
        "no-answer",
    )
    assert (found.severity, found.count) == ("note", 3)
    assert found.what == "3 questions have no answer: 66.7 % of the train rows; 100 % of the test rows"
    assert [str(place) for place in found.places] == ["train.tsv:2", "train.tsv:3", "test.tsv:1"]


def test_no_answer_is_not_an_empty_label() -> None:
    assert not findings(audited(train=[row("Who left?", "It rained.")]), "empty")


def test_a_context_in_two_splits_is_a_warning() -> None:
    found = audited(
        train=[row("Who came?", "Ann came at noon.", "Ann"), row("When?", "Ann came at noon.", "noon")],
        validation=[row("Who sang?", "Joe sang.", "Joe")],
        test=[row("Who was it?", "Ann came, at noon!", "Ann"), row("Who sang it?", "Eve sang.", "Eve")],
    )
    shared = only(found, "shared-context")
    assert (shared.severity, shared.count) == ("warning", 1)
    assert shared.what == (
        "1 context stands in both train and test, equal letter by letter: 2 of 2 train rows (100 %) and "
        "1 of 2 test rows (50.0 %)"
    )
    assert str(shared.places[0]) == "test.tsv:1 and train.tsv:1"
    assert shared.places[0].text == "Who was it? | Ann came, at noon!"
    assert not findings(found, "leaks")
    assert not found.errors


def test_the_same_question_on_the_same_context_is_a_leak() -> None:
    rows = [row("Who came?", "Ann came at noon.", "Ann")]
    leak = only(audited(train=rows, test=[*rows, row("Who left?", "Bob left.", "Bob")]), "leaks")
    assert (leak.severity, leak.what.split(" in ")[0]) == ("error", "1 pair stands")


def test_a_shared_question_is_no_shared_context() -> None:
    found = audited(train=[row("Who came?", "Ann came.", "Ann")], test=[row("Who came?", "Bob did.", "Bob")])
    assert found.findings == ()


def test_pairs_that_share_a_second_text_are_free_to_in_other_tasks() -> None:
    splits = {
        "train": [("one", "same", "a"), ("two", "same", "b")],
        "test": [("three", "same", "a"), ("four", "x", "b")],
    }
    assert not findings(audit(loaded_splits(splits)), "shared-context")
