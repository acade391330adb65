"""Encode texts and pairs of texts into token ids, batched through the fast tokenizer's own threads."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.tokenization.load import resolve_max_length
from accent.tokenization.rows import EncodedRows

if TYPE_CHECKING:
    from datasets import Dataset
    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedTokenizerFast

__all__ = ["Encoder", "Example", "encode_rows"]

_ROWS_AT_ONCE = 1000
# Above this the ids are kept in an unnamed temporary file and mapped: 16 million tokens are about 500,000 sentences.
_BYTES_IN_MEMORY = 64 * 2**20


@dataclass(frozen=True)
class Example:
    """One encoded row."""

    input_ids: list[int]
    """Token ids with the special tokens, at most `max_length`."""
    token_type_ids: list[int] | None
    """0 for the first text and 1 for the second; None where the model takes none."""


class Encoder:
    """A tokenizer at one maximum length; truncation takes from the longer text of a pair first.

    It works on copies of the tokenizer's engine, so that truncation and padding stored in tokenizer.json (all-MiniLM's
    says 128) play no part and the caller's tokenizer stays as it is. Raises ConfigError where `max_length` does not
    fit the model; None is the model's own limit but not above 512.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, max_length: int | None = None) -> None:
        """Take a tokenizer as `load_tokenizer` returns it."""
        self.tokenizer = tokenizer
        self.max_length = resolve_max_length(tokenizer, max_length)
        self.columns = tuple(tokenizer.model_input_names)
        self._whole = _engine(tokenizer)

    @property
    def pad_id(self) -> int:
        """The id that fills rows up to the longest of a batch."""
        return int(self.tokenizer.pad_token_id)

    def encode(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Example]:
        """Encode texts, or pairs of texts of the same number, one Example each."""
        encodings, _ = self._encode(texts, pairs)
        typed = self._typed
        return [Example(found.ids, found.type_ids if typed else None) for found in encodings]

    def encode_flat(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> EncodedRows:
        """Encode like `encode`, into flat arrays."""
        encodings, cut = self._encode(texts, pairs)
        lengths = np.fromiter((len(found) for found in encodings), np.int64, len(encodings))
        total = int(lengths.sum())
        type_ids = None
        if self._typed:
            type_ids = np.fromiter(chain.from_iterable(found.type_ids for found in encodings), np.uint8, total)
        return EncodedRows(
            ids=np.fromiter(chain.from_iterable(found.ids for found in encodings), np.int32, total),
            offsets=_offsets(lengths),
            type_ids=type_ids,
            cut=cut,
        )

    def lengths(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> npt.NDArray[np.int64]:
        """Return each row's tokens before truncation, special tokens counted, (B,)."""
        found: list[int] = []
        for start in range(0, len(texts), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            encodings = self._whole.encode_batch_fast(_inputs(texts[part], None if pairs is None else pairs[part]))
            found.extend(len(encoding) for encoding in encodings)
        return np.asarray(found, dtype=np.int64)

    def _encode(
        self, texts: Sequence[str], pairs: Sequence[str] | None
    ) -> tuple[list[Encoding], npt.NDArray[np.int32]]:
        """Encode whole first, and once more with truncation the rows that turn out too long: their loss is known."""
        inputs = _inputs(texts, pairs)
        encodings: list[Encoding] = self._whole.encode_batch_fast(inputs)
        cut = np.zeros(len(encodings), dtype=np.int32)
        long = [row for row, found in enumerate(encodings) if len(found) > self.max_length]
        if long:
            shortened = self._cutting.encode_batch_fast([inputs[row] for row in long])
            for row, short in zip(long, shortened, strict=True):
                cut[row] = len(encodings[row]) - len(short)
                encodings[row] = short
        return encodings, cut

    @property
    def _typed(self) -> bool:
        return "token_type_ids" in self.columns

    @cached_property
    def _cutting(self) -> Tokenizer:
        engine = _engine(self.tokenizer)
        engine.enable_truncation(self.max_length, strategy="longest_first", direction=self.tokenizer.truncation_side)
        return engine


def encode_rows(dataset: Dataset, encoder: Encoder) -> EncodedRows:
    """Encode the columns `text` (and `text_pair` where there is one) of a data set, 1,000 rows at a time."""
    paired = "text_pair" in dataset.column_names
    columns = dataset.select_columns(["text", "text_pair"] if paired else ["text"])
    store = _Store()
    for start in range(0, len(dataset), _ROWS_AT_ONCE):
        batch: dict[str, Any] = columns[start : start + _ROWS_AT_ONCE]
        store.append(encoder.encode_flat(batch["text"], batch["text_pair"] if paired else None))
    return store.rows(typed="token_type_ids" in encoder.columns)


class _Store:
    """Collects encoded parts; ids and type ids move to unnamed temporary files once they are large."""

    def __init__(self) -> None:
        self._ids = _Column(np.dtype(np.int32))
        self._type_ids = _Column(np.dtype(np.uint8))
        self._lengths: list[npt.NDArray[np.int64]] = []
        self._cut: list[npt.NDArray[np.int32]] = []

    def append(self, part: EncodedRows) -> None:
        self._ids.append(part.ids)
        if part.type_ids is not None:
            self._type_ids.append(part.type_ids)
        self._lengths.append(part.lengths)
        self._cut.append(part.cut)

    def rows(self, *, typed: bool) -> EncodedRows:
        return EncodedRows(
            ids=self._ids.array(),
            offsets=_offsets(_join(self._lengths, np.dtype(np.int64))),
            type_ids=self._type_ids.array() if typed else None,
            cut=_join(self._cut, np.dtype(np.int32)),
        )


class _Column:
    """A growing array: in memory while small, in a mapped temporary file beyond `_BYTES_IN_MEMORY`."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._parts: list[npt.NDArray[Any]] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None

    def append(self, part: npt.NDArray[Any]) -> None:
        self._parts.append(part)
        self._bytes += part.nbytes
        if self._file is not None or self._bytes > _BYTES_IN_MEMORY:
            self._spill()

    def array(self) -> npt.NDArray[Any]:
        if self._file is None:
            return _join(self._parts, self._dtype)
        with self._file as file:
            file.flush()
            return np.memmap(file, dtype=self._dtype, mode="r")

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="accent-")  # noqa: SIM115 - closed once it is mapped
        for part in self._parts:
            self._file.write(part.tobytes())
        self._parts = []


def _engine(tokenizer: PreTrainedTokenizerFast) -> Tokenizer:
    engine = copy.deepcopy(tokenizer.backend_tokenizer)
    engine.no_truncation()
    engine.no_padding()
    return engine


def _inputs(texts: Sequence[str], pairs: Sequence[str] | None) -> list[Any]:
    return list(texts) if pairs is None else list(zip(texts, pairs, strict=True))


def _offsets(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def _join(parts: Iterable[npt.NDArray[Any]], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])
