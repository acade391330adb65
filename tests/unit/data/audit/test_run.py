from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest
from tests.unit.data.audit.stand_in import Row, loaded, loaded_splits, tagged

from accent.config.tasks import TaskName
from accent.data.audit import Audit, Finding, Place, SplitFacts, audit
from accent.data.audit.findings import ALLOWED_BY

TEXT = "the second act drags a little but the songs carry it to the end and nobody in the house wanted to go home"


def clean_rows(split: str, count: int) -> list[Row]:
    chance = random.Random(split)
    words = ["".join(chance.choices("abcdefghijklmnoprstuvw", k=6)) for _ in range(300)]
    return [(" ".join(chance.choices(words, k=12)), "ab"[at % 2]) for at in range(count)]


def faulty() -> dict[str, list[Row]]:
    train = [
        *clean_rows("train", 60),
        (TEXT, "a"),
        ("a text twice", "a"),
        ("A text twice!", "b"),
        ("", "a"),
        ("odd", "A"),
    ]
    return {
        "train": train,
        "validation": [*clean_rows("validation", 20), ("a text twice", "b"), (TEXT + "s", "a")],
        "test": [*clean_rows("test", 20), (TEXT + "ly", "a"), (TEXT, "b"), ("what is it", "c")],
    }


def test_a_clean_set_has_no_findings() -> None:
    found = audit(loaded(train=clean_rows("train", 200), validation=clean_rows("dev", 40), test=clean_rows("test", 40)))
    assert found.findings == ()
    assert found.errors == ()
    assert found.splits["train"] == SplitFacts(rows=200, labels={"a": 100, "b": 100})


def test_every_fault_is_found_and_errors_stand_first() -> None:
    found = audit(loaded_splits(faulty()))
    severities = [one.severity for one in found.findings]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert {one.kind for one in found.errors} == {
        "empty", "label-spelling", "label-unseen", "conflicts", "leaks", "near-leaks",
    }  # fmt: skip
    assert all(one.what and one.remedy.endswith(".") and "\n" not in one.what + one.remedy for one in found.findings)


def test_the_order_of_rows_does_not_matter() -> None:
    splits = faulty()
    orders = {name: random.Random(1).sample(range(len(rows)), len(rows)) for name, rows in splits.items()}
    lengths = [
        audit(loaded_splits(splits, order=order), lengths=_characters, max_length=50) for order in (None, orders)
    ]
    assert lengths[0] == lengths[1]


def test_the_seed_moves_no_finding() -> None:
    assert audit(loaded_splits(faulty()), seed=1) == audit(loaded_splits(faulty()), seed=2)


def test_allowed_errors_stay_named_but_stop_nothing() -> None:
    data = loaded_splits(faulty())
    without = {one.kind for one in audit(data).errors}
    for allowed in sorted(set(ALLOWED_BY.values())):
        left = {one.kind for one in audit(data, allow=(allowed,)).errors}
        assert left == {kind for kind in without if ALLOWED_BY[kind] != allowed}
    every = audit(data, allow=tuple(set(ALLOWED_BY.values())))
    assert every.errors == ()
    assert every.findings == audit(data).findings


def test_an_audit_survives_json() -> None:
    found = audit(loaded_splits(faulty()), allow=("leaks",), lengths=_characters, max_length=50)
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert Audit.from_json(document) == found
    assert {one["kind"] for one in document["findings"] if one["allowed"]} == {"leaks", "near-leaks"}
    assert document["splits"]["test"]["rows"] == 23
    assert set(document["findings"][0]["places"][0]) == {"split", "file", "line", "text", "other"}


def test_a_place_reads_as_file_and_line() -> None:
    place = Place("test", "reviews.csv", 7, "a text")
    assert str(place) == "reviews.csv:7"
    assert str(Place("test", "reviews.csv", 7, "a text", other="train.csv:3")) == "reviews.csv:7 and train.csv:3"


def test_only_errors_that_are_not_allowed_stop() -> None:
    leak, warning = Finding("leaks", "error", "x", "y", 1), Finding("duplicates", "warning", "x", "y", 1)
    assert Audit((leak, warning), {}).errors == (leak,)
    assert Audit((leak, warning), {}, allow=("leaks",)).errors == ()


@pytest.mark.parametrize("split", ["validation", "test"])
def test_an_empty_split_is_no_trouble(split: str) -> None:
    found = audit(loaded_splits({"train": clean_rows("train", 40), split: []}), lengths=_characters, max_length=500)
    assert not found.errors
    assert found.splits[split] == SplitFacts(rows=0)


