"""Drive the loop: log its events, keep its checkpoints, and end with the chosen weights in the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from accent.config import LOWER_IS_BETTER, LearningConfig
from accent.errors import ConfigError, RunError
from accent.recipes.interrupts import interruptible
from accent.recipes.pacing import Pace, Rehearse, asked_cadence
from accent.recipes.starting import Start
from accent.recipes.writing import RunWriter
from accent.records import Record, checkpoints
from accent.strategies import Moment
from accent.training import (
    Cadence,
    CheckpointDue,
    Ended,
    Evaluated,
    Event,
    Learner,
    Patience,
    Plan,
    Progress,
    StageOpened,
    Updated,
    Warned,
    Watch,
    World,
    forget_peak,
    learn,
    peak_memory,
)

__all__ = ["fit"]


def fit(
    learner: Learner,
    plan: Plan,
    *,
    config: LearningConfig,
    metric: str,
    start: Start,
    evaluate: Callable[[], dict[str, float]] | None,
    stage_of: Callable[[Moment], int] = lambda _: 0,
    rehearse: Rehearse | None = None,
) -> Ended:
    """Train from the start's checkpoint, or from the beginning, and return how it ended.

    `rehearse` finds out what the run's parts cost; it is asked where a new run has a time budget.
    """
    if evaluate is None:
        _check_without_validation(config, stage_of)
    pace = _pace(config, plan, start, learner.world, rehearse=rehearse)
    patience = Patience(
        config.early_stopping,
        lower_is_better=metric in LOWER_IS_BETTER,
        rows=_validation_rows(start.writer.record),
        within=config.best_within,
    )
    progress = _restore(learner, Progress(patience, watch=_watch(config, metric, start.writer.record)), start)
    totals = _Totals((start.facts or {}).get("totals", {}))
    ended = Ended(progress.update, "done")
    forget_peak()
    with interruptible() as stop_requested, start.writer.stage("training", "training"):
        _announce(start.writer, progress.update, pace.cadence, plan)
        events = learn(
            learner,
            plan,
            cadence=pace.cadence,
            progress=progress,
            evaluate=evaluate,
            metric=metric,
            stop_requested=lambda: stop_requested() or start.pruned,
            stage_of=stage_of,
        )
        for event in (_named(event, start) for event in events):
            totals.add(event)
            _log(start.writer, event)
            if moved := pace.hear(event, start.writer.seconds, learner.world):
                start.writer.event("budget", **moved)
            if isinstance(event, CheckpointDue) and not start.pruned:
                _keep(learner, progress, start.writer, totals, pace=pace)
                _forget(progress, start.writer, config.keep)
                learner.world.wait()
            if isinstance(event, Ended):
                ended = event
    training = start.writer.record.training
    training |= totals.summary(learner, progress) | _memory(training) | pace.summary()
    if ended.reason not in ("interrupted", "pruned") and patience.chosen_update is not None:
        _load_chosen(learner, _folder(start.writer, patience.chosen_update))
    return ended


def _named(event: Event, start: Start) -> Event:
    """Return the end under its own name: a run that a search has given up was not interrupted."""
    if isinstance(event, Ended) and event.reason == "interrupted" and start.pruned:
        return replace(event, reason="pruned")
    return event


def _check_without_validation(config: LearningConfig, stage_of: Callable[[Moment], int]) -> None:
    """Refuse what waits for validation scores where there will be none."""
    remedy = "Give --validation FILE or a --split with a share for validation, or leave {} out."
    if config.early_stopping is not None:
        raise ConfigError(
            "early stopping needs validation rows, and there are none",
            where="training.early_stopping",
            remedy=remedy.format("--early-stopping"),
        )
    if stage_of(Moment(0, 1, plateaus=1_000_000)) > stage_of(Moment(0, 1)):
        raise ConfigError(
            "unfreezing by plateaus needs validation rows, and there are none",
            where="strategy.unfreeze_by",
            remedy=remedy.format("--unfreeze-by"),
        )


def _watch(config: LearningConfig, metric: str, record: Record) -> Watch:
    """Return what warns while training, with what it must know of the run."""
    return Watch(
        metric=metric,
        lower_is_better=metric in LOWER_IS_BETTER,
        rows=_validation_rows(record),
        fresh=bool(record.base.get("load", {}).get("new")),
        max_grad_norm=config.max_grad_norm,
    )


def _validation_rows(record: Record) -> int:
    return int(record.data.get("rows", {}).get("validation", 0))


def _memory(before: Mapping[str, Any]) -> dict[str, int]:
    """Return the most memory that was held, over every resume."""
    return {name: max(most, int(before.get(name, 0))) for name, most in peak_memory().items()}


def _load_chosen(learner: Learner, checkpoint: Path) -> None:
    """Take up the chosen checkpoint's weights, after a look at every byte of it."""
    wrong = checkpoints.verify(checkpoint)
    if wrong:
        raise RunError(
            f"the chosen checkpoint is damaged: {wrong[0]}",
            where=str(checkpoint),
            remedy="Check the disk, then train again into another --output.",
        )
    learner.load_weights(checkpoint)


def _pace(config: LearningConfig, plan: Plan, start: Start, world: World, *, rehearse: Rehearse | None) -> Pace:
    """Return how long the run is and when things happen in it: as its checkpoint says, or as it is asked for."""
    if start.facts is not None:
        return Pace.resume(config, plan, start.facts.get("pace"))
    if config.time_budget is None or rehearse is None:
        return Pace(asked_cadence(config, plan))
    with start.writer.stage("rehearsal", "measuring what updates and scores cost"):
        return Pace.begin(config, plan, world, rehearse=rehearse, elapsed=lambda: start.writer.seconds)


