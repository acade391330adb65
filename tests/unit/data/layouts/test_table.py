"""The table names every task, and what every layout promises holds for all."""

from __future__ import annotations

from typing import get_args

import pytest
from tests.unit.data.layouts.reading import Write, jsonl, refused, rows

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data import LoadedData, load
from accent.data.layouts import LAYOUTS

TEXTS = [f"some words about thing number {number}" for number in range(40)]
RECORDS: dict[TaskName, list[dict[str, object]]] = {
    "classification": [{"text": text, "label": "ab"[len(text) % 2]} for text in TEXTS],
    "multilabel": [{"text": text, "labels": ["a", "b"][: len(text) % 3]} for text in TEXTS],
    "regression": [{"text": text, "score": len(text) / 4} for text in TEXTS],
    "tagging": [{"tokens": text.split(), "tags": ["OX"[len(text) % 2]] * 6} for text in TEXTS],
    "qa": [{"question": f"{text}?", "context": text, "answers": [{"text": "words", "start": 5}]} for text in TEXTS],
    "generation": [{"prompt": f"{text}:", "completion": text} for text in TEXTS],
    "summarization": [{"document": f"{text}, and more", "summary": text} for text in TEXTS],
}


def loaded(write: Write, task: TaskName, name: str = "a.jsonl") -> LoadedData:
    return load(DataConfig(source=str(write(name, jsonl(RECORDS[task])))), task=task, seed=0)


def test_the_table_names_every_task() -> None:
    assert set(LAYOUTS) == set(get_args(TaskName)) == set(RECORDS)
    assert all(layout.task == task for task, layout in LAYOUTS.items())


@pytest.mark.parametrize("task", RECORDS)
def test_rows_are_split_and_have_the_layouts_types(write: Write, task: TaskName) -> None:
    data = loaded(write, task)
    assert data.task == task
    assert {split: len(part) for split, part in data.splits.items()} == {"train": 32, "validation": 4, "test": 4}
    stored = data.splits["train"].data.schema.field("label").type
    assert stored == LAYOUTS[task].label_type


@pytest.mark.parametrize("task", RECORDS)
def test_keys_tell_labels_apart_and_are_never_blank(write: Write, task: TaskName) -> None:
    layout = LAYOUTS[task]
    labels = [row["label"] for part in loaded(write, task).splits.values() for row in part]
    meant = [label["tags"] if task == "tagging" else label for label in labels]
    pairs = {(layout.key(label), repr(means)) for label, means in zip(labels, meant, strict=True)}
    assert len({key for key, _ in pairs}) == len({label for _, label in pairs}) == len(pairs)
    assert all(key.strip() for key, _ in pairs)


@pytest.mark.parametrize("task", RECORDS)
def test_the_fingerprint_sees_the_labels(write: Write, task: TaskName) -> None:
    first = loaded(write, task)
    last = RECORDS[task][-1]
    label = list(last)[-1]
    others: dict[str, object] = {"tags": ["B-X", *["O"] * 5], "score": 7.5, "labels": ["c"], "answers": []}
    changed = [*RECORDS[task][:-1], {**last, label: others.get(label, "b" if last[label] == "a" else "a")}]
    second = load(DataConfig(source=str(write("b.jsonl", jsonl(changed)))), task=task, seed=0)
    assert first.fingerprint != second.fingerprint


def test_the_same_file_is_stored_once_a_task(write: Write) -> None:
    path = write("a.jsonl", jsonl(RECORDS["multilabel"]))
    single = rows(path, "generation")
    assert [set(row) for row in (single[0], rows(path, "multilabel")[0])] == [{"text"}, {"text", "label"}]


@pytest.mark.parametrize("task", RECORDS)
@pytest.mark.parametrize("option", ["text_column", "label_column", "group_column"])
def test_a_column_that_is_not_there_is_named_with_the_nearest(write: Write, task: TaskName, option: str) -> None:
    path = write("a.jsonl", jsonl({**record, "who": "x"} for record in RECORDS[task]))
    error = refused(path, task, **{option: "whoo" if option == "group_column" else ("whoo",)})
    assert error.what == "no column 'whoo'"
    assert error.remedy.startswith("Did you mean 'who'? The columns are: ")


def test_multilabel_rows_are_spread_by_their_first_label(write: Write) -> None:
    records = [{"text": f"{text} {part}", "labels": [part, "z"]} for text in TEXTS for part in ("x", "y")]
    data = load(DataConfig(source=str(write("a.jsonl", jsonl(records)))), task="multilabel", seed=0)
    first = [label[0] for label in data.splits["test"]["label"]]
    assert len(first) == 8
    assert first.count("x") == 4
