"""Bottleneck adapters: small layers inside the frozen ones move, and the head.

    h + U gelu(D h + b_D) + b_U

stands in place of h, the output of a layer's last projection, before its dropout, sum and norm; D maps the width to a
small one and U back. U starts at zero, so that training starts from the base's own answers.

- houlsby: behind self-attention and behind the feed-forward part; the norms of the layers move too (Houlsby et al.
  2019, arXiv 1902.00751, section 2.1).
- pfeiffer: behind the feed-forward part only, norms frozen (Pfeiffer et al. 2020, arXiv 2005.00247): half
  of the weights. Theirs stands behind the last norm of the layer, ours before it.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from accent.config import AdapterConfig
from accent.modeling import Anatomy
from accent.strategies.added import drawing, move_added
from accent.strategies.protocol import Moment, RatedParameter

__all__ = ["Adapter", "Bottleneck", "adapter_parameters", "bottleneck_width"]

_DEVIATION = 0.02


class Bottleneck(nn.Module):
    """h + U gelu(D h + b_D) + b_U; at first h itself."""

    def __init__(self, width: int, reduction: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, bottleneck_width(width, reduction))
        self.up = nn.Linear(self.down.out_features, width)
        nn.init.normal_(self.down.weight, std=_DEVIATION)
        for zero in (self.down.bias, self.up.weight, self.up.bias):
            nn.init.zeros_(zero)

    @property
    def inside(self) -> int:
        """The width inside."""
        return self.down.out_features

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return (B, T, D) for (B, T, D)."""
        changed: Tensor = self.up(F.gelu(self.down(hidden_BTD)))
        return hidden_BTD + changed


class Adapter:
    """Bottlenecks inside each layer move, with houlsby the norms of the layers, and the head."""

    kind: ClassVar[str] = "adapter"
    saves_changes = True

    def __init__(self, config: AdapterConfig | None = None) -> None:
        self._config = config or AdapterConfig()

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:
        """Put the bottlenecks in and freeze the rest."""
        norms = [f"^{re.escape(name)}\\." for name in self._moving_norms(model, anatomy)]
        with drawing(seed):
            for name in _places(model, anatomy, self._config):
                projection = model.get_submodule(name)
                made = Bottleneck(anatomy.width, self._config.reduction).train(projection.training)
                projection.add_module("adapter", made.to(model.device))
                # Before the hooks that are there: a family's own dropout falls on what the adapter returns.
                projection.register_forward_hook(_adapted, prepend=True)
        return move_added(model, anatomy, added="|".join([r"\.adapter\.", *norms]))

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int | None:  # noqa: ARG002
        """Return None: there is something that moves in the first layer."""
        return None

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is: transformers' classes have no place for an adapter."""

    def _moving_norms(self, model: PreTrainedModel, anatomy: Anatomy) -> list[str]:
        return anatomy.inside(model, anatomy.family.parts.norms) if self._config.placement == "houlsby" else []


def bottleneck_width(width: int, reduction: int) -> int:
    """Return the width inside an adapter: the layers' over `reduction`, at least 1."""
    return max(1, width // reduction)


def adapter_parameters(model: PreTrainedModel, anatomy: Anatomy, config: AdapterConfig) -> int:
    """Return the parameters of all bottlenecks by formula: the sum of 2 D M + D + M, M wide inside.

    Norms and head are not counted.
    """
    width, inside = anatomy.width, bottleneck_width(anatomy.width, config.reduction)
    return len(_places(model, anatomy, config)) * (2 * width * inside + width + inside)


def _places(model: PreTrainedModel, anatomy: Anatomy, config: AdapterConfig) -> list[str]:
    """Return the paths of the projections behind which adapters stand."""
    parts = anatomy.family.parts
    behind = [parts.feedforward_output, *([parts.attention_output] if config.placement == "houlsby" else [])]
    return anatomy.inside(model, "|".join(behind))


def _adapted(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:  # noqa: ARG001 - torch's calling convention
    adapted: Tensor = module.get_submodule("adapter")(output)
    return adapted
