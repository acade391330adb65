"""Full fine-tuning: every weight moves, at one rate.

The strongest choice on most data, and dear: gradients and AdamW's two moments take three more copies of the
weights. Usual rates are 1e-5 to 5e-5 (Devlin et al. 2019, arXiv 1810.04805, appendix A.3), more for small models.
Use a head alone when rows are few and time is short, LoRA when many tasks share one base.
"""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from accent.strategies.protocol import RatedParameter

__all__ = ["Full"]


class Full:
    """All weights move."""

    kind: ClassVar[str] = "full"

    def prepare(self, model: nn.Module) -> list[RatedParameter]:
        """Return every parameter, each once where the model ties several names to one."""
        moving = []
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(True)
            moving.append(RatedParameter(name, parameter))
        return moving
