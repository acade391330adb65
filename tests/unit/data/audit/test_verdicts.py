from __future__ import annotations

import pytest
from tests.unit.data.audit.stand_in import Row, findings, loaded_splits, only, tagged

from accent.config.tasks import TaskName
from accent.data.audit import audit


def filler(name: str, count: int, label: object) -> list[Row]:
    return [(f"{name} row number {at} is nothing like {at * 7919 % 1013}", label) for at in range(count)]


def test_rows_with_other_sets_of_labels_conflict() -> None:
    rows: list[Row] = [*filler("train", 400, ["a"]), ("Same text here.", ["b", "a"]), ("same text here", ["a"])]
    found = only(audit(loaded_splits({"train": rows}, task="multilabel")), "conflicts")
    assert (found.severity, found.count) == ("warning", 1)
    assert found.what == "1 text in train stands there with different labels (2 rows, 0.5 %)"
    assert found.places[0].text == '"a + b", there "a": Same text here.'
    assert found.remedy == "Decide on the labels for it, or go on with `--allow conflicts`."


def test_a_text_with_and_without_labels_conflicts_across_splits() -> None:
    splits = {"train": [("same text", ["a"]), ("x", ["b"])], "test": [("same text", []), ("y", ["a"])]}
    found = only(audit(loaded_splits(splits, task="multilabel")), "conflicts")
    assert (found.severity, found.places[0].text) == ("error", '"no label", there "a": same text')


def test_labels_in_another_order_or_spelling_agree() -> None:
    rows: list[Row] = [("same text", ["a", "B"]), ("same text", ["b", "A"]), ("none", []), ("none", [])]
    assert not findings(audit(loaded_splits({"train": rows}, task="multilabel")), "conflicts")


def test_different_tags_are_a_warning_that_names_the_word() -> None:
    splits = {
        "train": [tagged("Ann/B-PER met/O Paris/B-LOC ./O"), tagged("Ann/B-PER met/O Paris/B-PER !/O")],
        "test": [tagged("ann/B-PER met/O paris/O"), tagged("She/O left/O")],
    }
    data = loaded_splits(splits, task="tagging")
    within, across = findings(audit(data), "conflicts")
    assert (within.severity, across.severity) == ("warning", "warning")
    assert within.what == "1 text in train stands there with different tags (2 rows, 100 %)"
    assert within.places[0].text == '"Paris" is B-LOC, there B-PER: Ann met Paris .'
    assert within.remedy == "Decide on the tags for it."
    assert across.places[0].text == '"paris" is O, there B-LOC: ann met paris'
    assert str(across.places[0]) == "test.tsv:1 and train.tsv:1"


def test_tags_of_punctuation_are_no_conflict() -> None:
    rows = [tagged("Ann/B-PER ,/O left/O ./O"), tagged("Ann/B-PER left/O"), tagged("Ann/B-PER left/O !/PUNCT")]
    assert not findings(audit(loaded_splits({"train": rows}, task="tagging")), "conflicts")


def test_texts_that_are_cut_into_other_words_conflict() -> None:
    rows = [tagged("can't/AUX go/VERB"), tagged("ca/AUX n't/PART go/VERB")]
    found = only(audit(loaded_splits({"train": rows}, task="tagging")), "conflicts")
    assert found.places[0].text == "2 words, there 3: can't go"


@pytest.mark.parametrize(("number", "far"), [(2.0, False), (1.999, False), (2.1, True), (0.0, False), (-0.1, True)])
def test_numbers_conflict_where_they_are_more_than_a_tenth_of_the_range_apart(number: float, far: bool) -> None:
    rows: list[Row] = [("low", [-4.0]), ("high", [6.0]), ("same text", [1.0]), ("Same text.", [number])]
    found = findings(audit(loaded_splits({"train": rows}, task="regression", numbers=("score",))), "conflicts")
    assert [one.severity for one in found] == ["warning"] * far
    if far:
        assert found[0].what == (
            "1 text in train stands there with numbers that differ by more than 10 % of their range (2 rows, 50.0 %)"
        )
        assert found[0].places[0].text == f"1.0, there {number}: same text"
        assert found[0].remedy == "Decide on the right number for it."


def test_the_range_is_that_of_all_splits_and_of_each_number() -> None:
    splits = {
        "train": [("low", [0.0, 0.0]), ("same text", [1.0, 50.0])],
        "test": [("high", [10.0, 100.0]), ("same text", [1.9, 59.0]), ("same text", [1.0, 61.0])],
    }
    found = findings(audit(loaded_splits(splits, task="regression", numbers=("one", "two"))), "conflicts")
    assert [one.what.split(" with ")[0] for one in found] == ["1 text stands in both train and test"]
    assert found[0].places[0].text == "1.0, 61.0, there 1.0, 50.0: same text"
    assert found[0].remedy == "Decide on the right numbers for it."


def test_rows_of_one_split_that_stand_apart_do_not_make_a_conflict_with_one_between_them() -> None:
    splits = {
        "train": [("low", [0.0]), ("high", [10.0]), ("same text", [4.0]), ("same text", [5.8])],
        "test": [("same text", [4.9]), ("x", [1.0])],
    }
    found = findings(audit(loaded_splits(splits, task="regression", numbers=("score",))), "conflicts")
    assert [one.what.split(" with ")[0] for one in found] == ["1 text in train stands there"]


@pytest.mark.parametrize(
    ("task", "labels"),
    [("generation", ("one", "two")), ("summarization", (["one"], ["two", "three"]))],
)
def test_texts_may_go_on_in_several_ways(task: TaskName, labels: tuple[object, object]) -> None:
    rows: list[Row] = [("same text", labels[0]), ("same text", labels[1])]
    found = audit(loaded_splits({"train": rows}, task=task))
    assert [one.kind for one in found.findings] == ["duplicates"]


def test_questions_may_have_several_answers() -> None:
    context = "Ann and Bob came."
    rows: list[Row] = [
        ("Who came?", context, [{"text": "Ann", "start": 0}]),
        ("Who came?", context, [{"text": "Bob", "start": 8}]),
    ]
    assert [one.kind for one in audit(loaded_splits({"train": rows}, task="qa")).findings] == ["duplicates"]
