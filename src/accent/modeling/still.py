"""Which modules never change what they say: those below the lowest weight that moves."""

from __future__ import annotations

from torch import nn

from accent.modeling.anatomy import Anatomy

__all__ = ["still_modules"]


def still_modules(model: nn.Module, anatomy: Anatomy, frozen: int | None) -> list[nn.Module]:
    """Return the largest modules that lie, as the model lists them, before the end of its layer number `frozen`.

    In evaluation mode they drop nothing, so that frozen layers say the same of a text at every update. 0 stands for
    what comes before the first layer, the embeddings; None for nothing. BART lists the norm of its embeddings after its
    layers: it counts too. T5 has one dropout for what goes into its layers and what comes out: where only some of the
    layers are frozen, it stays on.
    """
    if frozen is None:
        return []
    names = [name for name, _ in model.named_modules()]
    end = _end_of(names, anatomy.layers[frozen - 1]) if frozen else names.index(anatomy.layers[0])
    moving = {name for name in names[end:] if anatomy.depth(f"{name}.") > 0}
    moving |= {holder for name in moving for holder in _holders(name)}
    still = [name for name in names if name not in moving]
    found = set(still)
    return [model.get_submodule(name) for name in still if name.rpartition(".")[0] not in found]


def _end_of(names: list[str], layer: str) -> int:
    return max(index for index, name in enumerate(names) if f"{name}.".startswith(f"{layer}.")) + 1


def _holders(name: str) -> list[str]:
    """Return the paths of the modules that a module lies in: of a.b.c these are the model itself, a, and a.b."""
    steps = name.split(".")
    return [".".join(steps[:count]) for count in range(len(steps))]
