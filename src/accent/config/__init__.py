"""Configurations: frozen dataclasses that know no torch, and the border where users' values enter."""

from __future__ import annotations

from accent.config.data import DataConfig, ReadingConfig
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
from accent.config.tasks import ClassificationConfig, TaskConfig
from accent.config.training import ScheduleConfig, TrainingConfig

__all__ = [
    "CheckConfig",
    "ClassificationConfig",
    "DataConfig",
    "DemoConfig",
    "DoctorConfig",
    "EvaluateConfig",
    "FinetuneConfig",
    "FullConfig",
    "InspectConfig",
    "ModelConfig",
    "PlaceConfig",
    "PredictConfig",
    "ReadingConfig",
    "ReportConfig",
    "RunConfig",
    "ScheduleConfig",
    "StrategyConfig",
    "TaskConfig",
    "TrainingConfig",
]
