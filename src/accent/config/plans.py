"""What a training will cost in each way, measured before it begins: the configuration, and the runs it is about."""

from __future__ import annotations

from dataclasses import dataclass, field

from accent.config.augment import AugmentConfig
from accent.config.data import DataConfig
from accent.config.long_texts import LongTextsConfig, TaskChoiceConfig
from accent.config.model import ModelConfig
from accent.config.runs import FinetuneConfig, PlaceConfig, RunConfig
from accent.config.strategies import (
    AdapterConfig,
    FullConfig,
    GradualConfig,
    HeadConfig,
    LoraConfig,
    PartialConfig,
    PrefixConfig,
    StrategyConfig,
)
from accent.config.tasks import ClassificationConfig, TaskConfig
from accent.config.training import TrainingConfig
from accent.config.types import Amount, Duration, PositiveInt

__all__ = ["LimitsConfig", "PlanConfig"]

_ALL: tuple[StrategyConfig, ...] = (
    FullConfig(),
    HeadConfig(),
    PartialConfig(),
    GradualConfig(),
    LoraConfig(),
    AdapterConfig(),
    PrefixConfig(),
)


@dataclass(frozen=True, kw_only=True)
class LimitsConfig:
    """What a run may cost, and how closely that is measured."""

    memory: Amount | None = None
    """Memory that a run may take, such as 8GB; without it, what this machine has."""
    time: Duration | None = None
    """Time that a run may take, such as 30m; without it, any."""
    tasks: PositiveInt = 1
    """Tasks that will share the base: from two on, strategies that save only what moved go first."""
    updates_tried: PositiveInt = 12
    """Updates that are timed for each strategy, beside the largest. More foresee the memory better, as it fills up
    over updates of many lengths."""
    range_test: bool = False
    """Look for a learning rate too, at rates that rise until the loss blows up."""


@dataclass(frozen=True, kw_only=True)
class PlanConfig:
    """Measure what a training would cost, and recommend a way."""

    data: DataConfig
    """The labelled rows."""
    augmentation: AugmentConfig = field(default_factory=AugmentConfig)
    """Changed copies that training rows get."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """The base."""
    task: TaskConfig = field(default_factory=ClassificationConfig)
    """What a row asks."""
    strategies: tuple[StrategyConfig, ...] = _ALL
    """The strategies to consider; a setting of some strategies goes to those."""
    long_texts: LongTextsConfig = field(default_factory=TaskChoiceConfig)
    """What becomes of texts that are longer than the model reads."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """How each would learn."""
    plan: LimitsConfig = field(default_factory=LimitsConfig)
    """What it may cost."""
    run: PlaceConfig = field(default_factory=PlaceConfig)
    """Where plan.json goes."""

    @property
    def finetunings(self) -> tuple[FinetuneConfig, ...]:
        """The fine-tunings that are planned, one for each strategy."""
        return tuple(
            FinetuneConfig(
                data=self.data,
                augmentation=self.augmentation,
                model=self.model,
                task=self.task,
                strategy=strategy,
                long_texts=self.long_texts,
                training=self.training,
                run=RunConfig(seed=self.run.seed, offline=self.run.offline),
            )
            for strategy in self.strategies
        )
