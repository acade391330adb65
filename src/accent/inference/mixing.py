"""The layers of a base, run once for the rows of several runs: what comes out is handed to each run's own top.

Rows of all runs are sorted by length together, so that twenty runs with few rows each fill batches like one run with
many. Nothing above the layers is shared: pooler, head, thresholds and words are each run's own.

Legend: E examples of one run or of all, B rows of a batch, T tokens, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.inference.additions import Additions, SideBySide
from accent.modeling import Activations, Anatomy, Base, Cut, autocast, load_model, settle_matrices
from accent.tasks import Examples
from accent.tokenization import EncodedRows, batch_by_length, collate

__all__ = ["Part", "Trunk"]

_ANY_LABEL = ("any",)


@dataclass(frozen=True)
class Part:
    """What one run gives into a mix."""

    examples: Examples
    """Its rows, encoded."""
    additions: Additions
    """What it adds to the layers."""
    cut: Cut
    """Its model, cut above all layers."""


class Trunk:
    """Embeddings and layers of a base. One thread at a time."""

    def __init__(self, base: Base, device: torch.device, *, precision: str) -> None:
        """Load the base, to be asked once it is settled. Raises BaseModelError where it cannot be."""
        model = load_model(base, "tokens", _ANY_LABEL, seed=0).model  # a head that reads all tokens, so all are kept
        model.to(device)  # type: ignore[arg-type]
        anatomy = Anatomy.of(model, "tokens")
        self.model = model
        self.anatomy = anatomy
        self._cut = Cut(model, anatomy, len(anatomy.layers))
        self._beside = SideBySide(())
        self._precision = precision

    def activations(self, parts: Sequence[Part], *, batch_tokens: int) -> list[Activations]:
        """Return what the layers say of the examples of each part, as the part's cut model takes it.

        All parts fill batches with the same token.
        """
        rows, owners_E = _together([part.examples.rows for part in parts])
        starts = np.cumsum([0, *(len(part.examples.rows) for part in parts)])
        shelves = [_Shelf.of(part) for part in parts]
        beside, places = self._side_by_side([part.additions for part in parts])
        device = self.model.device
        with torch.inference_mode(), autocast(self._precision, device):
            for batch in batch_by_length(rows.lengths, batch_tokens=batch_tokens):
                chosen = np.sort(batch)  # by run: what is read of each run's rows lies together
                inputs = collate(rows, chosen, pad_id=parts[0].examples.pad_id)
                inputs = {name: tensor.to(device) for name, tensor in inputs.items()}
                with beside.within(self.model, places[owners_E[chosen]]):
                    hidden_BTD = self._cut.below(inputs)
                for run in np.unique(owners_E[chosen]):
                    first, end = np.searchsorted(chosen, starts[run : run + 2])
                    part = slice(int(first), int(end))
                    kept = parts[run].cut.kept(hidden_BTD[part], inputs["input_ids"][part])
                    shelves[run].put(chosen[part] - starts[run], kept)
        return [shelf.activations() for shelf in shelves]

    def settle(self) -> None:
        """Turn the matrices into what they are multiplied in."""
        settle_matrices(self.model, self._precision)

    def _side_by_side(self, runs: Sequence[Additions]) -> tuple[SideBySide, npt.NDArray[np.int64]]:
        """Return the additions of all runs that were asked lately, these among them, and the places of these.

        They are laid out anew only where a run is new, without those that nobody holds any more.
        """
        places = {id(run): place for place, run in enumerate(self._beside.runs()) if run is not None}
        if any(id(run) not in places for run in runs):
            before = [run for run in self._beside.runs() if run is not None]
            every = list({id(run): run for run in (*before, *runs)}.values())
            self._beside = SideBySide(every, torch.bfloat16 if self._precision == "bf16" else torch.float32)
            places = {id(run): place for place, run in enumerate(every)}
        return self._beside, np.asarray([places[id(run)] for run in runs], dtype=np.int64)


@dataclass(frozen=True)
class _Shelf:
    """Room for the vectors of one run's examples: one of each, or those of all their tokens."""

    values: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.int64] | None

    @classmethod
    def of(cls, part: Part) -> _Shelf:
        if part.cut.token is not None:
            return cls(np.empty((len(part.examples.rows), part.cut.width), dtype=np.float32), None)
        lengths = np.maximum(part.examples.rows.lengths, 1)  # an empty text is one token of padding
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
        return cls(np.empty((int(offsets[-1]), part.cut.width), dtype=np.float32), offsets)

    def put(self, examples: npt.NDArray[np.int64], kept_BTD: Tensor) -> None:
        vectors_BTD = kept_BTD.float().cpu().numpy()
        if self.offsets is None:
            self.values[examples] = vectors_BTD[:, 0]
            return
        for example, vectors_TD in zip(examples.tolist(), vectors_BTD, strict=True):
            start, end = self.offsets[example], self.offsets[example + 1]
            self.values[start:end] = vectors_TD[: end - start]

    def activations(self) -> Activations:
        return Activations(self.values, self.offsets)


def _together(parts: Sequence[EncodedRows]) -> tuple[EncodedRows, npt.NDArray[np.int64]]:
    """Return the examples of all parts one behind the other, and which part each is of, (E,)."""
    types = [part.type_ids for part in parts if part.type_ids is not None]
    lengths = np.concatenate([part.lengths for part in parts])
    rows = EncodedRows(
        ids=np.concatenate([part.ids for part in parts]),
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)]),
        type_ids=np.concatenate(types) if types else None,
        cut=np.concatenate([part.cut for part in parts]),
    )
    return rows, np.repeat(np.arange(len(parts), dtype=np.int64), [len(part) for part in parts])