def test_long_texts_and_line_breaks_are_shortened_to_one_line() -> None:
    text = "line one\nline two " + "and on " * 40
    found = audit(loaded(train=[(text, "a"), (text, "a"), ("other", "b")]))
    (place,) = found.findings[-1].places
    assert len(place.text) == 80
    assert place.text.startswith("line one line two and on")
    assert place.text.endswith("…")


LABELS: dict[TaskName, Callable[[str, int], Any]] = {
    "classification": lambda text, at: "ab"[at % 2],
    "multilabel": lambda text, at: [["a", "b"], ["b"], []][at % 3],
    "regression": lambda text, at: [at / 4, -at],
    "qa": lambda text, at: [{"text": text[:6], "start": 0}],
    "generation": lambda text, at: "and so on",
    "summarization": lambda text, at: [text[:20], text[20:30]],
}


def labelled(task: TaskName, split: str, count: int) -> list[Row]:
    """Return clean rows of any task."""
    texts = [text for text, _ in clean_rows(split, count)]
    if task == "tagging":
        return [tagged(f"{text.replace(' ', '/O ')}/B-X") for text in texts]
    questions = [("who " + text[::-1],) if task == "qa" else () for text in texts]
    return [
        (*asked, text, LABELS[task](text, at)) for at, (asked, text) in enumerate(zip(questions, texts, strict=True))
    ]


@pytest.mark.parametrize("task", get_args(TaskName))
def test_clean_rows_of_every_task_have_no_findings(task: TaskName) -> None:
    splits = {name: labelled(task, name, count) for name, count in (("train", 60), ("validation", 12), ("test", 12))}
    found = audit(loaded_splits(splits, task=task, numbers=("up", "down")))
    assert found.findings == ()
    assert [facts.rows for facts in found.splits.values()] == [60, 12, 12]


@pytest.mark.parametrize("task", get_args(TaskName))
def test_an_empty_split_of_any_task_is_no_trouble(task: TaskName) -> None:
    splits: dict[str, list[Row]] = {"train": labelled(task, "train", 40), "test": []}
    found = audit(loaded_splits(splits, task=task, numbers=("up", "down")), lengths=_words, max_length=500)
    assert {one.kind for one in found.findings} <= {"lengths"}
    assert found.splits["test"] == SplitFacts(rows=0)


@pytest.mark.parametrize("task", get_args(TaskName))
def test_the_order_of_rows_does_not_matter_to_any_task(task: TaskName) -> None:
    splits = {name: [*labelled(task, name, 20), *labelled(task, "both", 3)] for name in ("train", "test")}
    splits["train"] += [(*row[:-1], splits["train"][0][-1]) for row in splits["train"][-2:]]
    orders = {name: random.Random(3).sample(range(len(rows)), len(rows)) for name, rows in splits.items()}
    ordered, mixed = (
        audit(loaded_splits(splits, task=task, numbers=("up", "down"), order=order)) for order in (None, orders)
    )
    assert {"leaks", "duplicates"} <= {one.kind for one in ordered.findings}
    assert mixed == ordered


def test_rows_without_labels_are_audited_for_any_task() -> None:
    for task in get_args(TaskName):
        data = loaded_splits({"train": labelled(task, "train", 20)}, task=task, numbers=("up", "down"))
        data.splits["train"] = data.splits["train"].remove_columns(["label"])
        assert audit(data) == Audit(findings=(), splits={"train": SplitFacts(rows=20)})


def test_numbers_are_told_split_by_split() -> None:
    splits = {"train": [("one", [1.0, 9.0]), ("two", [2.0, 7.0])], "test": [("three", [-1.0, 8.0])]}
    found = audit(loaded_splits(splits, task="regression", numbers=("up", "down")))
    assert found.splits["train"].numbers == {
        "up": {"min": 1.0, "mean": 1.5, "max": 2.0},
        "down": {"min": 7.0, "mean": 8.0, "max": 9.0},
    }
    assert found.splits["test"].numbers["up"] == {"min": -1.0, "mean": -1.0, "max": -1.0}
    assert Audit.from_json(json.loads(json.dumps(found.to_json()))) == found


def _words(texts: list[str], pairs: list[str] | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([len(text.split()) for text in texts], dtype=np.int64)


def _characters(texts: list[str], pairs: list[str] | None) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    assert pairs is None
    return np.array([len(text) for text in texts], dtype=np.int64)
