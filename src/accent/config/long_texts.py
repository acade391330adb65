"""What becomes of texts that are longer than the model reads: a union tagged by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accent.config.types import NonNegativeInt

__all__ = ["LongTextsConfig", "TaskChoiceConfig", "TruncateConfig", "WindowsConfig"]


@dataclass(frozen=True, kw_only=True)
class TaskChoiceConfig:
    """As the task needs it: tagging, qa and generation read longer texts whole, the others their beginning."""

    kind: Literal["auto"] = "auto"
    """What becomes of longer texts: auto, cut (truncate), or read in several windows (windows)."""
    stride: NonNegativeInt | None = None
    """Tokens that neighbouring windows share; without it a quarter of the length, and none for generation."""


@dataclass(frozen=True, kw_only=True)
class TruncateConfig:
    """Cut to one window."""

    kind: Literal["truncate"] = "truncate"
    """What becomes of longer texts."""
    kept_part: Literal["head", "tail", "both"] = "head"
    """What is read of a longer text: its beginning, its end, or half of each."""


@dataclass(frozen=True, kw_only=True)
class WindowsConfig:
    """Read whole, in windows that overlap."""

    kind: Literal["windows"] = "windows"
    """What becomes of longer texts."""
    stride: NonNegativeInt | None = None
    """Tokens that neighbouring windows share; without it a quarter of the length, and none for generation."""
    pool: Literal["mean", "max"] = "mean"
    """How a text's answer comes from those of its windows: the mean of their probabilities, or the largest."""


LongTextsConfig = TaskChoiceConfig | TruncateConfig | WindowsConfig
