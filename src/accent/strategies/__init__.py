"""Strategies: which weights may move, when, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from accent.config import StrategyConfig
from accent.strategies.full import Full
from accent.strategies.protocol import RatedParameter, Strategy

__all__ = ["STRATEGIES", "Full", "RatedParameter", "Strategy", "make_strategy"]

STRATEGIES: Mapping[str, Callable[[], Strategy]] = {"full": Full}
"""Every strategy by its `kind`."""


def make_strategy(config: StrategyConfig) -> Strategy:
    """Make the strategy that `config` describes."""
    return STRATEGIES[config.kind]()
