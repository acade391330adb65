"""Where the parts of a model are: its layers from the input up, and how deep each weight lies.

The layers of an encoder come before those of its decoder. ALBERT shares the weights of all its layers: they count as
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from torch import nn
from transformers import PreTrainedModel

from accent.modeling.families import FAMILIES, Family, HeadName, family_named
from accent.modeling.report import EMBEDDINGS

__all__ = ["Anatomy", "layer_paths"]


def layer_paths(model: PreTrainedModel) -> tuple[str, ...]:
    """Return the paths of a model's layers, from the input up, whatever its head."""
    pattern = FAMILIES[model.config.model_type].parts.layer
    return tuple(name for name, _ in model.named_modules() if re.search(pattern, name))


@dataclass(frozen=True)
class Anatomy:
    """The parts of one model. Make it with `of`: strategies put modules into layers and never between them, so it is
    the same before and after.
    """

    family: Family
    """How its family names things."""
    head: HeadName
    """Its output layer."""
    layers: tuple[str, ...]
    """Paths of its layers, from the input up."""
    width: int
    """Numbers a token in the hidden states between layers."""

    @classmethod
    def of(cls, model: PreTrainedModel, head: HeadName) -> Anatomy:
        """Find the parts of `model`."""
        family = family_named(model.config.model_type, head, where="the model")
        return cls(family, head, layer_paths(model), model.config.hidden_size)

    @property
    def top(self) -> int:
        """The depth of what stands above all layers: final norms, the pooler and the head."""
        return len(self.layers) + 1

    @property
    def shared(self) -> bool:
        """Whether all layers are one set of weights."""
        return self.family.parts.shared

    def depth(self, name: str) -> int:
        """Return how deep a weight lies: 0 in the embeddings, 1 in the first layer, `top` above the layers.

        The tables that an encoder and a decoder read, or that are tied to the output, are embeddings.
        """
        for index, layer in enumerate(self.layers):
            if name.startswith(f"{layer}."):
                return index + 1
        is_below = not EMBEDDINGS.isdisjoint(name.split(".")) and not self.is_head(name)
        return 0 if is_below else self.top

    def is_head(self, name: str) -> bool:
        """Say whether a weight is the head's own."""
        return self.family.is_head(name, self.head)

    def inside(self, model: nn.Module, pattern: str) -> list[str]:
        """Return the paths of the modules in the layers whose path within their layer matches `pattern` as a whole."""
        return [
            name
            for name, _ in model.named_modules()
            for layer in self.layers
            if name.startswith(f"{layer}.") and re.fullmatch(pattern, name[len(layer) + 1 :])
        ]
