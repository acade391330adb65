"""What a row asks: a union tagged by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accent.config.types import Share

__all__ = ["ClassificationConfig", "TaskConfig"]


@dataclass(frozen=True, kw_only=True)
class ClassificationConfig:
    """One class of several for a text or a pair of texts."""

    kind: Literal["classification"] = "classification"
    """What a row asks."""
    label_smoothing: Share = 0.0
    """Probability mass spread evenly over all classes in the training loss."""


TaskConfig = ClassificationConfig
