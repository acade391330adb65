"""Which rows are kept of predictions.jsonl."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accent.records import RunFolder, write_text
from accent.report.reading import Answers, read_material
from tests.unit.report.runs import write_run_files


def answers(tmp_path: Path, *lines: dict[str, Any]) -> Answers:
    folder = RunFolder(tmp_path / "run")
    write_run_files(folder, labels=("a", "b"))
    write_text(folder.predictions, "".join(json.dumps(line) + "\n" for line in lines))
    found = read_material(folder).answers
    assert found is not None
    return found


def line(name: str, credit: float, **answer: Any) -> dict[str, Any]:
    return {"text": name, "credit": credit, "correct": credit >= 1, "answer": answer or {"value": 1.0}}


def names(found: Answers) -> list[str]:
    return [one["text"] for one in found.worst]


def test_the_lowest_credit_comes_first_then_the_most_confident_then_the_earliest(tmp_path: Path) -> None:
    found = answers(
        tmp_path,
        line("half", 0.5, score=0.99),
        line("unsure", 0.0, score=0.3),
        line("right", 1.0, score=0.9),
        line("sure", 0.0, entities=[{"score": 0.2}, {"score": 0.8}]),
        line("first without", 0.25),
        line("second without", 0.25),
        line("labels", 0.0, labels=[{"label": "a", "score": 0.5}]),
    )
    assert names(found) == ["sure", "labels", "unsure", "first without", "second without", "half"]
    assert (found.rows, found.wrong, found.failed) == (7, 6, 0)


def test_of_many_only_the_worst_are_kept(tmp_path: Path) -> None:
    found = answers(tmp_path, *(line(str(row), row / 1000) for row in reversed(range(300))))
    assert names(found) == [str(row) for row in range(25)]
    assert found.wrong == 300


def test_a_credit_that_rounding_lowered_is_whole(tmp_path: Path) -> None:
    assert answers(tmp_path, line("all but", 1 - 1e-12)).wrong == 0


def test_files_without_credits_say_only_what_is_right(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"text": "wrong", "correct": False, "answer": {"label": "a", "score": 0.9}},
        {"text": "right", "correct": True, "answer": {"label": "a", "score": 0.9}},
    ]
    assert names(answers(tmp_path, *rows)) == ["wrong"]


@pytest.mark.parametrize("answer", [{"error": "empty"}, {}, None])
def test_a_row_without_an_answer_failed_and_is_not_wrong(tmp_path: Path, answer: Any) -> None:
    found = answers(tmp_path, {"text": "x", "correct": False, "credit": 0.0, "answer": answer})
    assert (found.wrong, found.failed, found.worst) == (0, 1, ())
