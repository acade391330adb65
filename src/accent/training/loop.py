"""The loop: a generator of events. It reads, writes and prints nothing; the recipe does what the events ask for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from accent.training.batching import BatchPlan
from accent.training.learner import Learner, UpdateReport
from accent.training.stopping import Patience

__all__ = ["Cadence", "CheckpointDue", "Ended", "Evaluated", "Event", "Progress", "Updated", "Warned", "learn"]

SKIPS_BEFORE_STOP = 3


@dataclass(frozen=True)
class Updated:
    """An update was taken (`update` counts from 1)."""

    update: int
    epoch: float
    report: UpdateReport
    seconds: float


@dataclass(frozen=True)
class Evaluated:
    """The validation rows were scored."""

    update: int
    epoch: float
    scores: dict[str, float]
    best: bool
    seconds: float


@dataclass(frozen=True)
class CheckpointDue:
    """The state after `update` should be kept now."""

    update: int
    best: bool


@dataclass(frozen=True)
class Warned:
    """Something the user should know, with what to do."""

    update: int
    what: str
    remedy: str


@dataclass(frozen=True)
class Ended:
    """The loop is over: done, early stopping, interrupted, or not finite."""

    update: int
    reason: str


Event = Updated | Evaluated | CheckpointDue | Warned | Ended


@dataclass(frozen=True)
class Cadence:
    """How long the run is and what happens when, in updates."""

    updates: int
    evaluate_every: int
    save_every: int

    def evaluates(self, update: int) -> bool:
        """Whether the validation rows are scored after `update`; always after the last."""
        return update % self.evaluate_every == 0 or update == self.updates

    def saves(self, update: int) -> bool:
        """Whether the state is kept after `update`; always after the last."""
        return update % self.save_every == 0 or update == self.updates


@dataclass
class Progress:
    """What a checkpoint must know beside weights and optimizer."""

    patience: Patience
    update: int = 0
    skips_in_row: int = 0


def learn(
    learner: Learner,
    plan: BatchPlan,
    *,
    cadence: Cadence,
    progress: Progress,
    evaluate: Callable[[], dict[str, float]] | None,
    metric: str,
    stop_requested: Callable[[], bool],
) -> Iterator[Event]:
    """Take updates from `progress.update` on and tell what happened; `progress` is up to date at every event.

    `evaluate` returns validation scores, or is None where there are no validation rows. After `stop_requested` turns
    true the update under way is finished, its state is due for a checkpoint, and the loop ends.
    """
    while not _over(progress, cadence):
        updated = _take_update(learner, plan, cadence, progress)
        yield updated
        yield from _warnings(updated, progress)
        if progress.skips_in_row >= SKIPS_BEFORE_STOP:
            yield Ended(progress.update, "not finite")
            return
        best = False
        if evaluate is not None and cadence.evaluates(progress.update):
            evaluated = _evaluate(evaluate, metric, updated, progress)
            best = evaluated.best
            yield evaluated
            if metric not in evaluated.scores:
                yield _undefined(metric, progress.update)
        stop = learner.world.any(stop_requested())
        if best or stop or _over(progress, cadence) or cadence.saves(progress.update):
            yield CheckpointDue(progress.update, best)
        if stop and not _over(progress, cadence):
            yield Ended(progress.update, "interrupted")
            return
    yield Ended(progress.update, "early stopping" if progress.update < cadence.updates else "done")


def _over(progress: Progress, cadence: Cadence) -> bool:
    return progress.patience.exhausted or progress.update == cadence.updates


def _take_update(learner: Learner, plan: BatchPlan, cadence: Cadence, progress: Progress) -> Updated:
    started = time.perf_counter()
    report = learner.update(plan.batch(progress.update), progress.update, cadence.updates)
    progress.update += 1
    progress.skips_in_row = progress.skips_in_row + 1 if report.skipped else 0
    epoch = progress.update / plan.updates_per_epoch
    return Updated(progress.update, epoch, report, time.perf_counter() - started)


def _evaluate(evaluate: Callable[[], dict[str, float]], metric: str, updated: Updated, progress: Progress) -> Evaluated:
    started = time.perf_counter()
    scores = evaluate()
    best = progress.patience.observe(scores.get(metric, math.nan), updated.update)
    return Evaluated(updated.update, updated.epoch, scores, best, time.perf_counter() - started)


def _undefined(metric: str, update: int) -> Warned:
    what = f"{metric} is not defined on the validation rows, so no checkpoint can be the best by it"
    return Warned(update, what, "Choose another --metric, or validation rows of several classes.")


def _warnings(updated: Updated, progress: Progress) -> Iterator[Warned]:
    for note in updated.report.notes:
        yield Warned(updated.update, note, "Set --microbatch-size to this from the start to save the failed tries.")
    if updated.report.skipped:
        yield Warned(
            updated.update,
            f"the loss ({updated.report.loss:g}) or the gradient's norm ({updated.report.grad_norm:g}) is not finite; "
            f"the update was skipped ({progress.skips_in_row} in a row, {SKIPS_BEFORE_STOP} stop the run)",
            "Lower --learning-rate, or use --precision fp32.",
        )
