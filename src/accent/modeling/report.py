"""What became of a checkpoint's weights when it was loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from accent.modeling.families import Family, HeadName

__all__ = ["EMBEDDINGS", "CarriedLabels", "LoadReport", "parameters_by_part"]

EMBEDDINGS = frozenset(
    {
        "embeddings",
        "embeddings_project",
        "embedding_hidden_mapping_in",
        "wte",
        "wpe",
        "shared",
        "embed_tokens",
        "embed_positions",
        "layernorm_embedding",
    }
)
"""The families' names for the tables of tokens, positions and segments, and what follows them."""


@dataclass(frozen=True)
class CarriedLabels:
    """What became of the labels of the checkpoint's own head."""

    kept: tuple[str, ...]
    """Labels whose outputs go on with what they had learned, by their new names."""
    renamed: tuple[str, ...]
    """Those of them that had another name: old=new."""
    added: tuple[str, ...]
    """Labels whose outputs start anew."""
    removed: tuple[str, ...]
    """Labels of the checkpoint that are no more."""


@dataclass(frozen=True)
class LoadReport:
    """Which weights came from the checkpoint, which are new, which were left behind."""

    loaded: int
    """Tensors taken from the checkpoint."""
    new: tuple[str, ...]
    """Tensors that the checkpoint does not have: the head, drawn from the seed."""
    discarded: tuple[str, ...]
    """Tensors of the checkpoint that the model does not use: pretraining heads."""
    parts: dict[str, int]
    """Parameters of embeddings, encoder, decoder, pooler and head; parts without any are left out."""
    parameters: int
    """Parameters together."""
    labels: CarriedLabels | None = None
    """Which labels' outputs were carried over from the checkpoint's own head, where it had one of this kind."""


def parameters_by_part(model: nn.Module, family: Family, head: HeadName | None) -> dict[str, int]:
    """Count a model's parameters by part; None stands for a head of pretraining."""
    counts = Counter({"embeddings": 0, "encoder": 0, "decoder": 0, "pooler": 0, "head": 0})
    for name, parameter in model.named_parameters():
        counts[_part(name, family, head)] += parameter.numel()
    return {part: count for part, count in counts.items() if count}


def _part(name: str, family: Family, head: HeadName | None) -> str:
    if family.is_pretraining_head(name) and "pooler" not in name if head is None else family.is_head(name, head):
        return "head"
    names: Iterable[str] = name.split(".")
    if not EMBEDDINGS.isdisjoint(names):
        return "embeddings"
    if "pooler" in names or name.startswith("head."):  # ModernBERT pools with what it calls its head
        return "pooler"
    return "decoder" if "decoder" in names else "encoder"
