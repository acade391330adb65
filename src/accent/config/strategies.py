"""Which weights may move: a union tagged by `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accent.config.types import NonNegativeInt, Positive, PositiveInt, Share, Text

__all__ = [
    "AdapterConfig",
    "FullConfig",
    "GradualConfig",
    "HeadConfig",
    "LoraConfig",
    "PartialConfig",
    "PrefixConfig",
    "StrategyConfig",
    "StrategyName",
]

StrategyName = Literal["full", "head", "partial", "gradual", "lora", "adapter", "prefix"]


@dataclass(frozen=True, kw_only=True)
class FullConfig:
    """All weights move."""

    kind: Literal["full"] = "full"
    """Which weights may move."""


@dataclass(frozen=True, kw_only=True)
class HeadConfig:
    """Only what stands above the layers moves: the pooler, where there is one, and the head."""

    kind: Literal["head"] = "head"
    """Which weights may move."""
    merge: bool = False
    """Save the whole model, not only the weights that moved."""
    cache: bool = True
    """Compute once what the frozen layers say of the rows, and keep it on disk."""


@dataclass(frozen=True, kw_only=True)
class PartialConfig:
    """The embeddings and the lower layers are frozen."""

    kind: Literal["partial"] = "partial"
    """Which weights may move."""
    frozen_layers: NonNegativeInt | None = None
    """Layers that stay frozen with the embeddings, counted from the input; without it, half of them."""
    cache: bool = True
    """Compute once what the frozen layers say of the rows, and keep it on disk."""


@dataclass(frozen=True, kw_only=True)
class GradualConfig:
    """The head moves first; layers join it from the top, one at a time, the embeddings last."""

    kind: Literal["gradual"] = "gradual"
    """Which weights may move."""
    unfreeze_by: Literal["epoch", "update", "plateau"] = "epoch"
    """When the next layer joins: after epochs, after updates, or when the validation score has not risen."""
    unfreeze_every: PositiveInt = 1
    """Epochs, updates, or evaluations without a better score, until the next layer joins."""


@dataclass(frozen=True, kw_only=True)
class LoraConfig:
    """Low-rank matrices beside frozen ones move, and the head."""

    kind: Literal["lora"] = "lora"
    """Which weights may move."""
    rank: PositiveInt = 8
    """Rank of the matrices that are added."""
    alpha: Positive = 16.0
    """Their product is scaled by alpha / rank."""
    lora_dropout: Share = 0.0
    """Dropout of what goes into them."""
    targets: tuple[Text, ...] = ("attention",)
    """Which linear layers get them: attention (queries and values), all-linear, or names of modules."""
    merge: bool = False
    """Save the whole model with the matrices added into its weights, not only the weights that moved."""


@dataclass(frozen=True, kw_only=True)
class AdapterConfig:
    """Small bottleneck layers inside each frozen layer move, with houlsby the norms too, and the head."""

    kind: Literal["adapter"] = "adapter"
    """Which weights may move."""
    placement: Literal["houlsby", "pfeiffer"] = "pfeiffer"
    """After attention and feed-forward (houlsby), or after feed-forward only (pfeiffer)."""
    reduction: PositiveInt = 8
    """The layers' width over the bottleneck's."""


@dataclass(frozen=True, kw_only=True)
class PrefixConfig:
    """Learned keys and values stand before those of the text in every layer; they move, and the head."""

    kind: Literal["prefix"] = "prefix"
    """Which weights may move."""
    prefix_length: PositiveInt = 16
    """Keys and values that are added to each layer."""


StrategyConfig = FullConfig | HeadConfig | PartialConfig | GradualConfig | LoraConfig | AdapterConfig | PrefixConfig
