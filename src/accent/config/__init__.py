"""Configurations: frozen dataclasses that know no torch, and the border where users' values enter."""

from __future__ import annotations

from accent.config.data import DataConfig, ReadingConfig
from accent.config.decoding import DecodingConfig
from accent.config.long_texts import LongTextsConfig, TaskChoiceConfig, TruncateConfig, WindowsConfig
from accent.config.model import ModelConfig
from accent.config.runs import (
    CheckConfig,
    DemoConfig,
    DoctorConfig,
    EvaluateConfig,
    FinetuneConfig,
    InspectConfig,
    PlaceConfig,
    PredictConfig,
    ReportConfig,
    RunConfig,
)
from accent.config.strategies import FullConfig, StrategyConfig
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
from accent.config.training import ScheduleConfig, TrainingConfig

__all__ = [
    "LOWER_IS_BETTER",
    "METRICS",
    "READ_IN_WINDOWS",
    "CheckConfig",
    "ClassificationConfig",
    "DataConfig",
    "DecodingConfig",
    "DemoConfig",
    "DoctorConfig",
    "EvaluateConfig",
    "FinetuneConfig",
    "FullConfig",
    "GenerationConfig",
    "InspectConfig",
    "LongTextsConfig",
    "ModelConfig",
    "MultilabelConfig",
    "PlaceConfig",
    "PredictConfig",
    "QaConfig",
    "ReadingConfig",
    "RegressionConfig",
    "ReportConfig",
    "RunConfig",
    "ScheduleConfig",
    "StrategyConfig",
    "SummarizationConfig",
    "TaggingConfig",
    "TaskChoiceConfig",
    "TaskConfig",
    "TaskName",
    "TrainingConfig",
    "TruncateConfig",
    "WindowsConfig",
]
