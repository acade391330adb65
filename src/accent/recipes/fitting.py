"""Drive the loop: log its events, keep its checkpoints, and end with the best weights in the model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accent.config import LOWER_IS_BETTER, TrainingConfig
from accent.errors import ConfigError, RunError
from accent.recipes.interrupts import interruptible
from accent.recipes.starting import Start
from accent.recipes.writing import RunWriter
from accent.records import checkpoints
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
    learn,
)

__all__ = ["fit"]

DEFAULT_EPOCHS, MOST_EPOCHS, FEWEST_UPDATES = 3.0, 30.0, 300
"""Where nothing is asked: a few passes, and more over few rows (Mosbach et al. 2021, arXiv 2006.04884)."""


def fit(
    learner: Learner,
    plan: BatchPlan,
    *,
    config: TrainingConfig,
    metric: str,
    start: Start,
    evaluate: Callable[[], dict[str, float]] | None,
) -> Ended:
    """Train from the start's checkpoint, or from the beginning, and return how it ended."""
    if evaluate is None and config.early_stopping is not None:
        raise ConfigError(
            "early stopping needs validation rows, and there are none",
            where="training.early_stopping",
            remedy="Give --validation FILE or a --split with a share for validation, or leave --early-stopping out.",
        )
    cadence = _cadence(config, plan)
    patience = Patience(config.early_stopping, lower_is_better=metric in LOWER_IS_BETTER)
    progress = _restore(learner, Progress(patience), start)
    totals = _Totals((start.facts or {}).get("totals", {}))
    ended = Ended(progress.update, "done")
    with interruptible() as stop_requested, start.writer.stage("training", "training"):
        _announce(start.writer, progress.update, cadence, plan)
        events = learn(
            learner,
            plan,
            cadence=cadence,
            progress=progress,
            evaluate=evaluate,
            metric=metric,
            stop_requested=stop_requested,
        )
        for event in events:
            totals.add(event)
            _log(start.writer, event)
            if isinstance(event, CheckpointDue):
                _keep(learner, progress, start.writer, totals)
                _forget(progress, start.writer, config.keep)
                learner.world.wait()
            if isinstance(event, Ended):
                ended = event
    start.writer.record.training |= totals.summary(learner, progress)
    if ended.reason != "interrupted" and patience.best_update is not None:
        _load_best(learner, _folder(start.writer, patience.best_update))
    return ended


def _load_best(learner: Learner, checkpoint: Path) -> None:
    """Take up the best checkpoint's weights, after a look at every byte of it."""
    wrong = checkpoints.verify(checkpoint)
    if wrong:
        raise RunError(
            f"the best checkpoint is damaged: {wrong[0]}",
            where=str(checkpoint),
            remedy="Check the disk, then train again into another --output.",
        )
    learner.load_weights(checkpoint)


def _cadence(config: TrainingConfig, plan: BatchPlan) -> Cadence:
    epochs = config.epochs or min(MOST_EPOCHS, max(DEFAULT_EPOCHS, FEWEST_UPDATES / plan.updates_per_epoch))
    updates = config.updates or math.ceil(epochs * plan.updates_per_epoch)
    evaluate_every = config.evaluate_every or plan.updates_per_epoch
    return Cadence(updates, evaluate_every, config.save_every or evaluate_every)


def _restore(learner: Learner, progress: Progress, start: Start) -> Progress:
    if start.checkpoint is not None and start.facts is not None:
        learner.load(start.checkpoint)
        learner.microbatch = int(start.facts["microbatch"])
        progress.update = int(start.facts["update"])
        progress.skips_in_row = int(start.facts["skips_in_row"])
        progress.patience.restore(start.facts["patience"])
    return progress


def _announce(writer: RunWriter, update: int, cadence: Cadence, plan: BatchPlan) -> None:
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
            seconds=event.seconds,
        )
    elif isinstance(event, Warned):
        writer.event("warning", update=event.update, what=event.what, remedy=event.remedy)
    elif isinstance(event, Ended):
        writer.event("end", update=event.update, reason=event.reason)


def _keep(learner: Learner, progress: Progress, writer: RunWriter, totals: _Totals) -> None:
    """Write a checkpoint of everything that a resume needs."""
    if not writer.active or writer.log is None:
        return
    facts = {
        "update": progress.update,
        "skips_in_row": progress.skips_in_row,
        "patience": progress.patience.state(),
        "microbatch": learner.microbatch,
        "totals": totals.state(),
        "log_offset": writer.log.sync(),
    }
    started = time.perf_counter()
    path = checkpoints.save(writer.folder.checkpoints, progress.update, learner.save, facts)
    writer.event("checkpoint", update=progress.update, path=path.name, seconds=time.perf_counter() - started)


def _forget(progress: Progress, writer: RunWriter, keep: int) -> None:
    """Remove the checkpoints that are neither among the newest nor the best."""
    if writer.active:
        best = progress.patience.best_update
        checkpoints.prune(writer.folder.checkpoints, keep, {_folder(writer, best).name} if best is not None else set())


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
        return {
            "updates": progress.update,
            "rows": int(sums["rows"]),
            "tokens": int(sums["tokens"]),
            "padding": 1.0 - sums["tokens"] / max(sums["padded"], 1.0),
            "rows_per_second": sums["rows"] / seconds,
            "tokens_per_second": sums["tokens"] / seconds,
            "microbatch_size": learner.microbatch,
            "best_update": progress.patience.best_update,
            "best_score": progress.patience.best,
        }
