"""What a run's parts will cost, from a rehearsal whose clock is made up: each piece of work says what it takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from tests.unit.training.tiny import LENGTHS, tiny_learner

from accent.recipes import rehearsal
from accent.recipes.rehearsal import PAGES, WRITING_RATE, rehearse, rehearse_scoring, some_rows
from accent.training import BatchPlan

ROW, FIXED_REST, REST = 0.01, 2.0, 5.0


def rows(count: int) -> Dataset:
    return Dataset.from_dict({"text": [f"text {place}" for place in range(count)]})


def small_setup(train: int = 48, validation: int = 0, test: int = 0) -> Any:
    splits = {"train": train, "validation": validation, "test": test}
    made = {name: rows(count) for name, count in splits.items() if count}
    prepared = SimpleNamespace(data=SimpleNamespace(splits=made))
    return SimpleNamespace(rows=made.get, prepared=prepared, seed=1, world=SimpleNamespace(is_main=True))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let work take what it says: an update 0.1 s and 1 ms a token, a row 10 ms, the rest 2 s and 5 s for all rows."""
    spent: list[float] = []

    def timed(work: Callable[[], Any]) -> float:
        said = work()
        spent.append(0.1 + 0.001 * said if isinstance(said, int) else float(said))
        return spent[-1]

    monkeypatch.setattr(rehearsal, "timed", timed)
    monkeypatch.setattr(rehearsal, "validation_points", lambda _, some: ROW * len(some))
    monkeypatch.setattr(rehearsal, "split_scores", lambda *_, seed: 0.0)
    monkeypatch.setattr(
        rehearsal, "baseline_scores", lambda some, *_, seed: FIXED_REST + REST * len(some["train"]) / 4000
    )
    monkeypatch.setattr(rehearsal, "Scoring", SimpleNamespace(of=lambda *_: SimpleNamespace(finish=int, scorer=None)))
    return spent


def test_what_the_rest_costs_lies_on_a_line_through_two_shares() -> None:
    # A share of the rows is tried: 2,000 of 4,000 training rows at most, and a fourth of that.
    found = rehearse_scoring(small_setup(train=4000, validation=400, test=400), SimpleNamespace())  # type: ignore[arg-type]
    assert found.row == pytest.approx(ROW)
    assert found.rest == pytest.approx(FIXED_REST + REST)


def test_without_rows_to_score_it_costs_nothing() -> None:
    found = rehearse_scoring(small_setup(), SimpleNamespace())  # type: ignore[arg-type]
    assert (found.row, found.rest) == (0.0, 0.0)


def test_no_test_row_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before training only their number is known: 300 are foreseen through 100 of validation, or through training."""
    read: list[str] = []

    def points(_: object, some: Dataset) -> float:
        read.extend(some["text"][:])
        return ROW * len(some)

    def of(_: object, some: Dataset) -> Any:
        read.extend(some["text"][:])
        scorer = SimpleNamespace(seconds=0.02 * len(some))
        return SimpleNamespace(finish=int, scorer=scorer)

    monkeypatch.setattr(rehearsal, "validation_points", points)
    monkeypatch.setattr(rehearsal, "Scoring", SimpleNamespace(of=of))
    monkeypatch.setattr(rehearsal, "split_scores", lambda scorer, *, seed: scorer.seconds)
    monkeypatch.setattr(rehearsal, "baseline_scores", lambda *_, seed: 0.0)
    asked = small_setup(48, 100, 300)
    asked.rows = {
        name: split_of(name, count) for name, count in (("train", 48), ("validation", 100), ("test", 300))
    }.get
    found = rehearse_scoring(asked, SimpleNamespace())  # type: ignore[arg-type]
    assert {text.split()[0] for text in read} == {"validation"}
    assert found.rest == pytest.approx(2 * 0.02 * 300)
    read.clear()
    asked.rows = {name: split_of(name, count) for name, count in (("train", 48), ("test", 300))}.get
    found = rehearse_scoring(asked, SimpleNamespace())  # type: ignore[arg-type]
    assert {text.split()[0] for text in read} == {"train"}
    assert found.rest == pytest.approx(0.02 * 300)


def split_of(name: str, count: int) -> Dataset:
    return Dataset.from_dict({"text": [f"{name} {place}" for place in range(count)]})


def test_answers_stay_within_their_half_of_the_time(clock: list[float]) -> None:
    """Rows are answered 2.25 times, those of the scores counted: 1.8 s are 180 answers of 10 ms, of 80 rows."""
    rehearse_scoring(small_setup(4000, 1000), SimpleNamespace(), seconds=3.6)  # type: ignore[arg-type]
    assert clock[:2] == pytest.approx([8 * ROW, 80 * ROW])


def test_costs_of_a_run_by_hand() -> None:
    learner, plan = tiny_learner(), BatchPlan(LENGTHS, 16, seed=1)
    predictor: Any = SimpleNamespace(task=SimpleNamespace(tunes=True))
    costs, tokens = rehearse(small_setup(48, 100, 300), learner, predictor, plan, seconds=1e9)
    assert tokens == pytest.approx(np.mean([learner.tokens_of(batch) for batch in plan.epoch(0)]))
    assert costs.update == pytest.approx(0.1 + 0.001 * tokens)
    assert costs.evaluation == pytest.approx(100 * ROW)
    assert costs.scoring == pytest.approx((2 * 100 + 300) / 100)
    weights = 4 * sum(parameter.numel() for parameter in learner.model.parameters())
    assert costs.checkpoint == pytest.approx(3 * weights / WRITING_RATE)
    expected = FIXED_REST + REST * 48 / 4000 + PAGES + weights / WRITING_RATE
    assert costs.ending == pytest.approx(expected, rel=1e-3)  # whole rows are tried, not shares of one


def test_a_short_budget_cuts_the_rehearsal_short(clock: list[float]) -> None:
    learner, plan = tiny_learner(), BatchPlan(LENGTHS, 16, seed=1)
    predictor: Any = SimpleNamespace(task=SimpleNamespace(tunes=False))
    rehearse(small_setup(48, 1000), learner, predictor, plan, seconds=0.3)
    short = sum(clock)
    clock.clear()
    rehearse(small_setup(48, 1000), learner, predictor, plan, seconds=1e9)
    assert short < 0.75 * sum(clock)
    assert len(clock) > 6


def test_some_rows_are_spread_evenly(tmp_path: Path) -> None:
    assert some_rows(rows(9), 3)["text"][:] == ["text 0", "text 4", "text 8"]
    assert len(some_rows(rows(4), 100)) == 4
