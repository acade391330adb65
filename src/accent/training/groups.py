"""AdamW's parameter groups: what is decayed, and at which share of the rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accent.strategies import RatedParameter

__all__ = ["parameter_groups"]

_MATRIX = 2


def parameter_groups(moving: Sequence[RatedParameter], weight_decay: float) -> list[dict[str, Any]]:
    """Return one group for each (decay, rate, place): matrices decay, biases and the scales of norms (vectors) do not.

    Each group has torch's keys and `rate`, the share of the run's learning rate, `names`, in the parameters' order, and
    `matrices`, whether they are matrices of layers.
    """
    groups: dict[tuple[float, float, bool], dict[str, Any]] = {}
    for moved in moving:
        decay = weight_decay if moved.parameter.ndim > 1 else 0.0
        matrices = moved.in_layer and moved.parameter.ndim == _MATRIX
        facts = {"weight_decay": decay, "rate": moved.rate, "matrices": matrices}
        group = groups.setdefault((decay, moved.rate, matrices), {"params": [], "names": [], **facts})
        group["params"].append(moved.parameter)
        group["names"].append(moved.name)
    return list(groups.values())
