"""What is searched where nothing is asked, and where a search begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from operator import attrgetter
from statistics import median
from typing import Any

from accent.config import FinetuneConfig
from accent.config.annotations import scalar_type
from accent.config.space import Choice, Dimension, Range, Value, grid_of, searchable
from accent.modeling import find_base
from accent.recipes.pacing import asked_cadence
from accent.recipes.preparing import Prepared
from accent.strategies import recommended_rate
from accent.tuning.settings import fits, values_of
from accent.tuning.sharing import plan_of

__all__ = ["Rates", "complete", "first_values", "recommended_rates", "usual_epochs"]

RATE_FACTOR = 4.0
"""The learning rate is searched from a fourth of the recommended one to four times it."""
BATCHES = (16, 32, 64)
FEWEST_UPDATES = 4
"""Of the batch sizes those are tried that give an epoch so many updates."""
EPOCHS = (0.5, 1.0, 1.5)
"""The epochs that are tried, over those that a run takes by itself."""
WARMUP, DECAY, DROPOUT = (0.0, 0.2), (1e-3, 0.1), (0.0, 0.3)
RANKS = (4, 8, 16, 32)
USUAL_DROPOUT = 0.1
"""What nearly all bases have."""

Rates = Mapping[tuple[str, str], float]
"""The recommended rate by strategy and base."""


def recommended_rates(config: FinetuneConfig, given: Sequence[Dimension]) -> Rates:
    """Return the recommended rate for each strategy with each base that may be tried; none where a rate is given.

    Raises the errors of bases that are not there.
    """
    from transformers import AutoConfig

    rates: dict[tuple[str, str], float] = {}
    for name in values_of(given, "base", config.model.base):
        base = find_base(name, revision=config.model.revision, offline=config.run.offline)
        width = AutoConfig.from_pretrained(str(base.folder), local_files_only=True).hidden_size
        for strategy in values_of(given, "strategy", config.strategy.kind):
            if config.training.learning_rate == "auto":
                rates[strategy, name] = recommended_rate(strategy, base.family, width=width).rate
    return rates


def complete(
    given: Sequence[Dimension], config: FinetuneConfig, prepared: Prepared, rates: Rates
) -> tuple[Dimension, ...]:
    """Return the given dimensions; where they are strategies and bases only, the usual ones beside them.

    A setting that differs from its default was given to all trials, and is not searched.
    """
    if any(one.name not in ("strategy", "base") for one in given):
        return tuple(given)
    strategies = values_of(given, "strategy", config.strategy.kind)
    usual = [*_rates(rates), *_lengths(config, prepared), *_regularizers(config), *_ranks(config, strategies)]
    return (*given, *usual)


def first_values(
    config: FinetuneConfig, space: Sequence[Dimension], prepared: Prepared, rates: Rates
) -> dict[str, Value]:
    """Return the values of the first trial: what a run takes without a search, as far as that stands in the space."""
    kind = _first(space, "strategy", config.strategy.kind)
    base = _first(space, "base", config.model.base)
    by_itself: dict[str, Value] = {
        "strategy": kind,
        "base": base,
        "learning_rate": rates.get((kind, base)),
        "epochs": _own_epochs(config, prepared),
        "dropout": USUAL_DROPOUT,
    }
    values: dict[str, Value] = {}
    for dimension in space:
        value = _set(config, dimension)
        if value is None or value == "auto" or dimension.name in ("strategy", "base"):
            value = by_itself.get(dimension.flag.name)
        if fits(dimension, strategy=kind, base=base) and _holds(dimension, value):
            values[dimension.name] = value
    return values


def usual_epochs(config: FinetuneConfig, space: Sequence[Dimension], prepared: Prepared) -> float:
    """Return how many passes over the training rows the trials of this space take, in the middle."""
    names = ("epochs", "updates", "batch_size")
    ends = [_ends(one) for one in space if one.name in names]
    known = [one.name for one in space if one.name in names]
    found = []
    for values in product(*ends):
        changed = replace(config.training, **dict(zip(known, values, strict=True)))
        plan = plan_of(replace(config, training=changed), prepared)
        found.append(asked_cadence(changed, plan).updates / plan.updates_per_epoch)
    return median(found)


def _rates(rates: Rates) -> Iterator[Dimension]:
    """Yield the learning rate, one dimension for each strategy and base: their good rates lie far apart."""
    flag = searchable()["learning_rate"]
    strategies, bases = (list(dict.fromkeys(key[at] for key in rates)) for at in (0, 1))
    for (strategy, base), rate in rates.items():
        parts = [strategy] * (len(strategies) > 1) + [base] * (len(bases) > 1)
        yield Range(
            name="/".join(["learning_rate", *parts]),
            flag=flag,
            low=rate / RATE_FACTOR,
            high=rate * RATE_FACTOR,
            log=True,
            kinds=(strategy,),
            bases=(base,),
        )


def _lengths(config: FinetuneConfig, prepared: Prepared) -> Iterator[Dimension]:
    """Yield batch size and epochs."""
    known, training = searchable(), config.training
    if training.batch_size == known["batch_size"].default:
        rows = len(prepared.training.row_lengths)
        sizes = tuple(size for size in BATCHES if rows >= FEWEST_UPDATES * size) or BATCHES[:1]
        if len(sizes) > 1:
            yield Choice(name="batch_size", flag=known["batch_size"], values=sizes)
    if training.epochs is None and training.updates is None:
        own = _own_epochs(config, prepared)
        epochs = tuple(dict.fromkeys(float(max(1, round(own * share))) for share in EPOCHS))
        yield Choice(name="epochs", flag=known["epochs"], values=epochs)


def _regularizers(config: FinetuneConfig) -> Iterator[Dimension]:
    """Yield warm-up, decay and dropout."""
    known, training = searchable(), config.training
    if training.schedule.warmup_ratio == known["warmup_ratio"].default:
        yield Range(name="warmup_ratio", flag=known["warmup_ratio"], low=WARMUP[0], high=WARMUP[1])
    if training.weight_decay == known["weight_decay"].default:
        yield Range(name="weight_decay", flag=known["weight_decay"], low=DECAY[0], high=DECAY[1], log=True)
    if config.model.dropout is None:
        yield Range(name="dropout", flag=known["dropout"], low=DROPOUT[0], high=DROPOUT[1])


def _ranks(config: FinetuneConfig, strategies: Sequence[str]) -> Iterator[Dimension]:
    flag = searchable()["rank"]
    if "lora" in strategies and getattr(config.strategy, "rank", flag.default) == flag.default:
        yield Choice(name="rank", flag=flag, values=RANKS, kinds=("lora",))


def _own_epochs(config: FinetuneConfig, prepared: Prepared) -> float:
    """Return the passes that a run takes where nothing else is asked."""
    plan = plan_of(config, prepared)
    return float(max(1, round(asked_cadence(config.training, plan).updates / plan.updates_per_epoch)))


def _set(config: FinetuneConfig, dimension: Dimension) -> Any:
    """Return the value that the configuration has, or else the setting's default."""
    try:
        return attrgetter(".".join(dimension.flag.path))(config)
    except AttributeError:
        return dimension.flag.default


def _holds(dimension: Dimension, value: Value) -> bool:
    if isinstance(dimension, Choice):
        return value in dimension.values
    inside = isinstance(value, int | float) and dimension.low <= value <= dimension.high
    return inside and (dimension.step is None or value in grid_of(dimension))


def _ends(dimension: Dimension) -> tuple[Any, ...]:
    """Return the values between which all others lie."""
    if isinstance(dimension, Choice):
        return dimension.values
    kind = scalar_type(dimension.flag.annotation)
    return (kind(dimension.low), kind(dimension.high))


def _first(space: Sequence[Dimension], name: str, own: str) -> str:
    values = values_of(space, name, own)
    return own if own in values else values[0]
