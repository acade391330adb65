"""Scorers made again of answers as they are written, against those that saw the predictions."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from accent.evaluation import MultilabelScorer, reread, rereading
from accent.tasks import Classification, Generation, Regression, Summarization, Task
from accent.tasks.generation import Scored

TEXTS = [f"text {number}" for number in range(40)]
Columns = dict[str, list[Any]]


@pytest.fixture(params=[7, 1_000], autouse=True)
def _windows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read all lines together, and a few at a time."""
    monkeypatch.setattr(rereading, "WINDOW", request.param)


def scored(task: Task, columns: Columns, predictions: Any) -> tuple[Any, list[Mapping[str, Any]]]:
    """Return the task's scorer of these rows, and their lines as they come back from JSON."""
    scorer = task.scorer()
    task.score(scorer, columns, predictions)
    parts = zip(columns["text"], task.expected(columns), task.answers(predictions), strict=True)
    lines = [{"text": text, "label": label, "answer": answer} for text, label, answer in parts]
    for line, pair in zip(lines, columns.get("text_pair", ()), strict=False):
        line["text_pair"] = pair
    return scorer, [json.loads(json.dumps(line)) for line in lines]


def check(task: Task, columns: Columns, predictions: Any) -> None:
    scorer, lines = scored(task, columns, predictions)
    again = reread(task.kind, lines, main=scorer.main)
    assert again.points() == pytest.approx(scorer.points(), rel=1e-12)


def test_classes() -> None:
    chance = np.random.default_rng(0)
    columns: Columns = {"text": TEXTS, "label": list(chance.choice(["a", "b", "c"], 40))}
    check(Classification(("a", "b", "c")), columns, chance.dirichlet(np.ones(3), 40))


def test_pairs_are_ranked_again() -> None:
    chance = np.random.default_rng(0)
    questions = [f"question {number // 4}" for number in range(40)]
    columns: Columns = {"text": questions, "text_pair": TEXTS, "label": ["no", "yes"] * 20}
    scorer, lines = scored(Classification(("no", "yes")), columns, chance.dirichlet(np.ones(2), 40))
    again = reread("classification", lines, main="accuracy")
    assert again.points()["map"] == pytest.approx(scorer.points()["map"])


def test_labels_at_their_thresholds() -> None:
    """Thresholds are not written, but what they gave is: here one that is never reached, and one that always is."""
    chance = np.random.default_rng(0)
    lists = [list(np.array(["a", "b", "c"])[chance.random(3) < 0.5]) for _ in TEXTS]
    probabilities = 0.9 * chance.random((40, 3))
    scorer = MultilabelScorer("abc", (0.31, 0.999, 0.0))
    scorer.add(np.array([[name in labels for name in "abc"] for labels in lists]), probabilities)
    lines = []
    for labels, row, given in zip(lists, probabilities, scorer.predicted_NC, strict=True):
        told = [{"label": name} for name, there in zip("abc", given, strict=True) if there]
        lines.append({"label": labels, "answer": {"labels": told, "scores": dict(zip("abc", row, strict=True))}})
    assert reread("multilabel", lines, main="f1_micro").points() == pytest.approx(scorer.points())


def test_classes_that_thresholds_chose() -> None:
    """Of four rows the answers are those that are written, though another class is more probable in the first."""
    lines = [
        {"label": "b", "answer": {"label": "b", "scores": {"a": 0.6, "b": 0.4}}},
        {"label": "a", "answer": {"label": "a", "scores": {"a": 0.9, "b": 0.1}}},
        {"label": "a", "answer": {"label": "b", "scores": {"a": 0.5, "b": 0.5}}},
        {"label": "b", "answer": {"label": "b", "scores": {"a": 0.2, "b": 0.8}}},
    ]
    scorer = reread("classification", lines, main="accuracy")
    assert scorer.points()["accuracy"] == pytest.approx(3 / 4)
    assert scorer.weighted("accuracy")(np.array([[1.0], [0.0], [1.0], [0.0]])) == pytest.approx(0.5)


@pytest.mark.parametrize("names", [("value",), ("height", "weight")])
def test_numbers(names: tuple[str, ...]) -> None:
    chance = np.random.default_rng(0)
    gold = chance.normal(size=(40, len(names)))
    task = Regression(names, means=[0.0] * len(names), scales=[1.0] * len(names))
    check(task, {"text": TEXTS, "label": gold.tolist()}, gold + chance.normal(size=gold.shape))


def entity(start: int, end: int, kind: str) -> dict[str, Any]:
    return {"entity_group": kind, "start": start, "end": end, "word": "x" * (end - start)}


def test_entities_by_their_characters() -> None:
    """Right: the first of two that touch. A longer one, one of another type and one that is invented are wrong."""
    lines = [
        {
            "label": {"entities": [entity(0, 3, "PER"), entity(3, 6, "PER"), entity(10, 15, "LOC")]},
            "answer": {"entities": [entity(0, 3, "PER"), entity(3, 8, "PER"), entity(10, 15, "ORG")]},
        },
        {"label": {"entities": []}, "answer": {"entities": [entity(2, 4, "LOC")]}},
        {"label": {"entities": [entity(0, 9, "LOC")]}, "answer": {"entities": [entity(0, 9, "LOC")]}},
    ]
    points = reread("tagging", lines, main="f1").points()
    assert points["precision"] == pytest.approx(2 / 5)
    assert points["recall"] == pytest.approx(2 / 4)


def test_plain_tags_word_by_word() -> None:
    words = [(0, 3), (4, 7), (8, 9)]
    gold, told = ([entity(*place, tag) for place, tag in zip(words, tags, strict=True)] for tags in ("NVN", "NNN"))
    lines = [{"label": {"entities": gold}, "answer": {"entities": told}}]
    assert reread("tagging", lines, main="accuracy").points()["accuracy"] == pytest.approx(2 / 3)


def test_passages_texts_and_what_is_foretold() -> None:
    lines = [
        {"label": ["a red cat"], "answer": {"answer": "the red dog"}},
        {"label": [], "answer": {"answer": ""}},
    ]
    assert reread("qa", lines, main="f1").points()["f1"] == pytest.approx((0.5 + 1.0) / 2)
    task = Summarization(summary_length=8)
    check(task, {"text": ["x", "y"], "label": [["the cat sat"], ["a dog", "a cat"]]}, ["the cat ran", "a cat"])
    found = [Scored(7.5, 3, 12, 1), Scored(2.25, 4, 9, 4), Scored(0.0, 0, 0, 0)]
    check(Generation(), {"text": ["x", "y", "z"]}, found)


def test_texts_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rereading, "WINDOW", 10)

    def lines() -> Iterator[dict[str, Any]]:
        for number in range(300):
            yield {"text": "x" * 100_000 + str(number), "label": ["a cat"], "answer": {"answer": "a cat"}}

    tracemalloc.start()
    reread("qa", lines(), main="f1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_no_lines_have_no_scores() -> None:
    with pytest.raises(ValueError, match="no rows to score"):
        reread("qa", [], main="f1")


@pytest.mark.parametrize(
    ("task", "line"),
    [
        ("classification", {"label": "a", "answer": {"error": "the text is empty"}}),
        ("classification", {"label": "new", "answer": {"label": "a", "scores": {"a": 0.5, "b": 0.5}}}),
        ("regression", {"label": 1.0, "answer": {}}),
        ("guessing", {"label": 1.0, "answer": {}}),
    ],
)
def test_lines_that_are_no_answers_are_refused(task: str, line: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lacks|no task"):
        reread(task, [line], main="accuracy")
