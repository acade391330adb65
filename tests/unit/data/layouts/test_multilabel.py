"""Labels of a row from a list, from one cell, and from a column each."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.data.layouts.reading import Write, jsonl, notes, refused, rows

from accent.data.layouts import LAYOUTS

TEXTS = [f"some words about thing number {number}" for number in range(12)]


def labels(*args: Any, **config: Any) -> list[list[str]]:
    return [row["label"] for row in rows(*args, "multilabel", **config)]


def table(name: str, cells: list[str], separator: str = "\t") -> str:
    lines = [f"{text}{separator}{cell}" for text, cell in zip(TEXTS, cells * 12, strict=False)]
    return "\n".join([f"text{separator}{name}", *lines]) + "\n"


def test_a_list_column_loses_empty_and_repeated_labels_and_spaces(write: Write) -> None:
    records = [
        {"text": "one two", "labels": ["b", " a ", "b"]},
        {"text": "two three", "labels": []},
        {"text": "four", "labels": ["", None, "c"]},
        {"text": "five", "labels": None},
    ]
    found = rows(write("a.jsonl", jsonl(records[::-1][1:] + records[-1:])), "multilabel")
    assert [row["label"] for row in found] == [["c"], [], ["b", "a"], []]
    assert [row["text"] for row in found] == ["four", "two three", "one two", "five"]


def test_lists_of_parquet_with_class_names(write: Write) -> None:
    from datasets import ClassLabel, Dataset, Features, List, Value

    features = Features({"text": Value("string"), "labels": List(ClassLabel(names=["joy", "fear"]))})
    made = Dataset.from_dict({"text": TEXTS[:3], "labels": [[0], [1, 0], []]}, features=features)
    sink = io.BytesIO()
    made.to_parquet(sink)
    assert labels(write("a.parquet", sink.getvalue())) == [["joy"], ["fear", "joy"], []]
    plain = io.BytesIO()
    pq.write_table(pa.table({"text": TEXTS[:2], "labels": [[3], [4, 3]]}), plain)
    assert labels(write("b.parquet", plain.getvalue())) == [["3"], ["4", "3"]]


@pytest.mark.parametrize(
    ("cells", "delimiter"),
    [
        (["red|green", "red", "blue|green"], "|"),
        (["red, x|green", "red, x", "blue|green"], "|"),
        (["red; green", "red", "blue; green"], ";"),
        (["red, green", "red", "blue, green"], ","),
    ],
)
def test_the_delimiter_is_the_first_whose_pieces_stand_again(write: Write, cells: list[str], delimiter: str) -> None:
    path = write("a.tsv", table("labels", cells))
    wanted = [[piece.strip() for piece in cell.split(delimiter)] for cell in cells]
    assert labels(path) == wanted * 4
    assert f"label delimiter: {delimiter!r} (inferred)" in notes(path, "multilabel")


def test_a_label_with_a_comma_stays_whole_where_bars_stand_between(write: Write) -> None:
    path = write("a.tsv", table("labels", ["law, tax|money", "law, tax", "money"]))
    assert labels(path)[:3] == [["law, tax", "money"], ["law, tax"], ["money"]]


def test_a_delimiter_of_ones_own(write: Write) -> None:
    path = write("a.tsv", table("labels", ["a b/c", "c", ""]))
    assert labels(path, label_delimiter="/")[:3] == [["a b", "c"], ["c"], []]
    assert "--task multilabel" in refused(path, "classification", label_delimiter="/").remedy
    error = refused(write("a.jsonl", jsonl([{"text": "x y", "labels": ["a"]}])), "multilabel", label_delimiter="/")
    assert "nothing stands between them" in error.what


def test_one_label_a_cell_is_said(write: Write) -> None:
    path = write("a.tsv", table("labels", ["red", "blue", ""]))
    assert labels(path)[:3] == [["red"], ["blue"], []]
    assert "label delimiter: none (inferred: one label a cell)" in notes(path, "multilabel")


def test_cells_whose_pieces_never_stand_again_are_refused(write: Write) -> None:
    cells = [f"x{number}, y{number}, z{number}" for number in range(12)]
    error = refused(write("a.tsv", table("labels", cells)), "multilabel", label_column=("labels",))
    assert "holds no labels that stand again, such as 'x10, y10, z10'" in error.what
    assert "--label-delimiter" in error.remedy


def test_a_delimiter_that_splits_nothing_while_another_would_is_refused(write: Write) -> None:
    cells = ["", "red", "red,blue", "blue,green", "green"]
    path = write("a.tsv", table("labels", cells))
    error = refused(path, "multilabel", label_delimiter=";")
    assert error.what == "no cell of the column 'labels' has a ';'; ',' stands between labels: 'red,blue'"
    assert error.where == f"{path}:4"
    assert error.remedy == "Write --label-delimiter ',', or leave it out."
    assert labels(path, label_delimiter=",")[2] == ["red", "blue"]


@pytest.mark.parametrize("cells", [["one, two", "three"], ["red;blue", "green,blue", "green,red"], ["a", "b"]])
def test_a_delimiter_that_may_be_right_is_believed(write: Write, cells: list[str]) -> None:
    found = labels(write("a.tsv", table("labels", cells)), label_delimiter=";")
    assert found[: len(cells)] == [cell.split(";") for cell in cells]


def test_a_column_of_labels_that_holds_free_text_is_named(write: Write) -> None:
    cells = [f"this is about {number}; and also about {number}" for number in range(12)]
    path = write("a.tsv", table("labels", cells))
    error = refused(path, "multilabel")
    assert error.what == (
        "the column 'labels' holds free text and no labels that stand again: 12 different values in 12 rows, "
        "such as 'this is about 10; and also abo...'"
    )
    assert "--label-delimiter" in error.remedy
    assert labels(path, label_delimiter=";")[1] == ["this is about 1", "and also about 1"]


@pytest.mark.parametrize("cells", [['["a", "b, c"]', "[]", '["a"]'], ["['a', 'b, c']", "[]", "['a']"]])
def test_lists_that_are_written_in_cells(write: Write, cells: list[str]) -> None:
    assert labels(write("a.tsv", table("labels", cells)))[:3] == [["a", "b, c"], [], ["a"]]


def test_a_column_a_label(write: Write) -> None:
    content = "text,fast,cheap,good\nsome words,1,0,yes\nother words,FALSE,true,No\nmore words,0,0,0\n"
    path = write("a.csv", content)
    found = rows(path, "multilabel", label_column=("good", "fast", "cheap"))
    assert found == [
        {"text": "some words", "label": ["good", "fast"]},
        {"text": "other words", "label": ["cheap"]},
        {"text": "more words", "label": []},
    ]
    error = refused(write("b.csv", content + "last words,2,0,1\n"), "multilabel", label_column=("good", "fast"))
    assert error.what == "'2' in the column 'fast' is neither yes nor no"
    assert error.where is not None
    assert error.where.endswith("b.csv:5")


def test_names_of_the_columns_stand_in_the_schema(write: Write) -> None:
    from accent.config.data import DataConfig
    from accent.data import load

    path = write("a.tsv", "text\tx\ty\n" + "".join(f"{text}\t1\t0\n" for text in TEXTS))
    schema = load(DataConfig(source=str(path), label_column=("y", "x")), task="multilabel", seed=0).schema
    assert schema.label_columns == schema.label_names == ("y", "x")


def test_pairs_and_rows_without_labels(write: Write) -> None:
    records = [{"question1": f"{text}?", "question2": f"{text}!", "tags": ["a"]} for text in TEXTS]
    path = write("a.jsonl", jsonl(records))
    assert rows(path, "multilabel")[0] == {"text": f"{TEXTS[0]}?", "text_pair": f"{TEXTS[0]}!", "label": ["a"]}
    assert rows(path, "multilabel", require_labels=False)[0] == {"text": f"{TEXTS[0]}?", "text_pair": f"{TEXTS[0]}!"}


def test_data_of_other_tasks_is_named(write: Write) -> None:
    prompts = jsonl({"prompt": f"{text}?", "completion": f"{text} indeed it is"} for text in TEXTS)
    assert "--task generation" in refused(write("a.jsonl", prompts), "multilabel").remedy
    error = refused(write("b.txt", "".join(f"{text}\n" for text in TEXTS)), "multilabel")
    assert error.what == "no column of labels: the columns are text"


def test_spellings_are_made_one(write: Write) -> None:
    records = [{"text": text, "labels": ["Red", "blue"]} for text in TEXTS]
    records += [{"text": "last", "labels": ["red", "Red", "green"]}]
    found = labels(write("a.jsonl", jsonl(records)), clean=("labels",))
    assert found[-1] == ["Red", "green"]


def test_duplicates_are_rows_with_the_same_labels_in_whatever_order(write: Write) -> None:
    records = [
        {"text": "a b", "labels": ["x", "y"]},
        {"text": "a b", "labels": ["y", "x"]},
        {"text": "a b", "labels": ["x"]},
        {"text": "c d", "labels": []},
        {"text": " ", "labels": ["x"]},
    ]
    found = rows(write("a.jsonl", jsonl(records)), "multilabel", clean=("drop-duplicates", "drop-empty"))
    assert found == [
        {"text": "a b", "label": ["x", "y"]},
        {"text": "a b", "label": ["x"]},
        {"text": "c d", "label": []},
    ]


def test_keys_classes_and_strata() -> None:
    layout = LAYOUTS["multilabel"]
    assert layout.key(["b", "a"]) == layout.key(["a", "b"]) == "a + b"
    assert layout.key([]) == "no label"
    assert layout.classes(["b", "a"]) == ("b", "a")
    assert [layout.stratum(label) for label in (["b", "a"], [])] == ["b", ""]
