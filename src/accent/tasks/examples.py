"""Examples: encoded rows with their targets, and the batches that are made of them.

Shapes: E examples, N tokens of all examples, B examples of a batch, T tokens of the longest of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.modeling import ACTIVATIONS, IGNORED, Activations
from accent.tokenization import EncodedRows, collate

__all__ = ["IGNORED", "Batch", "Examples"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """Tensors of some examples: what the model takes (B, T) and what the loss takes."""

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor] = field(default_factory=dict)
    known: int | None = None
    """Tokens of the texts where the model is handed one vector of each in their place; None where it reads them."""

    @property
    def tokens(self) -> int:
        """Tokens that the model reads and writes, without padding."""
        if self.known is not None:
            return self.known
        written = self.targets["labels"] != IGNORED if self._is_written else torch.zeros(0)
        return int(self.inputs["attention_mask"].sum()) + int(written.sum())

    @property
    def padded_tokens(self) -> int:
        """Tokens that the model reads and writes, padding among them."""
        return self.padded_texts + (self.targets["labels"].numel() if self._is_written else 0)

    @property
    def padded_texts(self) -> int:
        """Tokens that the model reads, padding among them."""
        return self.inputs["input_ids"].numel() if self.known is None else self.known

    @property
    def _is_written(self) -> bool:
        return "decoder_input_ids" in self.inputs

    def to(self, device: torch.device) -> Batch:
        """Return the batch on `device`."""
        inputs, targets = (
            {name: values.to(device, non_blocking=True) for name, values in part.items()}
            for part in (self.inputs, self.targets)
        )
        return Batch(inputs, targets, self.known)


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Encoded rows with targets by name. Without labels there are no targets."""

    rows: EncodedRows
    """The tokens."""
    pad_id: int
    """The token that fills examples up to the longest of a batch."""
    of_examples: Mapping[str, Array] = field(default_factory=dict)
    """Targets of whole examples, (E, ...)."""
    of_tokens: Mapping[str, Array] = field(default_factory=dict)
    """Targets of single tokens, (N,), IGNORED where there is none."""
    written: EncodedRows | None = None
    """What a model that writes text shall write, one an example; `decoder_start` goes before it."""
    decoder_start: int | None = None
    """The token that a decoder begins with."""
    together: bool = True
    """Whether the windows of a row are learned from in one update, as one row; else each is a row of its own."""
    details: Sequence[Any] = ()
    """What `Task.join` needs of each row, such as its text; training keeps none."""
    held: Array | None = None
    """Tokens that a model remembers of each example while it writes, (E,); None where it writes nothing."""
    activations: Activations | None = None
    """What the frozen layers of a cut model say of each example, handed to it in their place."""

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each example, read and written ones together, (E,)."""
        return self.rows.lengths if self.written is None else self.rows.lengths + self.written.lengths

    @property
    def costs(self) -> npt.NDArray[np.int64]:
        """Tokens that each example takes up in memory while the model is at work on it, (E,)."""
        if self.activations is not None and self.activations.single:
            return np.ones(len(self.rows), dtype=np.int64)
        return self.lengths if self.held is None else self.held

    @property
    def windows(self) -> npt.NDArray[np.int64] | None:
        """Where the examples of each row that is learned from start, and the end; None where each is one example."""
        return self.rows.windows if self.together else None

    @property
    def row_lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each row that is learned from."""
        if self.windows is None:
            return self.lengths
        return np.add.reduceat(self.lengths, self.windows[:-1])

    @property
    def row_labels(self) -> Array:
        """The target of each row that is learned from, where it has one for the whole of it, (R, ...)."""
        labels = self.of_examples["labels"]
        return labels if self.windows is None else labels[self.windows[:-1]]

    def batch(self, chosen: npt.NDArray[np.int64]) -> Batch:
        """Return the tensors of some examples."""
        inputs, known = self._inputs(chosen)
        targets = {name: torch.from_numpy(np.asarray(values[chosen])) for name, values in self.of_examples.items()}
        for name, values in self.of_tokens.items():
            targets[name] = _padded(self.rows, values, chosen, inputs["input_ids"].shape[1])
        if self.written is not None and self.decoder_start is not None:
            written = _padded(self.written, self.written.ids, chosen, None)
            targets["labels"] = written
            inputs["decoder_input_ids"] = _shifted(written, self.decoder_start, self.pad_id)
        return Batch(inputs, targets, known)

    def _inputs(self, chosen: npt.NDArray[np.int64]) -> tuple[dict[str, Tensor], int | None]:
        """Return what the model takes of the texts, and their tokens where it is handed one vector of each.

        Beside these vectors stands a token of padding each: what a cut model makes of it is not used.
        """
        if self.activations is None or not self.activations.single:
            inputs = collate(self.rows, chosen, pad_id=self.pad_id)
            return inputs if self.activations is None else inputs | {ACTIVATIONS: self.activations.batch(chosen)}, None
        shape = (len(chosen), 1)
        ids, mask = torch.full(shape, self.pad_id), torch.ones(shape, dtype=torch.int64)
        known = int((self.rows.offsets[chosen + 1] - self.rows.offsets[chosen]).sum())
        return {"input_ids": ids, "attention_mask": mask, ACTIVATIONS: self.activations.batch(chosen)}, known


def _padded(rows: EncodedRows, values_N: Array, chosen: npt.NDArray[np.int64], width: int | None) -> Tensor:
    """Lay the values of the chosen examples out as (B, T), IGNORED on the padding."""
    starts_B = rows.offsets[chosen]
    lengths_B = rows.offsets[chosen + 1] - starts_B
    columns_T = np.arange(max(1, int(lengths_B.max(initial=0))) if width is None else width)
    mask_BT = columns_T < lengths_B[:, None]
    filled_BT = np.full(mask_BT.shape, IGNORED, dtype=np.int64)
    filled_BT[mask_BT] = values_N[(starts_B[:, None] + columns_T)[mask_BT]]
    return torch.from_numpy(filled_BT)


def _shifted(written_BT: Tensor, start: int, pad_id: int) -> Tensor:
    """Return what the decoder sees while it writes: the start, then each token before the one that is asked for."""
    shifted = written_BT.new_full(written_BT.shape, start)
    shifted[:, 1:] = written_BT[:, :-1]
    return shifted.masked_fill(shifted == IGNORED, pad_id)
