"""The base and what is changed in it before training."""

from __future__ import annotations

from dataclasses import dataclass

from accent.config.types import NonNegativeInt, Share, Text

__all__ = ["ModelConfig"]


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The pretrained checkpoint that a run starts from."""

    base: Text = "builtin:minilm"
    """A folder, a Hub name, or builtin:minilm. Only safetensors is loaded."""
    revision: Text | None = None
    """The branch, tag or commit of a Hub base."""
    rename: tuple[Text, ...] = ()
    """Classes of the base's head that have another name in the data: old=new. They keep what they learned."""
    dropout: Share | None = None
    """Dropout of hidden states and head while training; without it, the base's own."""
    reinit_layers: NonNegativeInt = 0
    """Top layers that start anew, and the pooler with them, instead of from what the base learned."""
