"""The columns of texts and labels are found by name, then by contents; else an error says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from accent.config.data import DataConfig
from accent.data.layouts import LAYOUTS
from accent.data.profiles import profile_columns
from accent.data.readers.batches import record_batches, row_schema
from accent.data.schema import Found, Schema
from accent.data.store import Write, store
from accent.errors import DataError

TEXTS = [f"some words about thing number {number}" for number in range(40)]
LABELS = ["yes", "no"] * 20
NUMBERS = [str(number) for number in range(40)]


def find(columns: Mapping[str, Sequence[Any]], *, require_labels: bool = True, **config: Any) -> Found:
    lists = {name: pa.list_(pa.string()) for name, values in columns.items() if isinstance(values[0], list)}
    schema = row_schema(tuple(columns), lists)
    rows = enumerate(zip(*columns.values(), strict=True), start=1)

    def fill(write: Write) -> dict[str, Any]:
        for batch in record_batches(rows, schema):
            write(batch)
        return {}

    profiles = profile_columns(store("t", schema, fill))
    data = DataConfig(source="x", **config)
    return LAYOUTS["classification"].find(profiles, data, where="rows.csv", require_labels=require_labels)


FOUND: dict[str, tuple[dict[str, Sequence[Any]], tuple[str, ...], str | None]] = {
    "by name": ({"text": TEXTS, "label": LABELS, "subject": LABELS}, ("text",), "label"),
    "names in capitals": ({"Review": TEXTS, "Sentiment": LABELS}, ("Review",), "Sentiment"),
    "by contents": ({"a": NUMBERS, "b": TEXTS, "c": LABELS}, ("b",), "c"),
    "nameless": ({"column_1": TEXTS, "column_2": LABELS}, ("column_1",), "column_2"),
    "nameless pair": ({"column_1": LABELS, "column_2": TEXTS, "column_3": TEXTS[::-1]}, ("column_2", "column_3"),
                      "column_1"),
    "numbered pair": ({"#1 ID": NUMBERS, "#2 ID": NUMBERS, "Quality": LABELS, "#1 String": TEXTS, "#2 String": TEXTS},
                      ("#1 String", "#2 String"), "Quality"),
    "lettered pair": ({"text_a": TEXTS, "text_b": TEXTS[::-1], "label": LABELS}, ("text_a", "text_b"), "label"),
    "known pair": ({"hypothesis": TEXTS, "premise": TEXTS[::-1], "label": LABELS}, ("premise", "hypothesis"), "label"),
    "index and flag": ({"column_1": NUMBERS, "spam": ["0", "1"] * 20, "text": TEXTS}, ("text",), "spam"),
    "few texts repeated": ({"a": TEXTS[:4] * 10, "b": LABELS}, ("a",), "b"),
    "words": ({"word": [f"w{number}" for number in range(40)], "pos": LABELS}, ("word",), "pos"),
    "title with text": ({"title": TEXTS[::-1], "text": TEXTS, "label": LABELS}, ("text",), "label"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_columns_are_found(case: str) -> None:
    columns, texts, label = FOUND[case]
    found = find(columns)
    assert found.schema == Schema(text_columns=texts, label_columns=(label,))
    assert found.notes == (f"text: {' + '.join(texts)} (inferred)", f"label: {label} (inferred)")


def test_columns_that_are_named_are_taken_without_a_note() -> None:
    columns = {"text": TEXTS, "label": LABELS, "subject": LABELS, "who": NUMBERS}
    found = find(columns, text_column=("text",), label_column=("subject",), group_column="who")
    assert found == Found(schema=Schema(text_columns=("text",), label_columns=("subject",), group_column="who"))


def test_labels_are_not_needed_for_predicting() -> None:
    assert find({"text": TEXTS}, require_labels=False).schema.label_columns == ()
    assert find({"a": TEXTS, "b": NUMBERS}, require_labels=False).schema.text_columns == ("a",)


@pytest.mark.parametrize("option", ["text_column", "label_column", "group_column"])
def test_a_column_that_is_not_there_is_named_with_the_nearest(option: str) -> None:
    with pytest.raises(DataError) as caught:
        find({"text": TEXTS, "label": LABELS}, **{option: "lable" if option == "group_column" else ("lable",)})
    assert str(caught.value) == "no column 'lable' (rows.csv)\nDid you mean 'label'? The columns are: text, label."


ERRORS: dict[str, tuple[dict[str, Sequence[Any]], dict[str, Any], str, str]] = {
    "free text": ({"text": TEXTS, "label": TEXTS[::-1]}, {}, "holds free text: 40 different values", "--label-column"),
    "identifier": ({"text": TEXTS, "id": NUMBERS}, {"label_column": ("id",)}, "as an identifier has", "--label-column"),
    "text as label": ({"text": TEXTS, "b": LABELS}, {"label_column": ("text",), "text_column": ("text",)},
                      "is the text column too", "--label-column"),
    "no labels": ({"text": TEXTS}, {}, "no column of labels among text", "Give each row a label"),
    "no labels but numbers": ({"text": TEXTS, "n": NUMBERS}, {}, "no column of labels among text, n", "--label-column"),
    "several labels": ({"text": TEXTS, "a": LABELS, "b": LABELS}, {}, "2 columns may hold the label", "--label-col"),
    "several texts": ({"a": TEXTS, "b": TEXTS[::-1], "label": LABELS}, {}, "2 columns may hold the text", "--text-col"),
    "three texts": ({"a": TEXTS, "b": TEXTS, "c": TEXTS, "label": LABELS}, {"text_column": ("a", "b", "c")},
                    "3 text columns", "twice"),
    "tagging": ({"tokens": [["a"]] * 40, "tags": [["O"]] * 40}, {}, "no column of texts", "--task tagging"),
    "questions": ({"context": TEXTS, "question": TEXTS, "answers": TEXTS, "title": LABELS}, {}, "no column of texts",
                  "--task qa"),
    "lists as text": ({"words": [["a"]] * 40, "label": LABELS}, {"text_column": ("words",)}, "holds lists", "tagging"),
    "lists as label": ({"text": TEXTS, "label": [["a"]] * 40}, {"label_column": ("label",)}, "holds lists",
                      "--task multilabel"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_what_cannot_be_found_is_an_error(case: str) -> None:
    columns, config, what, remedy = ERRORS[case]
    with pytest.raises(DataError) as caught:
        find(columns, **config)
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert len(str(caught.value).splitlines()) == 2


def test_scores_with_many_values_are_no_free_text() -> None:
    scores = [f"{number / 7:.3f}" for number in range(40)]
    assert find({"text": TEXTS, "score": scores}).schema.label_columns == ("score",)


def test_a_file_sorted_by_label_is_looked_at_from_end_to_end(write: Callable[..., Path]) -> None:
    from accent.data import load

    rows = [f"text number {number} here\t{'late' if number >= 15_000 else 'early'}\n" for number in range(20_000)]
    data = load(DataConfig(source=str(write("sorted.tsv", "a\tb\n" + "".join(rows)))), seed=0)
    assert data.schema.label_columns == ("b",)
