"""Strategies: which weights may move, when, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from accent.config import StrategyConfig
from accent.strategies.activations import ActivationStore, Kept
from accent.strategies.adapter import Adapter, adapter_parameters
from accent.strategies.counting import expected_parameters
from accent.strategies.freezing import Head, Partial
from accent.strategies.full import Full
from accent.strategies.gradual import Gradual
from accent.strategies.lora import Lora, lora_parameters, lora_targets
from accent.strategies.prefix import Prefix, prefix_parameters
from accent.strategies.protocol import Moment, RatedParameter, Strategy
from accent.strategies.rates import Recommendation, rated, recommended_rate
from accent.strategies.saving import load_changes, save_changes

__all__ = [
    "STRATEGIES",
    "ActivationStore",
    "Adapter",
    "Full",
    "Gradual",
    "Head",
    "Kept",
    "Lora",
    "Moment",
    "Partial",
    "Prefix",
    "RatedParameter",
    "Recommendation",
    "Strategy",
    "adapter_parameters",
    "expected_parameters",
    "load_changes",
    "lora_parameters",
    "lora_targets",
    "make_strategy",
    "prefix_parameters",
    "rated",
    "recommended_rate",
    "save_changes",
]

STRATEGIES: Mapping[str, Callable[[Any], Strategy]] = {
    "full": Full,
    "head": Head,
    "partial": Partial,
    "gradual": Gradual,
    "lora": Lora,
    "adapter": Adapter,
    "prefix": Prefix,
}
"""Every strategy by its `kind`."""


def make_strategy(config: StrategyConfig) -> Strategy:
    """Make the strategy that `config` describes."""
    return STRATEGIES[config.kind](config)
