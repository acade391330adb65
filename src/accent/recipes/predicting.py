"""From what trying a strategy has shown to what its whole run will cost: time, memory, disk. Pure arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from accent.config import FinetuneConfig
from accent.recipes.pacing import asked_cadence
from accent.recipes.rehearsal import PAGES
from accent.recipes.tried import Tried
from accent.strategies import Moment, Strategy, make_strategy
from accent.training import BatchPlan, Cadence

__all__ = ["Prediction", "predict"]


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a run with one strategy will cost."""

    strategy: str
    parts: dict[str, float]
    """Seconds of each part of the run."""
    seconds: float
    """All of them."""
    memory: int
    """The most bytes that training will hold of the machine's memory."""
    device_memory: int | None
    """The same of the device's own, where there is one."""
    microbatch: int
    """Rows in memory at once: fewer than were asked for where memory ran out with those."""
    disk: int
    """Bytes of checkpoints and model, with the cache of what frozen layers say."""
    model_bytes: int
    """Bytes of the model folder."""
    parameters: int
    trainable: int
    """Numbers that move in the end."""
    expected: int
    """The same by formula."""
    updates: int
    epochs: float
    learning_rate: float
    reason: str
    """Why this rate."""
    suggested_rate: float | None
    """What the range test suggests."""


def predict(
    config: FinetuneConfig, tried: Tried, plan: BatchPlan, *, rows: Mapping[str, int], tunes: bool, preparing: float
) -> Prediction:
    """Return what the run that `config` describes will cost.

    `rows` are those of each split; `tunes` is whether the validation rows are answered once more at the end;
    `preparing` are the seconds for reading, auditing and encoding. Early stopping is not foreseen, and every
    evaluation is taken for the best so far, which is kept.
    """
    cadence = asked_cadence(config.training, plan)
    watched = rows.get("validation", 0)
    looks = _stops(cadence, cadence.evaluate_every) if watched else 0
    saves = _stops(cadence, cadence.save_every, *([cadence.evaluate_every] if watched else []))
    answered = rows.get("test", 0) + watched * (2 if tunes else 1)
    parts = {
        "preparing": preparing,
        "loading": tried.loading,
        "recalling": tried.recalling,
        "training": _training(make_strategy(config.strategy), tried, cadence, plan),
        "evaluations": looks * watched * tried.evaluation,
        "checkpoints": saves * tried.checkpoint,
        "scoring": answered * tried.scoring.row + tried.scoring.rest + tried.saving,
        "pages": PAGES,
    }
    kept = min(saves, config.training.keep + 1)
    return Prediction(
        strategy=config.strategy.kind,
        parts=parts,
        seconds=sum(parts.values()),
        memory=tried.memory + tried.recalled_bytes,
        device_memory=tried.device_memory,
        microbatch=tried.microbatch,
        disk=kept * tried.checkpoint_bytes + tried.model_bytes + tried.recalled_bytes,
        model_bytes=tried.model_bytes,
        parameters=tried.parameters,
        trainable=tried.trainable,
        expected=tried.expected,
        updates=cadence.updates,
        epochs=cadence.updates / plan.updates_per_epoch,
        learning_rate=tried.learning_rate,
        reason=tried.reason,
        suggested_rate=tried.suggested_rate,
    )


def _training(strategy: Strategy, tried: Tried, cadence: Cadence, plan: BatchPlan) -> float:
    """Return the seconds of all updates; those of stages that were not tried lie on the lines between."""
    last = tried.stages[-1].stage
    counts: Counter[int] = Counter()
    for update in range(cadence.updates):
        # Every evaluation is taken for a plateau, which unfreezes soonest and costs most.
        moment = Moment(update, plan.updates_per_epoch, update // cadence.evaluate_every)
        counts[min(strategy.stage(moment), last)] += 1
    stages = [cost.stage for cost in tried.stages]
    seconds = [cost.fixed + cost.per_token * tried.mean_tokens for cost in tried.stages]
    return float(sum(count * np.interp(stage, stages, seconds) for stage, count in counts.items()))


def _stops(cadence: Cadence, *every: int) -> int:
    """Return after how many updates something happens that comes at each of these intervals, and after the last."""
    return len({cadence.updates, *(update for step in every for update in range(step, cadence.updates + 1, step))})
