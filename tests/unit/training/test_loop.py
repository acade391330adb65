"""The loop's events: when it evaluates, saves, warns and ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from accent.tasks import SummedLoss
from accent.training import (
    BatchPlan,
    Cadence,
    CheckpointDue,
    Ended,
    Evaluated,
    Event,
    Learner,
    Patience,
    Progress,
    Updated,
    Warned,
    Watch,
    learn,
)
from tests.unit.training.tiny import LENGTHS, tiny_learner

CADENCE = Cadence(6, 2, 3)


def run(
    learner: Learner | None = None,
    *,
    cadence: Cadence = CADENCE,
    scores: list[float] | None = None,
    patience: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Event]:
    given = iter(scores or [])
    return list(
        learn(
            learner or tiny_learner(),
            BatchPlan(LENGTHS, 16, seed=1),
            cadence=cadence,
            progress=Progress(Patience(patience)),
            evaluate=None if scores is None else lambda: {"accuracy": next(given)},
            metric="accuracy",
            stop_requested=stop,
        )
    )


def updates_of(events: list[Event], kind: type) -> list[int]:
    return [event.update for event in events if isinstance(event, kind)]


def test_evaluations_and_checkpoints_come_at_their_cadence_and_at_the_end() -> None:
    events = run(scores=[0.5, 0.4, 0.3])
    assert updates_of(events, Updated) == [1, 2, 3, 4, 5, 6]
    assert updates_of(events, Evaluated) == [2, 4, 6]
    assert updates_of(events, CheckpointDue) == [2, 3, 6]  # the best one, and every third
    assert events[-1] == Ended(6, "done")


def test_every_better_score_is_kept() -> None:
    events = run(scores=[0.1, 0.2, 0.3], cadence=Cadence(6, 2, 100))
    assert [event for event in events if isinstance(event, CheckpointDue)] == [
        CheckpointDue(2, True),
        CheckpointDue(4, True),
        CheckpointDue(6, True),
    ]


def test_early_stopping_ends_the_run_with_a_checkpoint() -> None:
    events = run(scores=[0.5, 0.4, 0.3], patience=1)
    assert events[-1] == Ended(4, "early stopping")
    assert 4 in updates_of(events, CheckpointDue)


def test_a_request_to_stop_finishes_the_update_and_keeps_it() -> None:
    asked = iter([False, True])
    events = run(stop=lambda: next(asked))
    assert updates_of(events, Updated) == [1, 2]
    assert events[-2:] == [CheckpointDue(2, False), Ended(2, "interrupted")]


def test_three_losses_in_a_row_that_are_not_finite_end_the_run() -> None:
    learner = tiny_learner()
    clean, calls = learner._loss, iter(range(100))

    def sometimes_nan(logits: torch.Tensor, targets: torch.Tensor) -> SummedLoss:
        found = clean(logits, targets)
        bad = next(calls) in {1, 3, 4, 5}
        return SummedLoss(found.total * (float("nan") if bad else 1.0), found.weight)

    learner._loss = sometimes_nan
    events = run(learner, cadence=Cadence(20, 50, 50))
    assert updates_of(events, Warned) == [2, 4, 5, 6]
    assert events[-1] == Ended(6, "not finite")
    assert [event.report.skipped for event in events if isinstance(event, Updated)] == [
        False, True, False, True, True, True,
    ]  # fmt: skip


def test_the_loss_falls_on_a_task_that_can_be_learned() -> None:
    events = run(cadence=Cadence(60, 100, 100))
    losses = [event.report.loss for event in events if isinstance(event, Updated)]
    assert sum(losses[-5:]) / 5 < 0.5 * losses[0]


@pytest.mark.parametrize("count", [1, 5])
def test_epochs_are_told_in_shares(count: int) -> None:
    events = run(cadence=Cadence(count, 9, 9))
    assert [event.epoch for event in events if isinstance(event, Updated)] == [n / 3 for n in range(1, count + 1)]


def test_what_the_watch_says_is_a_warning_of_that_update() -> None:
    learner = tiny_learner()
    events = list(
        learn(
            learner,
            BatchPlan(LENGTHS, 16, seed=1),
            cadence=CADENCE,
            progress=Progress(Patience(None), watch=Watch(metric="accuracy", rows=60)),
            evaluate=lambda: {"accuracy": 1.0, "commonest_answer": 0.5},
            metric="accuracy",
            stop_requested=lambda: False,
        )
    )
    warned = [event for event in events if isinstance(event, Warned)]
    assert [(event.update, event.what.split(",")[0]) for event in warned] == [
        (2, "accuracy is 1.000 on 60 validation rows")
    ]
    place = events.index(warned[0])
    assert isinstance(events[place - 1], Evaluated)
    assert isinstance(events[place + 1], CheckpointDue)  # the checkpoint knows what was told
