"""Full fine-tuning: every weight moves, at one rate.

The strongest choice on most data, and dear: gradients and AdamW's two moments take three more copies of the
weights. Usual rates are 1e-5 to 5e-5 (Devlin et al. 2019, arXiv 1810.04805, appendix A.3), more for small models.
Use a head alone when rows are few and time is short, LoRA when many tasks share one base.
"""

from __future__ import annotations

from typing import ClassVar

from transformers import PreTrainedModel

from accent.config import FullConfig
from accent.modeling import Anatomy
from accent.strategies.protocol import Moment, RatedParameter

__all__ = ["Full"]


class Full:
    """All weights move."""

    kind: ClassVar[str] = "full"
    saves_changes = False

    def __init__(self, config: FullConfig | None = None) -> None:
        """Take nothing: there is nothing to choose."""

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:  # noqa: ARG002
        """Return every parameter, each once where the model ties several names to one."""
        moving = []
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(True)
            moving.append(RatedParameter(name, parameter))
        return moving

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int | None:  # noqa: ARG002
        """Return None: all layers move."""
        return None

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is."""
