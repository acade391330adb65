"""What a teacher says of texts, computed once and kept on disk: for every epoch, and for other students.

Files are found again by the teacher's weights, the dtype of its products and the tokens of the texts in their order;
labels, seeds and the student are not among it. Where the disk does not hold them the teacher is asked in each update.

Legend: E examples, N tokens of all of them, B examples of a batch, T tokens, C outputs, D width.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from accent.data.shelf import Put, make_room, place, take
from accent.data.store import cache_folder
from accent.inference.predictor import Predictor
from accent.modeling import Activations, autocast
from accent.strategies.activations import UNWRITABLE
from accent.tasks import Examples
from accent.tokenization import EncodedRows, batch_by_length, collate

__all__ = ["Lessons", "Teacher"]

# Part of every key: a change of what is computed raises it, and the old files are not found any more.
VERSION = 1
BATCH_TOKENS = 4096
FLOAT_BYTES = 4
_NAMES = ("logits", "hidden")


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """What the teacher says of some examples, wherever it is kept."""

    teacher: Teacher
    examples: Examples
    logits: Activations | None
    """Outputs of each example, or of each of its tokens; None where they are asked for in each batch."""
    hidden: Activations | None
    """Last hidden states; None as above, and where they are not wanted."""
    bytes: int
    """What they take up on disk, or would."""
    seconds: float
    """Time to compute or to find them."""
    hit: bool
    """Whether an earlier run had computed them."""

    @property
    def kept(self) -> bool:
        """Whether the disk holds them."""
        return self.logits is not None

    def batch(self, chosen: npt.NDArray[np.int64]) -> tuple[Tensor, Tensor | None]:
        """Return outputs, (B, C) or (B, T, C), and last hidden states (B, T, D), both zeros on the padding."""
        if self.logits is None:
            return self.teacher.ask(self.examples.rows, chosen, pad_id=self.examples.pad_id)
        logits = self.logits.batch(chosen)
        hidden_BTD = None if self.hidden is None else self.hidden.batch(chosen)
        return logits[:, 0] if self.logits.single else logits, hidden_BTD


class Teacher:
    """A fitted model that is asked for its outputs and its hidden states."""

    def __init__(self, predictor: Predictor, *, digest: str, hidden: bool = True) -> None:
        """Take what answers with it, the digest of its weights, and whether its hidden states are wanted."""
        self.predictor = predictor
        self.digest = digest
        self._per_token = predictor.task.head == "tokens"
        self._hidden = hidden
        config = predictor.model.config
        self._widths = (config.num_labels, config.hidden_size) if hidden else (config.num_labels,)

    def lessons(self, examples: Examples) -> Lessons:
        """Return what the teacher says of all examples: found, or computed once."""
        started = time.perf_counter()
        lengths = np.maximum(examples.rows.lengths, 1)  # an empty text is one token of padding
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
        counts = (int(offsets[-1]) if self._per_token else len(lengths), int(offsets[-1]))
        shapes = list(zip(counts, self._widths, strict=False))  # the first alone where no hidden states are wanted
        folder, key = cache_folder("lessons"), self._key(examples)
        paths = [folder / f"{key}-{name}.npy" for name in _NAMES[: len(shapes)]]
        found = _taken(paths, shapes)
        hit = found is not None
        if found is None and self._write(examples, offsets, shapes, paths):
            found = _taken(paths, shapes)
        starts = (offsets if self._per_token else None, offsets)
        logits, hidden = [*map(Activations, found or (), starts), None, None][:2]
        return Lessons(
            teacher=self,
            examples=examples,
            logits=logits,
            hidden=hidden,
            bytes=_bytes(shapes),
            seconds=time.perf_counter() - started,
            hit=hit,
        )

    def ask(self, rows: EncodedRows, chosen: npt.NDArray[np.int64], *, pad_id: int) -> tuple[Tensor, Tensor | None]:
        """Return outputs and last hidden states of some examples in float32 on the CPU, zeros on the padding."""
        model: Any = self.predictor.model
        inputs = {name: tensor.to(model.device) for name, tensor in collate(rows, chosen, pad_id=pad_id).items()}
        with torch.no_grad(), autocast(self.predictor.precision, model.device):
            outputs = model(**inputs, output_hidden_states=self._hidden)
        read_BT1 = inputs["attention_mask"][..., None]
        logits = outputs.logits.float() * (read_BT1 if self._per_token else 1)
        return logits.cpu(), (outputs.hidden_states[-1].float() * read_BT1).cpu() if self._hidden else None

    def _write(
        self,
        examples: Examples,
        offsets: npt.NDArray[np.int64],
        shapes: list[tuple[int, int]],
        paths: list[Path],
    ) -> bool:
        """Compute and write both arrays; false where the disk does not hold them or cannot be written."""
        folder = paths[0].parent

        def compute(put_logits: Put, put_hidden: Put | None = None) -> None:
            for chosen in batch_by_length(examples.rows.lengths, batch_tokens=BATCH_TOKENS):
                logits, hidden_BTD = self.ask(examples.rows, chosen, pad_id=examples.pad_id)
                for row, example in enumerate(chosen.tolist()):
                    start, tokens = int(offsets[example]), int(offsets[example + 1] - offsets[example])
                    if put_hidden is not None and hidden_BTD is not None:
                        put_hidden(start, hidden_BTD[row, :tokens].numpy())
                    if self._per_token:
                        put_logits(start, logits[row, :tokens].numpy())
                    else:
                        put_logits(example, logits[row : row + 1].numpy())

        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not make_room(folder, _bytes(shapes)):
                return False
            if self._hidden:
                inner = partial(place, paths[0], shapes[0])
                place(paths[1], shapes[1], lambda hidden: inner(lambda logits: compute(logits, hidden)))
            else:
                place(paths[0], shapes[0], compute)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            return False
        return True

    def _key(self, examples: Examples) -> str:
        """Return the digest of all that the answers depend on."""
        facts = [VERSION, self.digest, self.predictor.precision, examples.pad_id, self._per_token, self._widths]
        state = hashlib.sha256(json.dumps(facts).encode())
        examples.rows.digest_into(state)
        return state.hexdigest()[:32]


def _taken(paths: list[Path], shapes: list[tuple[int, int]]) -> list[npt.NDArray[np.float32]] | None:
    """Return the arrays, None where one of them is not there."""
    found = [take(path, shape) for path, shape in zip(paths, shapes, strict=True)]
    there = [values for values in found if values is not None]
    return there if len(there) == len(found) else None


def _bytes(shapes: list[tuple[int, int]]) -> int:
    return sum(rows * width for rows, width in shapes) * FLOAT_BYTES
