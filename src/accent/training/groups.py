"""AdamW's parameter groups: what is decayed, and at which share of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accent.strategies import RatedParameter

__all__ = ["parameter_groups"]


def parameter_groups(moving: Sequence[RatedParameter], weight_decay: float) -> list[dict[str, Any]]:
    """Return one group for each (decay, rate): matrices decay, biases and the scales of norms (vectors) do not.

    Each group has torch's keys and `rate`, the share of the run's learning rate, and `names`, in the parameters' order.
    """
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for moved in moving:
        decay = weight_decay if moved.parameter.ndim > 1 else 0.0
        key = (decay, moved.rate)
        group = groups.setdefault(key, {"params": [], "names": [], "weight_decay": decay, "rate": moved.rate})
        group["params"].append(moved.parameter)
        group["names"].append(moved.name)
    return list(groups.values())
