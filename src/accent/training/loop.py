"""The loop: a generator of events. It reads, writes and prints nothing; the recipe does what the events ask for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from accent.strategies import Moment
from accent.training.batching import Plan
from accent.training.learner import Learner, UpdateReport
from accent.training.schedules import Aim, position
from accent.training.stopping import Patience
from accent.training.watch import Advice, Watch

__all__ = [
    "Cadence",
    "CheckpointDue",
    "Ended",
    "Evaluated",
    "Event",
    "Progress",
    "StageOpened",
    "Updated",
    "Warned",
    "learn",
]

SKIPS_BEFORE_STOP = 3


@dataclass(frozen=True)
class StageOpened:
    """More weights move from now on; `update` were taken without them."""

    update: int
    stage: int
    trainable: int
    """How many numbers move now."""


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
    """Whether no score before was as good."""
    chosen: bool
    """Whether the weights as they stand are those that the run keeps so far."""
    seconds: float


@dataclass(frozen=True)
class CheckpointDue:
    """The state after `update` should be kept now."""

    update: int
    chosen: bool


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


Event = StageOpened | Updated | Evaluated | CheckpointDue | Warned | Ended


@dataclass
class Cadence:
    """How long the run is and what happens when, in updates."""

    updates: int
    evaluate_every: int
    save_every: int
    aims: list[Aim] = field(default_factory=list)
    """Where the end was moved, from the first length on; empty where it never was."""

    @property
    def schedule_updates(self) -> int:
        """The length that the schedule was made for."""
        return self.aims[0][1] if self.aims else self.updates

    def position(self, update: int) -> float:
        """Return where on the schedule `update` stands."""
        return position(update, self.aims) if self.aims else float(update)

    def move_end(self, update: int, updates: int) -> None:
        """From `update` on, end after `updates` in all."""
        self.aims = [*(self.aims or [(0, self.updates)]), (update, updates)]
        self.updates = updates

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
    plateaus: int = 0
    """Evaluations that did not better the best score."""
    stage: int = 0
    """The strategy's stage: it never falls."""
    watch: Watch = field(default_factory=Watch)
    """What has been seen and told of losses and scores."""


def learn(
    learner: Learner,
    plan: Plan,
    *,
    cadence: Cadence,
    progress: Progress,
    evaluate: Callable[[], dict[str, float]] | None,
    metric: str,
    stop_requested: Callable[[], bool],
    stage_of: Callable[[Moment], int] = lambda _: 0,
) -> Iterator[Event]:
    """Take updates from `progress.update` on and tell what happened; `progress` is up to date at every event.

    `evaluate` returns validation scores, or is None where there are no validation rows. After `stop_requested` turns
    true the update under way is finished, its state is due for a checkpoint, and the loop ends. `stage_of` is the
    strategy's: it says which weights have joined.
    """
    while not _over(progress, cadence):
        yield from _open_stage(learner, plan, progress, stage_of)
        updated = _take_update(learner, plan, cadence, progress)
        yield updated
        yield from _warnings(updated, progress)
        share = progress.update / cadence.updates
        yield from _advised(
            progress, progress.watch.updated(updated.report.loss, updated.report.grad_norm, share=share)
        )
        if progress.skips_in_row >= SKIPS_BEFORE_STOP:
            yield Ended(progress.update, "not finite")
            return
        chosen = False
        if evaluate is not None and cadence.evaluates(progress.update):
            evaluated = _evaluate(evaluate, metric, updated, progress)
            chosen = evaluated.chosen
            yield evaluated
            if metric not in evaluated.scores:
                yield _undefined(metric, progress.update)
            yield from _advised(progress, progress.watch.evaluated(evaluated.scores, share=share))
        stop = learner.world.any(stop_requested())
        if chosen or stop or _over(progress, cadence) or cadence.saves(progress.update):
            yield CheckpointDue(progress.update, chosen)
        if stop and not _over(progress, cadence):
            yield Ended(progress.update, "interrupted")
            return
    yield Ended(progress.update, "early stopping" if progress.update < cadence.updates else "done")


def _over(progress: Progress, cadence: Cadence) -> bool:
    return progress.patience.exhausted or progress.update == cadence.updates


def _open_stage(
    learner: Learner, plan: Plan, progress: Progress, stage_of: Callable[[Moment], int]
) -> Iterator[StageOpened]:
    moment = Moment(progress.update, plan.updates_per_epoch, progress.plateaus)
    stage = min(stage_of(moment), learner.last_stage)
    if stage > progress.stage:
        progress.stage = stage
        yield StageOpened(progress.update, stage, learner.trainable(stage))


def _take_update(learner: Learner, plan: Plan, cadence: Cadence, progress: Progress) -> Updated:
    started = time.perf_counter()
    taken, stands = progress.update, cadence.position(progress.update)
    report = learner.update(plan.batch(taken), taken, cadence.schedule_updates, progress.stage, position=stands)
    progress.update += 1
    progress.skips_in_row = progress.skips_in_row + 1 if report.skipped else 0
    epoch = progress.update / plan.updates_per_epoch
    return Updated(progress.update, epoch, report, time.perf_counter() - started)


def _evaluate(evaluate: Callable[[], dict[str, float]], metric: str, updated: Updated, progress: Progress) -> Evaluated:
    started = time.perf_counter()
    scores = evaluate()
    chosen = progress.patience.observe(scores.get(metric, math.nan), updated.update)
    best = progress.patience.waited == 0
    progress.plateaus += not best
    return Evaluated(updated.update, updated.epoch, scores, best, chosen, time.perf_counter() - started)


def _advised(progress: Progress, found: list[Advice]) -> Iterator[Warned]:
    return (Warned(progress.update, advice.what, advice.remedy) for advice in found)


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
