"""A run that is paced by a time budget, in the real loop and on a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from accent.config import ScheduleConfig, TrainingConfig
from accent.recipes.pacing import Pace
from accent.training import (
    BatchPlan,
    CheckpointDue,
    Costs,
    Event,
    Patience,
    Progress,
    Updated,
    UpdateReport,
    learn,
    rate_share,
)

LENGTHS = np.random.default_rng(5).integers(5, 60, size=640)
CONFIG = TrainingConfig(time_budget="10m", batch_size=16, schedule=ScheduleConfig(warmup_ratio=0.1))
EVALUATION, CHECKPOINT, SCORING, ENDING = 6.0, 1.5, 1.0, 4.0


class Machine:
    """A clock, and a learner whose updates take its time: `slowness` seconds a token."""

    def __init__(self, slowness: float = 0.002, *, now: float = 0.0) -> None:
        self.now = now
        self.slowness = slowness
        self.world: Any = SimpleNamespace(is_main=True, from_main=lambda numbers: numbers, any=bool)
        self.last_stage = 0
        self.rates: list[float] = []

    def update(self, rows: Any, update: int, updates: int, stage: int = 0, *, position: float) -> UpdateReport:
        tokens = int(LENGTHS[rows].max()) * len(rows)
        self.now += self.slowness * tokens * (1.3 if update > 300 else 1.0)
        self.rates.append(rate_share(CONFIG.schedule, position, updates))
        return UpdateReport(0.5, 1.0, self.rates[-1], len(rows), tokens, tokens, skipped=False)

    def evaluate(self) -> dict[str, float]:
        self.now += EVALUATION
        return {"accuracy": 0.5}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr("accent.training.loop.time", SimpleNamespace(perf_counter=lambda: made.now))
    return made


def plan() -> BatchPlan:
    return BatchPlan(LENGTHS, 16, seed=2)


def begin(machine: Machine, guessed: float = 1.0) -> Pace:
    tokens = float(np.mean([LENGTHS[rows].max() * len(rows) for rows in plan().epoch(0)]))

    def rehearse(seconds: float) -> tuple[Costs, float]:
        assert seconds == 15.0  # a fortieth of ten minutes
        machine.now += 10.0
        return Costs(guessed * machine.slowness * tokens, guessed * EVALUATION, 0.5, SCORING, ENDING), tokens

    return Pace.begin(CONFIG, plan(), machine.world, rehearse=rehearse, elapsed=lambda: machine.now)


def train(machine: Machine, pace: Pace, progress: Progress) -> Iterator[Event]:
    """Go through the loop as `fit` does."""
    for event in learn(
        machine,  # type: ignore[arg-type]
        plan(),
        cadence=pace.cadence,
        progress=progress,
        evaluate=machine.evaluate,
        metric="accuracy",
        stop_requested=lambda: False,
    ):
        pace.hear(event, machine.now, machine.world)
        if isinstance(event, CheckpointDue):
            machine.now += CHECKPOINT
            pace.kept(CHECKPOINT)
        yield event


@pytest.mark.parametrize("guessed", [0.3, 1.0, 4.0])
def test_a_run_ends_on_time_whatever_was_guessed(machine: Machine, guessed: float) -> None:
    machine.now = 20.0  # reading, auditing, loading
    pace = begin(machine, guessed)
    events = list(train(machine, pace, Progress(Patience(None))))
    assert 0.96 * 600 <= machine.now + SCORING * EVALUATION + ENDING <= 1.02 * 600
    updates = sum(isinstance(event, Updated) for event in events)
    assert updates == pace.cadence.updates
    assert max(machine.rates) > 0.9
    assert machine.rates[-1] < 0.02


def test_a_resumed_run_goes_on_as_if_it_had_not_stopped(machine: Machine) -> None:
    pace, progress = begin(machine, 3.0), Progress(Patience(None))
    kept: dict[str, Any] = {}
    for event in train(machine, pace, progress):
        if isinstance(event, CheckpointDue) and not kept and progress.update > 60:
            text = json.dumps({"pace": pace.state(machine.now), "update": progress.update, "now": machine.now})
            kept = json.loads(text)
    whole, whole_end = machine.rates, machine.now
    machine.now, machine.rates = 0.0, []  # another process: its clock begins again
    again = Pace.resume(CONFIG, plan(), kept["pace"])
    list(train(machine, again, Progress(Patience(None), update=kept["update"])))
    assert machine.rates == pytest.approx(whole[kept["update"] :], rel=1e-12)
    assert len(machine.rates) > 100
    assert machine.now + kept["now"] == pytest.approx(whole_end)
    assert again.cadence.aims == pace.cadence.aims


def test_without_a_budget_nothing_moves(machine: Machine) -> None:
    config = TrainingConfig(updates=30, evaluate_every=7, save_every=4)
    pace = Pace.begin(config, plan(), machine.world, rehearse=lambda _: pytest.fail("rehearsed"), elapsed=lambda: 0.0)
    assert (pace.cadence.updates, pace.cadence.evaluate_every, pace.cadence.save_every) == (30, 7, 4)
    list(train(machine, pace, Progress(Patience(None))))
    assert pace.cadence.aims == []
    assert pace.state(5.0) is None
    assert pace.summary() == {}
    assert Pace.resume(config, plan(), None).cadence.updates == 30


def test_only_the_main_process_decides(machine: Machine) -> None:
    told: list[dict[str, float] | None] = []
    pace = begin(machine)
    other: Any = SimpleNamespace(is_main=False, from_main=lambda numbers: told.append(numbers) or {"updates": 77})
    report = UpdateReport(0.5, 1.0, 0.1, 16, 100, 100, skipped=False)
    moved = pace.hear(Updated(40, 1.0, report, 0.5), machine.now, other)
    assert told == [None]
    assert pace.cadence.updates == 77
    assert moved is not None
    assert moved["updates"] == 77
