"""Several settings on the same data and budget, each with several seeds: the configuration, and the runs it makes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from accent.config.augment import AugmentConfig
from accent.config.data import DataConfig
from accent.config.long_texts import LongTextsConfig, TaskChoiceConfig
from accent.config.model import ModelConfig
from accent.config.runs import FinetuneConfig, RunConfig
from accent.config.strategies import FullConfig, StrategyConfig
from accent.config.tasks import ClassificationConfig, TaskConfig
from accent.config.training import TrainingConfig
from accent.config.types import NonNegativeInt, Positive, Rate, Text

__all__ = ["Cell", "SweepConfig", "cells_of", "sweep_of_seeds"]


@dataclass(frozen=True, kw_only=True)
class SweepConfig:
    """Fit several bases or in several ways, on the same rows and with the same budget."""

    data: DataConfig
    """The labelled rows."""
    augmentation: AugmentConfig = field(default_factory=AugmentConfig)
    """Changed copies of the training rows."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """The base, where there is one."""
    bases: tuple[Text, ...] = ()
    """Bases to start from, one after the other; without it --base."""
    task: TaskConfig = field(default_factory=ClassificationConfig)
    """What a row asks."""
    strategies: tuple[StrategyConfig, ...] = (FullConfig(),)
    """Which weights may move, in one setting after the other; a setting of some strategies goes to those."""
    learning_rates: tuple[Positive, ...] = ()
    """Peak learning rates, one after the other; without it --learning-rate."""
    seeds: tuple[NonNegativeInt, ...] = ()
    """The seeds of each setting's runs; without it --seed alone. From two on they tell the seed's luck from the
    setting, and three are few."""
    long_texts: LongTextsConfig = field(default_factory=TaskChoiceConfig)
    """What becomes of texts that are longer than the model reads."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """How each learns."""
    run: RunConfig = field(default_factory=RunConfig)
    """Where the runs are kept."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One run of a sweep."""

    name: str
    """Its setting's, which the runs with other seeds share: it is made of what differs between settings."""
    seed: int
    """The one seed of all its chance, but for the split of the rows."""
    config: FinetuneConfig
    """Without its folder."""


def cells_of(sweep: SweepConfig) -> tuple[Cell, ...]:
    """Return the runs of a sweep, all seeds of a setting together.

    Rows are split by the sweep's own seed, so that all are judged on the same ones.
    """
    bases = tuple(dict.fromkeys(sweep.bases or (sweep.model.base,)))
    rates = tuple(dict.fromkeys(sweep.learning_rates or (sweep.training.learning_rate,)))
    seeds = dict.fromkeys(sweep.seeds or (sweep.run.seed,))
    settings = list(product(bases, sweep.strategies, rates))
    names = _names(bases, [one.kind for one in sweep.strategies], rates)
    return tuple(
        Cell(name=name, seed=seed, config=_config(sweep, base, strategy, rate=rate, seed=seed))
        for name, (base, strategy, rate) in zip(names, settings, strict=True)
        for seed in seeds
    )


def sweep_of_seeds(config: FinetuneConfig) -> SweepConfig:
    """Return the sweep of one setting that runs `config` with its seed and as many next ones as it asks for."""
    return SweepConfig(
        data=config.data,
        augmentation=config.augmentation,
        model=config.model,
        task=config.task,
        strategies=(config.strategy,),
        seeds=tuple(range(config.run.seed, config.run.seed + config.seeds)),
        long_texts=config.long_texts,
        training=config.training,
        run=config.run,
    )


def _config(sweep: SweepConfig, base: str, strategy: StrategyConfig, *, rate: Rate, seed: int) -> FinetuneConfig:
    return FinetuneConfig(
        data=replace(sweep.data, split_seed=sweep.data.seed_of_split(sweep.run.seed)),
        augmentation=sweep.augmentation,
        model=replace(sweep.model, base=base),
        task=sweep.task,
        strategy=strategy,
        long_texts=sweep.long_texts,
        training=replace(sweep.training, learning_rate=rate),
        run=replace(sweep.run, output=None, resume=None, seed=seed),
    )


def _names(bases: Sequence[str], strategies: Sequence[str], rates: Sequence[Rate]) -> list[str]:
    """Name each setting after what differs: minilm-lora, lora, or lora-5e-5."""
    parts = [list(_short_names(bases)), list(strategies), [_short_number(rate) for rate in rates]]
    told = [names if len(names) > 1 else [] for names in parts]
    if not any(told):
        told[1] = parts[1]
    return ["-".join(words) for words in product(*(names for names in told if names))]


def _short_names(bases: Sequence[str]) -> Iterator[str]:
    """Yield the last part of each base's name as a folder's name, numbered where another has the same."""
    taken: set[str] = set()
    for base in bases:
        last = Path(base.rpartition("builtin:")[2]).name
        short = re.sub(r"[^A-Za-z0-9_.-]+", "-", last).strip("-.") or "base"
        name = next(each for each in (short, *(f"{short}-{n}" for n in range(2, len(bases) + 2))) if each not in taken)
        taken.add(name)
        yield name


def _short_number(value: Rate) -> str:
    """Return 0.00005 as 5e-5, and a word as it is."""
    if isinstance(value, str):
        return value
    mantissa, power = f"{value:e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