def _restore(learner: Learner, progress: Progress, start: Start) -> Progress:
    if start.checkpoint is not None and start.facts is not None:
        learner.load(start.checkpoint)
        learner.microbatch = int(start.facts["microbatch"])
        progress.update = int(start.facts["update"])
        progress.skips_in_row = int(start.facts["skips_in_row"])
        progress.plateaus = int(start.facts.get("plateaus", 0))  # older checkpoints have neither
        progress.stage = int(start.facts.get("stage", 0))
        progress.patience.restore(start.facts["patience"])
        if "watch" in start.facts:
            progress.watch.restore(start.facts["watch"])
    return progress


def _announce(writer: RunWriter, update: int, cadence: Cadence, plan: Plan) -> None:
    """Log the start of a new run; a resumed one goes on where its log was cut."""
    facts = {
        "update": update,
        "updates": cadence.updates,
        "epochs": cadence.updates / plan.updates_per_epoch,
        "rows": plan.rows,
        "batch_size": plan.batch_size,
        "precision": writer.record.training.get("precision"),
    }
    if update == 0:
        writer.event("start", **facts)
    else:
        writer.tell("start", facts)


def _log(writer: RunWriter, event: Event) -> None:
    if isinstance(event, Updated):
        report = event.report
        writer.event(
            "update",
            update=event.update,
            epoch=event.epoch,
            loss=report.loss,
            learning_rate=report.learning_rate,
            grad_norm=report.grad_norm,
            skipped=report.skipped,
            rows=report.rows,
            tokens=report.tokens,
            padding=1.0 - report.tokens / report.padded,
            seconds=event.seconds,
            rows_per_second=report.rows / event.seconds,
            tokens_per_second=report.tokens / event.seconds,
        )
    elif isinstance(event, Evaluated):
        writer.event(
            "evaluation",
            update=event.update,
            epoch=event.epoch,
            scores=event.scores,
            best=event.best,
            chosen=event.chosen,
            seconds=event.seconds,
        )
    elif isinstance(event, StageOpened):
        what = f"stage {event.stage}: {event.trainable:,} weights move"
        writer.event("stage", update=event.update, stage=event.stage, trainable=event.trainable, what=what)
    elif isinstance(event, Warned):
        writer.event("warning", update=event.update, what=event.what, remedy=event.remedy)
    elif isinstance(event, Ended):
        writer.event("end", update=event.update, reason=event.reason)


def _keep(learner: Learner, progress: Progress, writer: RunWriter, totals: _Totals, *, pace: Pace) -> None:
    """Write a checkpoint of everything that a resume needs."""
    if not writer.active or writer.log is None:
        return
    facts = {
        "update": progress.update,
        "skips_in_row": progress.skips_in_row,
        "plateaus": progress.plateaus,
        "stage": progress.stage,
        "patience": progress.patience.state(),
        "watch": progress.watch.state(),
        "microbatch": learner.microbatch,
        "totals": totals.state(),
        "pace": pace.state(writer.seconds),
        "log_offset": writer.log.sync(),
    }
    started = time.perf_counter()
    path = checkpoints.save(writer.folder.checkpoints, progress.update, learner.save, facts)
    seconds = time.perf_counter() - started
    pace.kept(seconds)
    writer.event("checkpoint", update=progress.update, path=path.name, seconds=seconds)


def _forget(progress: Progress, writer: RunWriter, keep: int) -> None:
    """Remove the checkpoints that are neither among the newest nor chosen."""
    if writer.active:
        chosen = progress.patience.chosen_update
        spared = set() if chosen is None else {_folder(writer, chosen).name}
        checkpoints.prune(writer.folder.checkpoints, keep, spared)


def _folder(writer: RunWriter, update: int) -> Path:
    return writer.folder.checkpoints / f"update-{update:08d}"


class _Totals:
    """Rows, tokens and seconds of all updates, over every resume."""

    def __init__(self, kept: dict[str, float]) -> None:
        self._sums = {name: float(kept.get(name, 0)) for name in ("rows", "tokens", "padded", "seconds")}

    def add(self, event: Event) -> None:
        """Count an update."""
        if isinstance(event, Updated):
            report = event.report
            counted = {"rows": report.rows, "tokens": report.tokens, "padded": report.padded, "seconds": event.seconds}
            for name, value in counted.items():
                self._sums[name] += value

    def state(self) -> dict[str, float]:
        """Return the sums so far."""
        return dict(self._sums)

    def summary(self, learner: Learner, progress: Progress) -> dict[str, Any]:
        """Return what the run's record says of the training."""
        sums, seconds = self._sums, max(self._sums["seconds"], 1e-9)
        trainable = learner.trainable(learner.last_stage)
        return {
            "updates": progress.update,
            "rows": int(sums["rows"]),
            "tokens": int(sums["tokens"]),
            "padding": 1.0 - sums["tokens"] / max(sums["padded"], 1.0),
            "rows_per_second": sums["rows"] / seconds,
            "tokens_per_second": sums["tokens"] / seconds,
            "microbatch_size": learner.microbatch,
            "parameters": learner.parameters,
            "trainable": trainable,
            "trainable_share": trainable / learner.parameters,
            "chosen_update": progress.patience.chosen_update,
            "chosen_score": progress.patience.chosen,
            "best_score": progress.patience.best,
        }
