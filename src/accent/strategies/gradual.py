"""Gradual unfreezing: the head moves first, layers join it from the top, the embeddings come last.

A new head sends large gradients of no meaning down into the base; here the base waits until the head is of use (Howard
and Ruder 2018, arXiv 1801.06146, section 3.3: one more layer each epoch). What has joined moves on. The moments of each
weight start when it joins, so that AdamW's correction of their start holds for it.
"""

from __future__ import annotations

from typing import ClassVar

from transformers import PreTrainedModel

from accent.config import GradualConfig
from accent.modeling import Anatomy
from accent.strategies.protocol import Moment, RatedParameter

__all__ = ["Gradual"]


class Gradual:
    """Stage s moves what lies no deeper than s below the top."""

    kind: ClassVar[str] = "gradual"
    saves_changes = False

    def __init__(self, config: GradualConfig | None = None) -> None:
        self._config = config or GradualConfig()

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:  # noqa: ARG002
        """Return every parameter with the stage at which it joins.

        Where nothing stands above the layers, as in BART that writes, the first stage is the top layer.
        """
        named = list(model.named_parameters())
        highest = max(anatomy.depth(name) for name, _ in named)
        moving = []
        for name, parameter in named:
            parameter.requires_grad_(True)
            moving.append(RatedParameter(name, parameter, stage=highest - anatomy.depth(name)))
        return moving

    def stage(self, moment: Moment) -> int:
        """Return how often the next layer has joined by this moment; past the embeddings nothing joins any more."""
        passed = {
            "epoch": moment.update // moment.updates_per_epoch,
            "update": moment.update,
            "plateau": moment.plateaus,
        }
        return passed[self._config.unfreeze_by] // self._config.unfreeze_every

    def frozen_layers(self, anatomy: Anatomy) -> int | None:  # noqa: ARG002
        """Return None: in the end all layers move."""
        return None

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is."""
