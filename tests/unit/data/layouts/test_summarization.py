"""Documents and their references: one, a list, or a column each, also where only the test file has several."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.data.layouts.reading import Write, jsonl, refused, rows

from accent.config.data import DataConfig
from accent.data import load
from accent.data.layouts import LAYOUTS
from accent.errors import DataError

LONG = "a long text that goes on and on about thing number"


@pytest.mark.parametrize("document", ["document", "article", "text", "dialogue", "source", "content"])
@pytest.mark.parametrize("summary", ["summary", "highlights", "target", "abstract"])
def test_columns_by_name(write: Write, document: str, summary: str) -> None:
    records = [{"id": number, summary: f"thing {number}", document: f"{LONG} {number}"} for number in range(12)]
    found = rows(write("a.jsonl", jsonl(records)), "summarization")
    assert found[3] == {"text": f"{LONG} 3", "label": ["thing 3"]}


def test_several_references(write: Write) -> None:
    records = [{"text": LONG, "summary": ["one", " ", "two"], "more": "three"}, {"text": LONG, "summary": []}]
    path = write("a.jsonl", jsonl(records))
    assert [row["label"] for row in rows(path, "summarization")] == [["one", "two"], [""]]
    assert rows(path, "summarization", label_column=("more", "summary"))[0]["label"] == ["three", "one", "two"]


def test_numbered_references_stand_in_the_order_of_their_numbers(write: Write) -> None:
    records = [{"text": LONG, "summary10": "c", "summary2": "b", "summary1": "a", "topic1": "x"}]
    assert rows(write("a.jsonl", jsonl(records)), "summarization") == [{"text": LONG, "label": ["a", "b", "c"]}]


@pytest.mark.parametrize("columns", [(), ("summary",), ("summary", "summary1", "summary2")])
def test_a_test_file_may_have_other_references_than_the_training_rows(
    write: Write, tmp_path: Path, columns: tuple[str, ...]
) -> None:
    write("d/train.jsonl", jsonl({"text": f"{LONG} {n}", "summary": f"thing {n}"} for n in range(20)))
    write("d/test.jsonl", jsonl({"text": f"{LONG} 3{n}", "summary1": "x", "summary2": "y"} for n in range(3)))
    data = load(DataConfig(source=str(tmp_path / "d"), label_column=columns), task="summarization", seed=0)
    assert data.splits["test"]["label"][:] == [["x", "y"]] * 3
    assert data.splits["train"][0]["label"] == ["thing 0"]


def test_a_test_file_without_references_is_named(write: Write, tmp_path: Path) -> None:
    write("d/train.jsonl", jsonl({"text": f"{LONG} {n}", "summary": f"thing {n}"} for n in range(20)))
    path = write("d/test.jsonl", jsonl([{"text": LONG, "topic": "x"}]))
    with pytest.raises(DataError, match="no column 'summary', which the training rows have") as caught:
        load(DataConfig(source=str(tmp_path / "d")), task="summarization", seed=0)
    assert caught.value.where == str(path)


def test_references_are_not_needed_for_predicting(write: Write) -> None:
    path = write("a.jsonl", jsonl([{"dialogue": LONG, "summary": "x"}]))
    assert rows(path, "summarization", require_labels=False) == [{"text": LONG}]


def test_data_of_other_tasks_is_named(write: Write) -> None:
    lines = "".join(f"some words about {number},{'ab'[number % 2]}\n" for number in range(12))
    assert "--task classification" in refused(write("a.csv", "text,label\n" + lines), "summarization").remedy
    dialogues = write("a.jsonl", jsonl({"dialogue": f"{LONG} {n}", "summary": f"it is thing {n}"} for n in range(12)))
    assert "--task summarization" in refused(dialogues, "classification").remedy
    assert "--task summarization" in refused(dialogues, "tagging").remedy


def test_rows_without_a_reference_may_be_dropped(write: Write) -> None:
    path = write("a.jsonl", jsonl([{"text": LONG, "summary": ""}, {"text": f"  {LONG}", "summary": "x"}]))
    found = rows(path, "summarization", clean=("whitespace", "drop-empty"))
    assert found == [{"text": LONG, "label": ["x"]}]


def test_keys_and_classes() -> None:
    layout = LAYOUTS["summarization"]
    assert layout.key(["a", "b"]) == "a | b"
    assert layout.key([""]) == ""
    assert layout.classes(["a"]) == ()
