"""What every strategy offers: which weights move, and at which share of the rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import nn

__all__ = ["RatedParameter", "Strategy"]


@dataclass(frozen=True)
class RatedParameter:
    """A weight that moves, and its learning rate as a share of the run's."""

    name: str
    parameter: nn.Parameter
    rate: float = 1.0


class Strategy(Protocol):
    """Which weights may move, when, and how fast."""

    kind: ClassVar[str]

    def prepare(self, model: nn.Module) -> list[RatedParameter]:
        """Freeze what stays (`requires_grad = False`) and return what moves, in the model's order."""
        ...
