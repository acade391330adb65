"""All rows of a data set as examples: encoded part by part, in arrays that leave memory once they are large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.growing import Grown
from accent.tasks.examples import Examples
from accent.tasks.protocol import Task
from accent.tokenization import EncodedRows, Encoder

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["encode_dataset"]

_ROWS_AT_ONCE = 1000


def encode_dataset(task: Task, dataset: Dataset, encoder: Encoder) -> Examples:
    """Encode all rows with their targets, 1,000 at a time; the rows' details are not kept."""
    parts = (
        task.encode(dataset[start : start + _ROWS_AT_ONCE], encoder, labelled=True)
        for start in range(0, len(dataset), _ROWS_AT_ONCE)
    )
    first = next(parts, None)
    if first is None:
        return task.encode({name: [] for name in dataset.column_names}, encoder, labelled=True)
    gathered = _Gathered(first)
    for part in parts:
        gathered.append(part)
    return gathered.examples()


class _Gathered:
    """Examples that grow by parts of one shape."""

    def __init__(self, first: Examples) -> None:
        self._first = first
        self._rows = _GrownRows(first.rows)
        self._written = None if first.written is None else _GrownRows(first.written)
        self._of_examples = {name: Grown(values.dtype, values.shape[1:]) for name, values in first.of_examples.items()}
        self._of_tokens = {name: Grown(values.dtype) for name, values in first.of_tokens.items()}
        self.append(first)

    def append(self, part: Examples) -> None:
        self._rows.append(part.rows)
        if self._written is not None and part.written is not None:
            self._written.append(part.written)
        for grown, values in ((self._of_examples, part.of_examples), (self._of_tokens, part.of_tokens)):
            _append(grown, values)

    def examples(self) -> Examples:
        return Examples(
            rows=self._rows.rows(),
            pad_id=self._first.pad_id,
            of_examples={name: grown.array() for name, grown in self._of_examples.items()},
            of_tokens={name: grown.array() for name, grown in self._of_tokens.items()},
            written=None if self._written is None else self._written.rows(),
            decoder_start=self._first.decoder_start,
            together=self._first.together,
        )


class _GrownRows:
    """Encoded rows that grow; character spans are not kept."""

    def __init__(self, first: EncodedRows) -> None:
        self._ids = Grown(np.int32)
        self._type_ids = None if first.type_ids is None else Grown(np.uint8)
        self._lengths = Grown(np.int64)
        self._cut = Grown(np.int32)
        self._windows = None if first.windows is None else Grown(np.int64)

    def append(self, part: EncodedRows) -> None:
        self._ids.append(part.ids)
        self._lengths.append(part.lengths)
        self._cut.append(part.cut)
        if self._type_ids is not None and part.type_ids is not None:
            self._type_ids.append(part.type_ids)
        if self._windows is not None and part.windows is not None:
            self._windows.append(np.diff(part.windows))

    def rows(self) -> EncodedRows:
        return EncodedRows(
            ids=self._ids.array(),
            offsets=_starts(self._lengths.array()),
            type_ids=None if self._type_ids is None else self._type_ids.array(),
            cut=self._cut.array(),
            windows=None if self._windows is None else _starts(self._windows.array()),
        )


def _append(grown: Mapping[str, Grown], values: Mapping[str, npt.NDArray[Any]]) -> None:
    for name, part in values.items():
        grown[name].append(part)


def _starts(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])
