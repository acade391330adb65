"""Which strategy a plan recommends, by rules that docs/plan.md writes down with their sources, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from accent.recipes.predicting import Prediction
from accent.report.wording import duration, memory

__all__ = ["Recommendation", "Situation", "recommend"]

STRONGEST = ("full", "lora", "adapter", "gradual", "partial", "prefix", "head")
"""From the strongest on enough rows: Houlsby et al. 2019, Hu et al. 2021, Lee et al. 2019, Peters et al. 2019."""
ON_FEW_ROWS = ("lora", "adapter", "full", "gradual", "partial", "prefix", "head")
"""He et al. 2021, arXiv 2106.03164: what moves little forgets little, which tells where rows are few."""
SHARING = ("lora", "adapter", "prefix", "head")
"""Those that leave the base as it is and save only what moved."""
FEW_ROWS = 1_000
FEW_OF_CLASS = 8
MUCH_QUICKER = 4.0
SMALLEST_DIVISOR = 2


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a recommendation depends on beside the predictions."""

    rows: int
    """Training rows."""
    smallest_class: tuple[str, int] | None
    """The rarest class and its training rows, where rows have one class each."""
    memory: int | None
    """Bytes that a run may take of the machine's memory."""
    device_memory: int | None
    """Bytes that it may take of the device's own, where there is one."""
    memory_is_asked: bool
    """Whether the user said so, of the device where there is one; else they are the machine's."""
    seconds: float | None
    """Time that a run may take."""
    tasks: int
    """Tasks that will share the base."""
    batch_size: int
    microbatch: int
    """Rows that are to be in memory at once."""


@dataclass(frozen=True)
class Recommendation:
    """A strategy, or none where nothing fits, and plain sentences that say why."""

    strategy: str | None
    reasons: tuple[str, ...] = field(default=())


def recommend(predictions: Sequence[Prediction], situation: Situation) -> Recommendation:
    """Return the strongest of the strategies that fit, in the order that suits the rows and the tasks."""
    misfits = {one.strategy: _misfit(one, situation) for one in predictions}
    fitting = {one.strategy: one for one in predictions if misfits[one.strategy] is None}
    reasons = [reason for reason in misfits.values() if reason is not None]
    reasons += [_halved(one, situation) for one in predictions if one.microbatch < situation.microbatch]
    if not fitting:
        return Recommendation(None, (*reasons, *_ways_out(predictions, situation)))
    order, why = _order(situation)
    chosen = next(name for name in order if name in fitting)
    reasons = [_praise(fitting[chosen], fitting, situation), why, *reasons]
    return Recommendation(chosen, (*reasons, *_asides(fitting, chosen, situation)))


def _misfit(one: Prediction, situation: Situation) -> str | None:
    """Say what a strategy takes too much of; None where it fits."""
    if (over := _too_much(one, situation)) is not None:
        return f"{one.strategy} takes {over}."
    if situation.seconds is not None and one.seconds > situation.seconds:
        return f"{one.strategy} takes {duration(one.seconds)}; a run may take {duration(situation.seconds)}."
    return None


def _too_much(one: Prediction, situation: Situation) -> str | None:
    """Say how much memory is taken where it is too much: the device's is held against its own, the rest likewise."""
    taken, limit = one.device_memory, situation.device_memory
    if taken is not None and limit is not None and taken > limit:
        allowed = "a run may take" if situation.memory_is_asked else "the device has"
        return f"{memory(taken)} of device memory; {allowed} {memory(limit)}"
    if situation.memory is not None and one.memory > situation.memory:
        asked = situation.memory_is_asked and situation.device_memory is None
        allowed = "a run may take" if asked else "this machine has"
        return f"{memory(one.memory)} of memory; {allowed} {memory(situation.memory)}"
    return None


def _halved(one: Prediction, situation: Situation) -> str:
    return (
        f"{one.strategy} ran out of memory with {situation.microbatch} rows at once: what is said of it is with "
        f"{one.microbatch}, to which a run comes by itself."
    )


def _order(situation: Situation) -> tuple[tuple[str, ...], str]:
    """Return the strategies from the first choice on, and the reason for this order."""
    order = ON_FEW_ROWS if situation.rows < FEW_ROWS else STRONGEST
    if situation.tasks > 1:
        why = f"{situation.tasks} tasks share the base: each adds only what moved, and one copy of the base serves all."
        return (*SHARING, *(name for name in order if name not in SHARING)), why
    if situation.rows < FEW_ROWS:
        return order, f"{situation.rows:,} rows are few: a strategy that moves little forgets little of the base."
    return order, f"{situation.rows:,} rows are enough for the strategy that adapts most."


def _praise(one: Prediction, fitting: dict[str, Prediction], situation: Situation) -> str:
    limits = situation.seconds is not None or situation.memory_is_asked
    among = " of those that fit" if limits and len(fitting) > 1 else ""
    share = one.trainable / one.parameters
    held = one.memory if one.device_memory is None else one.device_memory
    return (
        f"{one.strategy} is the first choice{among}: it moves {share:.2%} of the weights, takes "
        f"{duration(one.seconds)} and {memory(held)}, and leaves a model of {memory(one.model_bytes)}."
    )


def _asides(fitting: dict[str, Prediction], chosen: str, situation: Situation) -> list[str]:
    """Return what else is worth knowing: a much quicker way, a class with hardly any rows."""
    said = []
    quickest = min(fitting.values(), key=lambda one: one.seconds)
    if fitting[chosen].seconds > MUCH_QUICKER * quickest.seconds:
        said.append(f"For a first look {quickest.strategy} takes {duration(quickest.seconds)}.")
    if situation.smallest_class is not None and situation.smallest_class[1] < FEW_OF_CLASS:
        name, rows = situation.smallest_class
        said.append(f"Class {name} has {rows} training rows: no strategy learns it surely from fewer than 8.")
    return said


def _ways_out(predictions: Sequence[Prediction], situation: Situation) -> list[str]:
    """Say what would make something fit."""
    if not predictions:
        return ["None of the strategies works for this task and base."]
    said = []
    if all(_too_much(one, situation) is not None for one in predictions):
        half = max(1, min(one.microbatch for one in predictions) // SMALLEST_DIVISOR)
        said.append(f"Nothing fits into the memory: try --microbatch-size {half}, or a lower --max-length.")
    quickest = min(predictions, key=lambda one: one.seconds)
    if situation.seconds is not None and quickest.seconds > situation.seconds:
        limit = duration(situation.seconds)
        said.append(f"Nothing ends within {limit}: `accent finetune --time-budget` does, with fewer updates.")
    return said or ["What fits into the memory takes too long: give more of one of the two."]
