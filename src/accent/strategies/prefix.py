"""Prefix tuning: learned keys and values stand before those of the text in every layer, and they move with the head.

    attention(q, [k_P; k], [v_P; v]) = softmax(q [k_P; k]^T / sqrt(W)) [v_P; v]

with k_P and v_P of P positions for each layer and head, in self-attention only. The layers' own weights and masks stay
as they are. Keys and values are learned directly, without the network that Li and Liang compute them with: Liu et al.
find that it helps on some data and harms on other.

Source: Li and Liang 2021, arXiv 2101.00190; Liu et al. 2022, arXiv 2110.07602 (P-Tuning v2), for models that read. It
takes high rates, 1e-3 to 1e-2. Use LoRA where both are open: Hu et al. 2021, arXiv 2106.09685, section 3, find prefixes
hard to optimize.
"""

from __future__ import annotations

from typing import ClassVar

from torch import nn
from transformers import PreTrainedModel

from accent.config import PrefixConfig
from accent.modeling import ATTENTION, Anatomy
from accent.modeling import Prefix as PrefixModule
from accent.strategies.added import drawing, move_added
from accent.strategies.protocol import Moment, RatedParameter

__all__ = ["Prefix", "prefix_parameters"]

# The families' names for the number of heads; ModernBERT's attention has none.
_HEADS = ("num_heads", "num_attention_heads", "n_heads")


class Prefix:
    """Keys and values before those of the text move, and the head."""

    kind: ClassVar[str] = "prefix"
    saves_changes = True

    def __init__(self, config: PrefixConfig | None = None) -> None:
        self._config = config or PrefixConfig()

    def prepare(self, model: PreTrainedModel, anatomy: Anatomy, *, seed: int) -> list[RatedParameter]:
        """Give each self-attention a prefix, drawn from a normal distribution of deviation 0.02; freeze the rest."""
        if model.config._attn_implementation != ATTENTION:
            model.set_attn_implementation(ATTENTION)  # transformers' other attentions know no prefix
        with drawing(seed):
            for name in anatomy.inside(model, anatomy.family.parts.attention):
                attention = model.get_submodule(name)
                heads, width = _shape(attention, anatomy)
                prefix = PrefixModule(heads, self._config.prefix_length, width)
                attention.add_module("prefix", prefix.train(attention.training).to(model.device))
        return move_added(model, anatomy, added=r"\.prefix\.")

    def stage(self, moment: Moment) -> int:  # noqa: ARG002
        """Return the only stage."""
        return 0

    def frozen_layers(self, anatomy: Anatomy) -> int | None:  # noqa: ARG002
        """Return None: there is something that moves in the first layer."""
        return None

    def finish(self, model: PreTrainedModel) -> None:
        """Leave the model as it is: transformers' classes have no place for a prefix."""


def prefix_parameters(model: PreTrainedModel, anatomy: Anatomy, config: PrefixConfig) -> int:
    """Return the parameters of all prefixes by formula: the sum of 2 P H W over the layers. The head is not counted."""
    names = anatomy.inside(model, anatomy.family.parts.attention)
    shapes = [_shape(model.get_submodule(name), anatomy) for name in names]
    return sum(2 * config.prefix_length * heads * width for heads, width in shapes)


def _shape(attention: nn.Module, anatomy: Anatomy) -> tuple[int, int]:
    """Return the heads of an attention module, and the width of each."""
    named = [getattr(attention, name) for name in _HEADS if hasattr(attention, name)]
    heads = int(named[0] if named else attention.config.num_attention_heads)  # type: ignore[union-attr, arg-type]
    width = getattr(attention, "key_value_proj_dim", anatomy.width // heads)  # T5's heads have a width of their own
    return heads, int(width)
