"""Words and tags from tokens, and from entities in a text: none is lost, moved or made up."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.data.layouts.reading import Write, jsonl, refused, rows

from accent.data.layouts import LAYOUTS
from accent.data.layouts.words import Span, from_spans, from_tokens


def words(row: dict[str, Any]) -> list[tuple[str, str]]:
    label = row["label"]
    places = zip(label["starts"], label["ends"], label["tags"], strict=True)
    return [(row["text"][start:end], tag) for start, end, tag in places]


def entity(start: Any, end: Any, label: Any = "X", **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, **more}


def test_conll_is_joined_by_single_spaces(write: Write) -> None:
    (row,) = rows(write("a.conll", "EU\tB-ORG\nsaid\tO\n# \tO\n\t\n"), "tagging")
    assert row == {
        "text": "EU said #",
        "label": {"starts": [0, 3, 8], "ends": [2, 7, 9], "tags": ["B-ORG", "O", "O"]},
    }


def test_conllu_gives_back_the_text_as_it_was(write: Write) -> None:
    def word(number: str, form: str, upos: str = "X", misc: str = "_") -> str:
        return "\t".join([number, form, "_", upos, "_", "_", "_", "_", "_", misc]) + "\n"

    content = word("1", "(", "PUNCT", "SpaceAfter=No") + word("2-3", "can't", misc="SpaceAfter=No|x=1")
    content += word("2", "ca", "AUX") + word("3", "n't", "PART") + word("4", ")", "PUNCT")
    content += word("5-6", "del") + word("5", "de", "ADP") + word("6", "el", "DET") + word("7", ".", "PUNCT") + "\n"
    (row,) = rows(write("a.conllu", content), "tagging")
    assert row["text"] == "(can't) de el ."
    assert words(row) == [
        ("(", "PUNCT"), ("ca", "AUX"), ("n't", "PART"), (")", "PUNCT"), ("de", "ADP"), ("el", "DET"), (".", "PUNCT")
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["tags", "ner_tags", "labels"])
def test_lists_of_tokens_and_tags(write: Write, name: str) -> None:
    records = [{"id": 1, "tokens": ["New", "York", "!"], name: ["B-LOC", "I-LOC", "O"]}, {"tokens": [], name: []}]
    found = rows(write("a.jsonl", jsonl(records)), "tagging")
    assert words(found[0]) == [("New", "B-LOC"), ("York", "I-LOC"), ("!", "O")]
    assert found[1] == {"text": "", "label": {"starts": [], "ends": [], "tags": []}}


def test_numbers_are_tags_and_class_names_are_put_for_them(write: Write) -> None:
    from datasets import ClassLabel, Dataset, Features, List, Value

    (row,) = rows(write("a.jsonl", jsonl([{"tokens": ["a", "b"], "ner_tags": [0, 3]}])), "tagging")
    assert row["label"]["tags"] == ["0", "3"]
    features = Features({"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=["O", "B-X"]))})
    sink = io.BytesIO()
    Dataset.from_dict({"tokens": [["a", "b"]], "ner_tags": [[1, 0]]}, features=features).to_parquet(sink)
    (row,) = rows(write("a.parquet", sink.getvalue()), "tagging")
    assert row["label"]["tags"] == ["B-X", "O"]


def test_a_text_beside_the_tokens_is_the_text_where_they_stand_in_it(write: Write) -> None:
    records = [
        {"tokens": ["It", "'s", "here"], "tags": ["O", "O", "O"], "text": " It's  here "},
        {"tokens": ["``", "No"], "tags": ["O", "O"], "text": '"No'},
        {"tokens": ["a"], "tags": ["O"], "text": "a b"},
    ]
    found = rows(write("a.jsonl", jsonl(records)), "tagging")
    assert [row["text"] for row in found] == [" It's  here ", "`` No", "a"]
    assert found[0]["label"] == {"starts": [1, 3, 7], "ends": [3, 5, 11], "tags": ["O", "O", "O"]}


ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "too few tags": ({"tokens": ["a", "b"], "tags": ["O"]}, "2 tokens and 1 tags"),
    "no tags": ({"tokens": ["a"], "tags": None}, "1 tokens and 0 tags"),
    "an empty token": ({"tokens": ["a", " "], "tags": ["O", "O"]}, "an empty token"),
    "an empty tag": ({"tokens": ["a", "b"], "tags": ["O", ""]}, "the token 'b' has no tag"),
}


@pytest.mark.parametrize("case", ROWS)
def test_tokens_and_tags_that_do_not_fit(write: Write, case: str) -> None:
    record, what = ROWS[case]
    path = write("a.jsonl", jsonl([{"tokens": ["x"], "tags": ["O"]}, record]))
    error = refused(path, "tagging")
    assert (error.what, error.where) == (what, f"{path}:2")


@pytest.mark.parametrize("line", ["b", "b\tX\tO", "b O x"])
def test_uneven_columns_of_conll_are_named_with_their_line(write: Write, line: str) -> None:
    path = write("a.conll", f"a\tO\n{line}\n")
    error = refused(path, "tagging")
    assert "broken row" in error.what
    assert error.where == f"{path}:2"


TEXT = "Mr. O'Neil-Smith flew to São Paulo"


@pytest.mark.parametrize("key", ["label", "tag", "type", "entity_group"])
@pytest.mark.parametrize("column", ["entities", "spans"])
def test_entities_become_bio_and_cut_words_at_their_borders(write: Write, column: str, key: str) -> None:
    entities = [{"start": 25, "end": 34, key: "LOC"}, {"start": 6, "end": 8, key: "PER", "score": 0.5}]
    (row,) = rows(write("a.jsonl", jsonl([{"text": TEXT, column: entities}])), "tagging")
    assert row["text"] == TEXT
    assert words(row) == [
        ("Mr", "O"), (".", "O"), ("O", "O"), ("'", "O"), ("Ne", "B-PER"), ("il", "O"), ("-", "O"), ("Smith", "O"),
        ("flew", "O"), ("to", "O"), ("São", "B-LOC"), ("Paulo", "I-LOC"),
    ]  # fmt: skip


def test_entities_side_by_side_begin_anew(write: Write) -> None:
    record = {"text": "New York", "entities": [[0, 4, "A"], [4, 8, "A"]]}
    (row,) = rows(write("a.jsonl", jsonl([record])), "tagging")
    assert words(row) == [("New", "B-A"), ("York", "B-A")]


@pytest.mark.parametrize("cell", [None, [], ""])
def test_a_text_without_entities(write: Write, cell: object) -> None:
    records = [{"text": "a b", "entities": cell}, {"text": "c", "entities": [entity(0, 1)]}]
    found = rows(write("a.jsonl", jsonl(records)), "tagging")
    assert [words(row) for row in found] == [[("a", "O"), ("b", "O")], [("c", "B-X")]]


SPANS: dict[str, tuple[Any, str]] = {
    "outside": ([entity(0, 9)], "the entity X from 0 to 9 does not lie in the text, which has 7 characters"),
    "before": ([entity(-1, 2)], "the entity X from -1 to 2 does not lie in the text"),
    "backwards": ([entity(3, 1)], "the entity X from 3 to 1 does not lie in the text"),
    "empty": ([entity(2, 2)], "the entity X from 2 to 2 is empty"),
    "space": ([entity(3, 4)], "the entity ' ' (X from 3 to 4) holds nothing but white space"),
    "overlap": ([entity(4, 7), entity(0, 5, "Y")],
                "the entities 'one t' (Y from 0 to 5) and 'two' (X from 4 to 7) overlap"),
    "no label": ([{"start": 0, "end": 3}], "has no start, end and label"),
    "no number": ([entity("a", 3)], "has no start, end and label"),
    "other text": ([entity(0, 3, text="two")], "the entity 'one' (X from 0 to 3) should be 'two'"),
    "no list": ({"start": 0}, "is no list of entities"),
    "words": ("none", "is no list of entities"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPANS)
def test_entities_that_do_not_fit_are_named_with_their_line(write: Write, case: str) -> None:
    cell, what = SPANS[case]
    path = write(
        "a.jsonl", jsonl([{"text": "fine", "entities": [entity(0, 4)]}, {"text": "one two", "entities": cell}])
    )
    error = refused(path, "tagging")
    assert what in error.what
    assert error.where == f"{path}:2"


@given(st.text(alphabet="ab1 .-é\u0301\n", max_size=30), st.lists(st.integers(0, 30), max_size=8, unique=True))
def test_every_entity_is_its_words_and_no_letter_is_lost(text: str, borders: list[int]) -> None:
    cuts = sorted(border for border in borders if border <= len(text))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    spans = [Span(start, end, f"T{place}") for place, (start, end) in enumerate(pairs) if text[start:end].strip()]
    found = from_spans(text, spans)
    places = list(zip(found.starts, found.ends, found.tags, strict=True))
    assert "".join(text[start:end] for start, end, _ in places) == "".join(text.split())
    assert all(end <= start for (_, end, _), (start, _, _) in pairwise(places))
    for span in spans:
        inside = [(start, end, tag) for start, end, tag in places if start < span.end and end > span.start]
        assert [tag for _, _, tag in inside] == [f"B-{span.label}"] + [f"I-{span.label}"] * (len(inside) - 1)
        assert text[inside[0][0] : inside[-1][1]] == text[span.start : span.end].strip()
    assert sum(tag.startswith("B-") for tag in found.tags) == len(spans)


@given(st.lists(st.text(alphabet="ab. é", min_size=1, max_size=5).filter(str.strip), max_size=8))
def test_words_of_tokens_are_the_tokens(tokens: list[str]) -> None:
    found = from_tokens(tokens, ["O"] * len(tokens))
    assert [found.text[start:end] for start, end in zip(found.starts, found.ends, strict=True)] == [
        token.strip() for token in tokens
    ]


def test_tags_are_not_needed_for_predicting(write: Write) -> None:
    found = {"text": "one two", "words": {"starts": [0, 4], "ends": [3, 7]}}
    assert rows(write("a.txt", "one two\n"), "tagging", require_labels=False) == [found]
    path = write("a.jsonl", jsonl([{"tokens": ["one", "two"]}]))
    assert rows(path, "tagging", require_labels=False) == [found]


@pytest.mark.parametrize(("name", "content"), [
    ("a.conll", "U.S.\tB-LOC\nain't\tO\n\nwell-known\tO\n"),
    ("a.jsonl", jsonl([{"tokens": ["U.S.", "ain't"]}, {"tokens": ["well-known"]}])),
])  # fmt: skip
def test_tokens_are_the_words_that_are_asked_for(write: Write, name: str, content: str) -> None:
    assert rows(write(name, content), "tagging", require_labels=False) == [
        {"text": "U.S. ain't", "words": {"starts": [0, 5], "ends": [4, 10]}},
        {"text": "well-known", "words": {"starts": [0], "ends": [10]}},
    ]


@pytest.mark.parametrize(("text", "wanted"), [
    ("cafe\u0301s, e\u0301", ["cafe\u0301s", ",", "e\u0301"]),
    ("हिन्दी में लिखो", ["हिन्दी", "में", "लिखो"]),
    ("\u2764\ufe0fa -\u0301b_c", ["\u2764\ufe0f", "a", "-\u0301", "b_c"]),
    ("a \u0301b", ["a", "\u0301", "b"]),
])  # fmt: skip
def test_marks_stay_with_the_letter_that_bears_them(text: str, wanted: list[str]) -> None:
    found = from_spans(text, ())
    assert [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)] == wanted


def test_an_entity_may_begin_with_a_mark() -> None:
    found = from_spans("se\u0301a", [Span(2, 4, "X")])
    assert list(zip(found.starts, found.ends, found.tags, strict=True)) == [(0, 2, "O"), (2, 3, "B-X"), (3, 4, "I-X")]


def test_data_of_other_tasks_is_named(write: Write) -> None:
    lines = "".join(f"some words about {number},{'ab'[number % 2]}\n" for number in range(12))
    error = refused(write("a.csv", "text,label\n" + lines), "tagging")
    assert error.what == "no tokens with tags and no text with entities: the columns are text, label"
    assert error.remedy.startswith("This data is for --task classification; for tagging give tokens")
    tokens = write("b.conll", "a\tO\nb\tO\n")
    assert "--task tagging" in refused(tokens, "classification").remedy
    assert "--task tagging" in refused(tokens, "qa").remedy


@pytest.mark.parametrize("step", ["whitespace", "lowercase", "html"])
def test_steps_that_move_spans_are_refused(write: Write, step: str) -> None:
    path = write("a.conll", "a\tO\n\nb\tO\n\na\tO\n")
    error = refused(path, "tagging", clean=(step, "drop-empty"))
    assert error.what == f"the cleaning step {step} would move the spans of tagging in their texts"
    assert "labels would have no effect" in refused(path, "tagging", clean=("labels",)).what
    assert [row["text"] for row in rows(path, "tagging", clean=("drop-duplicates",))] == ["a", "b"]


def test_keys_and_classes() -> None:
    layout = LAYOUTS["tagging"]
    label = {"tags": ["O", "O", "B-PER", "I-PER", "O", "L-LOC", "NOUN", "B-PER"]}
    assert layout.key(label) == "O*2 B-PER I-PER O L-LOC NOUN B-PER"
    assert layout.classes(label) == ("PER", "LOC", "NOUN")
    assert layout.key({"tags": []}) == ""
