"""What frozen layers say of texts, computed once and kept on disk: for later epochs, and for other runs and trials.

A file is found again by what it depends on: the weights below the cut, the settings of the model, the dtype of its
products, the token that is read, and the tokens of the texts in their order. Labels, seeds and rates are not among it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from accent.data.shelf import Put, make_room, place, take
from accent.data.store import cache_folder
from accent.modeling import Activations, Cut, autocast
from accent.tokenization import EncodedRows, batch_by_length, collate

__all__ = ["UNWRITABLE", "ActivationStore", "Kept", "settings_below"]

# Part of every key: a change of what is computed raises it, and the old files are not found any more.
VERSION = 1
BATCH_TOKENS = 4096
FLOAT_BYTES = 4
UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS})
"""Errors of a disk that does without what was to be kept on it."""
# Settings of a model that change nothing below the cut when it answers.
_ASIDE = re.compile(r"drop|label|problem_type|architectures|transformers_version|_name_or_path|dtype")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of some examples."""

    activations: Activations | None
    """None where the disk does not hold them: the frozen layers are asked again each time."""
    vectors: int
    """Tokens of which a vector is kept."""
    bytes: int
    """What they take up on disk."""
    seconds: float
    """Time to compute or to find them."""
    hit: bool
    """Whether an earlier run had computed them."""


class ActivationStore:
    """Computes what the frozen layers of one model say, or finds it where a run with the same layers has been."""

    def __init__(self, cut: Cut, *, precision: str) -> None:
        """Take the cut model, where it is, and the dtype to multiply in: fp32 or bf16."""
        self._cut = cut
        self._precision = precision

    def of(self, rows: EncodedRows, *, pad_id: int) -> Kept:
        """Return the activations of all examples, as a memory map."""
        started = time.perf_counter()
        asked = _Asked(rows, pad_id, self._offsets(rows))
        shape, path = (asked.vectors, self._cut.width), cache_folder("activations") / f"{self._key(asked)}.npy"
        values = take(path, shape) if asked.vectors else np.zeros(shape, dtype=np.float32)
        hit = values is not None
        if values is None and self._write(asked, shape, path):
            values = take(path, shape)
        return Kept(
            activations=None if values is None else Activations(values, asked.offsets),
            vectors=asked.vectors,
            bytes=asked.vectors * self._cut.width * FLOAT_BYTES,
            seconds=time.perf_counter() - started,
            hit=hit,
        )

    def _write(self, asked: _Asked, shape: tuple[int, int], path: Path) -> bool:
        """Compute and write the vectors; false where the disk does not hold them or cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not make_room(path.parent, shape[0] * shape[1] * FLOAT_BYTES):
                return False
            place(path, shape, lambda put: self._compute(asked, put))
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            return False
        return True

    def _compute(self, asked: _Asked, put: Put) -> None:
        """Ask the frozen layers about all examples, those of like length together, and put the vectors in place."""
        device, offsets = self._cut.model.device, asked.offsets
        with torch.inference_mode(), autocast(self._precision, device):
            for chosen in batch_by_length(asked.rows.lengths, batch_tokens=BATCH_TOKENS):
                inputs = collate(asked.rows, chosen, pad_id=asked.pad_id)
                hidden_BTD = self._cut.below({name: tensor.to(device) for name, tensor in inputs.items()})
                for vectors_TD, example in zip(hidden_BTD.float().cpu().numpy(), chosen.tolist(), strict=True):
                    if offsets is None:
                        put(example, vectors_TD)
                    else:
                        put(int(offsets[example]), vectors_TD[: offsets[example + 1] - offsets[example]])

    def _offsets(self, rows: EncodedRows) -> npt.NDArray[np.int64] | None:
        """Return where each example's vectors start, None where each has one; an empty text is one token of padding."""
        if self._cut.token is not None:
            return None
        lengths = np.maximum(rows.lengths, 1)
        return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])

    def _key(self, asked: _Asked) -> str:
        """Return the digest of all that the vectors depend on."""
        rows = asked.rows
        facts = [VERSION, self._layers, self._precision, self._cut.token, asked.pad_id, rows.type_ids is not None]
        state = hashlib.sha256(json.dumps(facts).encode())
        rows.digest_into(state)
        return state.hexdigest()[:32]

    @cached_property
    def _layers(self) -> str:
        """The digest of the settings and weights that the frozen layers are made of."""
        state = hashlib.sha256(json.dumps(settings_below(self._cut.model), sort_keys=True, default=str).encode())
        for name in self._cut.weights:
            weight = self._cut.model.get_parameter(name).detach().cpu().contiguous()
            state.update(f"{name} {tuple(weight.shape)}".encode())
            state.update(weight.numpy().data)
        return state.hexdigest()


def settings_below(model: PreTrainedModel) -> dict[str, Any]:
    """Return the settings of a model that decide, with its weights, what its layers say when it answers."""
    return {name: value for name, value in model.config.to_dict().items() if _ASIDE.search(name) is None}


@dataclass(frozen=True)
class _Asked:
    """Examples whose vectors are wanted, and where each example's start; None where each has one."""

    rows: EncodedRows
    pad_id: int
    offsets: npt.NDArray[np.int64] | None

    @property
    def vectors(self) -> int:
        return len(self.rows) if self.offsets is None else int(self.offsets[-1])
