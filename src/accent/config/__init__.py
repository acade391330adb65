"""Configurations: frozen dataclasses that know no torch, and the border where users' values enter."""

from __future__ import annotations

from accent.config.augment import AUGMENTED_TASKS, AugmentConfig, AugmenterName
from accent.config.data import DataConfig, ReadingConfig
from accent.config.decoding import DecodingConfig
from accent.config.long_texts import LongTextsConfig, TaskChoiceConfig, TruncateConfig, WindowsConfig
from accent.config.model import ModelConfig
from accent.config.plans import LimitsConfig, PlanConfig
from accent.config.runs import (
    CheckConfig,
    CompareConfig,
    DemoConfig,
    DoctorConfig,
    EvaluateConfig,
    FinetuneConfig,
    InspectConfig,
    PlaceConfig,
    PredictConfig,
    ReportConfig,
    ReproduceConfig,
    RunConfig,
)
from accent.config.search import SearchConfig, TuneConfig
from accent.config.serving import RequestLimitsConfig, ServeConfig
from accent.config.strategies import (
    AdapterConfig,
    FullConfig,
    GradualConfig,
    HeadConfig,
    LoraConfig,
    PartialConfig,
    PrefixConfig,
    StrategyConfig,
    StrategyName,
)
from accent.config.sweeps import Cell, SweepConfig, cells_of, sweep_of_seeds
from accent.config.tasks import (
    LOWER_IS_BETTER,
    METRICS,
    READ_IN_WINDOWS,
    ClassificationConfig,
    GenerationConfig,
    MultilabelConfig,
    QaConfig,
    RegressionConfig,
    SummarizationConfig,
    TaggingConfig,
    TaskConfig,
    TaskName,
)
from accent.config.training import LearningConfig, ScheduleConfig, TrainingConfig

__all__ = [
    "AUGMENTED_TASKS",
    "LOWER_IS_BETTER",
    "METRICS",
    "READ_IN_WINDOWS",
    "AdapterConfig",
    "AugmentConfig",
    "AugmenterName",
    "Cell",
    "CheckConfig",
    "ClassificationConfig",
    "CompareConfig",
    "DataConfig",
    "DecodingConfig",
    "DemoConfig",
    "DoctorConfig",
    "EvaluateConfig",
    "FinetuneConfig",
    "FullConfig",
    "GenerationConfig",
    "GradualConfig",
    "HeadConfig",
    "InspectConfig",
    "LearningConfig",
    "LimitsConfig",
    "LongTextsConfig",
    "LoraConfig",
    "ModelConfig",
    "MultilabelConfig",
    "PartialConfig",
    "PlaceConfig",
    "PlanConfig",
    "PredictConfig",
    "PrefixConfig",
    "QaConfig",
    "ReadingConfig",
    "RegressionConfig",
    "ReportConfig",
    "ReproduceConfig",
    "RequestLimitsConfig",
    "RunConfig",
    "ScheduleConfig",
    "SearchConfig",
    "ServeConfig",
    "StrategyConfig",
    "StrategyName",
    "SummarizationConfig",
    "SweepConfig",
    "TaggingConfig",
    "TaskChoiceConfig",
    "TaskConfig",
    "TaskName",
    "TrainingConfig",
    "TruncateConfig",
    "TuneConfig",
    "WindowsConfig",
    "cells_of",
    "sweep_of_seeds",
]
