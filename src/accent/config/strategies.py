"""Which weights may move: a union tagged by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["FullConfig", "StrategyConfig"]


@dataclass(frozen=True, kw_only=True)
class FullConfig:
    """All weights move, at one rate."""

    kind: Literal["full"] = "full"
    """Which weights may move."""


StrategyConfig = FullConfig
