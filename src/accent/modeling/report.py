"""What became of a checkpoint's weights when it was loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from accent.modeling.families import Family

__all__ = ["LoadReport", "parameters_by_part"]

# The families' names for the tables of tokens, positions and segments, and what follows them.
_EMBEDDINGS = frozenset({"embeddings", "embeddings_project", "wte", "wpe"})


@dataclass(frozen=True)
class LoadReport:
    """Which weights came from the checkpoint, which are new, which were left behind."""

    loaded: int
    """Tensors taken from the checkpoint."""
    new: tuple[str, ...]
    """Tensors that the checkpoint does not have: the head, drawn from the seed."""
    discarded: tuple[str, ...]
    """Tensors of the checkpoint that a classifier does not use: pretraining heads."""
    parts: dict[str, int]
    """Parameters of the embeddings, the encoder, the pooler and the head; parts without any are left out."""
    parameters: int
    """Parameters together."""


def parameters_by_part(model: nn.Module, family: Family) -> dict[str, int]:
    """Count a classifier's parameters by part."""
    counts = Counter({"embeddings": 0, "encoder": 0, "pooler": 0, "head": 0})
    for name, parameter in model.named_parameters():
        counts[_part(name, family)] += parameter.numel()
    return {part: count for part, count in counts.items() if count}


def _part(name: str, family: Family) -> str:
    if family.is_head(name):
        return "head"
    names: Iterable[str] = name.split(".")
    if not _EMBEDDINGS.isdisjoint(names):
        return "embeddings"
    if "pooler" in names or name.startswith("head."):  # ModernBERT pools with what it calls its head
        return "pooler"
    return "encoder"
