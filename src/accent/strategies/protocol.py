"""What every strategy offers: which weights move, when, and at which share of the rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import nn
from transformers import PreTrainedModel

from accent.modeling import Anatomy

__all__ = ["Moment", "RatedParameter", "Strategy"]


@dataclass(frozen=True)
class RatedParameter:
    """A weight that moves, and its learning rate as a share of the run's."""

    name: str
    parameter: nn.Parameter
    rate: float = 1.0
    stage: int = 0
    """The stage of the strategy from which on it moves."""
    in_layer: bool = False
    """Whether it lies in a layer, and not in the embeddings, a final norm or the head."""


@dataclass(frozen=True)
class Moment:
    """Where a training stands, as far as strategies ask."""

    update: int
    """Updates taken so far."""
    updates_per_epoch: int
    """Updates in one pass over the rows."""
    plateaus: int = 0
    """Evaluations so far that did not better the best validation score."""


class Strategy(Protocol):
    """Which weights may move, when, and how fast."""

    kind: ClassVar[str]

    @property
    def saves_changes(self) -> bool:
        """Whether a run saves only what moved, to be put onto its base again; else the whole model."""
        ...

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:
        """Put new modules in, freeze what stays (`requires_grad = False`) and return what moves, in the model's order.

        New weights are drawn from the seed's stream "strategy". Raises ConfigError where the model offers nothing
        that could move.
        """
        ...

    def stage(self, moment: Moment) -> int:
        """Return the stage at this moment: a pure function, so that a resumed run needs no state for it."""
        ...

    def frozen_layers(self, anatomy: Anatomy) -> int | None:
        """Return how many layers, from the input up, never move: neither weights nor dropout change what they say.

        0 stands for the embeddings alone, None for nothing.
        """
        ...

    def finish(self, model: PreTrainedModel) -> None:
        """Turn a trained model whose whole is saved into one of transformers' own: new modules are merged."""
        ...
