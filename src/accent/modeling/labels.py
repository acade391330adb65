"""Labels that stay keep what they learned: a head's outputs are carried over by name.

A model that is fine-tuned again may meet added, removed, renamed or reordered labels. The outputs of the labels that
stayed are copied into the new head row by row, and its other layers whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from accent.errors import ConfigError
from accent.modeling.report import CarriedLabels

__all__ = ["LabelMoves", "carry_labels", "label_moves"]


@dataclass(frozen=True)
class LabelMoves:
    """From which old place each label's outputs come."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    renamed: Mapping[str, str]
    """Old name by new name."""

    def places(self) -> list[tuple[int, int]]:
        """Return (old place, new place) of each label that stayed."""
        old = {name: place for place, name in enumerate(self.old)}
        names = [(place, self.renamed.get(name, name)) for place, name in enumerate(self.new)]
        return [(old[before], place) for place, before in names if before in old]

    def report(self) -> CarriedLabels:
        """Say which labels were kept, renamed, added and removed."""
        places = self.places()
        kept = {place for _, place in places}
        used = {place for place, _ in places}
        return CarriedLabels(
            kept=tuple(self.new[place] for place in sorted(kept)),
            renamed=tuple(f"{before}={after}" for after, before in self.renamed.items()),
            added=tuple(name for place, name in enumerate(self.new) if place not in kept),
            removed=tuple(name for place, name in enumerate(self.old) if place not in used),
        )


def label_moves(old: Sequence[str], new: Sequence[str], rename: Iterable[str]) -> LabelMoves:
    """Say where the new labels' outputs come from. `rename` has pairs old=new.

    Raises ConfigError for a pair without "=", an old name that the checkpoint's head does not have, and a new name that
    the data does not have or that had outputs of its own.
    """
    renamed: dict[str, str] = {}
    for pair in rename:
        before, _, after = pair.partition("=")
        complaint = _complaint(before, after, old, new)
        if after in renamed or before in renamed.values():
            complaint = "one of its names is in another pair already"
        if complaint:
            raise ConfigError(
                f"--rename {pair}: {complaint}",
                where="model.rename",
                remedy="Give the name in the base's head, =, and the name in the data, such as --rename neg=negative.",
            )
        renamed[after] = before
    return LabelMoves(tuple(old), tuple(new), renamed)


def carry_labels(model: nn.Module, weights: Mapping[str, Tensor], head: Iterable[str], moves: LabelMoves) -> None:
    """Copy the rows of the labels that stayed from the checkpoint's head (its weights' names) into the model's."""
    own = dict(model.named_parameters())
    places = moves.places()
    with torch.no_grad():
        for name in head:
            target, source = own.get(name), weights[name]
            if target is None or target.shape[1:] != source.shape[1:]:
                continue
            if (source.shape[0], target.shape[0]) == (len(moves.old), len(moves.new)):
                for before, after in places:
                    target[after] = source[before]
            elif target.shape == source.shape:
                target.copy_(source)


def _complaint(before: str, after: str, old: Sequence[str], new: Sequence[str]) -> str | None:
    if not before or not after:
        return "it is not a pair old=new"
    if before not in old:
        known = ", ".join(old) or "none: it brings no head for this task"
        return f"{before!r} is no class of the base's head ({known})"
    if after not in new:
        return f"{after!r} is no label of the data ({', '.join(new)})"
    if after in old:
        return f"{after!r} is a class of the base's head already"
    return None
