"""Freezing: the head alone moves, or the head with the upper layers.

What is frozen needs no gradients and no moments, and backward stops at the lowest layer that moves. What a base knows
of language lies low, what a task needs lies high (Lee et al. 2019, arXiv 1911.03090, find a fourth of the layers enough
for nine tenths of the quality; Merchant et al. 2020, arXiv 2004.14448, find mostly the top layers changed).
"""

from __future__ import annotations

from typing import ClassVar

from transformers import PreTrainedModel

from accent.config import HeadConfig, PartialConfig
from accent.errors import ConfigError
from accent.modeling import Anatomy
from accent.strategies.protocol import Moment, RatedParameter

__all__ = ["Head", "Partial"]


class Head:
    """Only what stands above the layers moves: final norms, the pooler and the head."""

    kind: ClassVar[str] = "head"

    def __init__(self, config: HeadConfig | None = None) -> None:
        self._config = config or HeadConfig()

    @property
    def saves_changes(self) -> bool:
        """Whether only the head is saved."""
        return not self._config.merge

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:  # noqa: ARG002
        """Freeze all layers and the embeddings and return the rest; a ConfigError where there is no rest."""
        return _move_above(model, anatomy, len(anatomy.layers))

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int | None:
        """Return the count of all layers."""
        return len(anatomy.layers)

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is."""


class Partial:
    """The embeddings and the lower layers are frozen."""

    kind: ClassVar[str] = "partial"
    saves_changes = False

    def __init__(self, config: PartialConfig | None = None) -> None:
        self._config = config or PartialConfig()

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:  # noqa: ARG002
        """Freeze the embeddings and the lower layers and return the rest; a ConfigError where there is no rest.

        Raises ConfigError too for more layers than there are, and for any layer where all are one set of weights.
        """
        self._check(anatomy)
        return _move_above(model, anatomy, self.frozen_layers(anatomy))

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int:
        """Return how many layers are frozen: as asked, or half; none where they are one set of weights."""
        if self._config.frozen_layers is not None:
            return self._config.frozen_layers
        return 0 if anatomy.shared else len(anatomy.layers) // 2

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is."""

    def _check(self, anatomy: Anatomy) -> None:
        asked, layers = self.frozen_layers(anatomy), len(anatomy.layers)
        if anatomy.shared and asked > 0:
            raise ConfigError(
                f"the layers of this model share their weights: {asked} of them cannot be frozen alone",
                where="strategy.frozen_layers",
                remedy="Leave --frozen-layers out, so that the embeddings are frozen, or choose --strategy head.",
            )
        if asked > layers:
            raise ConfigError(
                f"{asked} layers cannot be frozen: the model has {layers}",
                where="strategy.frozen_layers",
                remedy=f"Give a number from 0 to {layers - 1}, or choose --strategy head.",
            )


def _move_above(model: PreTrainedModel, anatomy: Anatomy, frozen: int) -> list[RatedParameter]:
    """Freeze what is no deeper than layer number `frozen` from the input and return the rest, in the model's order."""
    moving = []
    for name, parameter in model.named_parameters():
        moves = anatomy.depth(name) > frozen
        parameter.requires_grad_(moves)
        if moves:
            moving.append(RatedParameter(name, parameter))
    if not moving:
        raise ConfigError(
            "nothing would move: above the frozen layers this model has no weights of its own",
            where="strategy.kind",
            remedy="Choose --strategy partial and leave upper layers free, or lora.",
        )
    return moving
