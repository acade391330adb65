"""Encode texts and pairs of texts into token ids, batched through the fast tokenizer's own threads.

Shapes: E examples, R rows, N tokens of all examples together.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.errors import ConfigError
from accent.tokenization.load import resolve_max_length
from accent.tokenization.long_texts import LongTexts
from accent.tokenization.middles import without_middle
from accent.tokenization.rows import EncodedRows

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedTokenizerFast

__all__ = ["Encoder", "Example"]

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Example:
    """One encoded row."""

    input_ids: list[int]
    """Token ids with the special tokens, at most `max_length`."""
    token_type_ids: list[int] | None
    """0 for the first text and 1 for the second; None where the model takes none."""


class Encoder:
    """A tokenizer at one maximum length, with one policy for longer texts.

    Truncation takes from the longer text of a pair first; windows go over the second text of a pair, each with the
    first text before it. It works on copies of the tokenizer's engine, so that truncation and padding stored in
    tokenizer.json (all-MiniLM's says 128) play no part and the caller's tokenizer stays as it is. Raises ConfigError
    where `max_length` does not fit the model (None is the model's own limit but not above 512) or the stride not it.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, max_length: int | None = None, *, long_texts: LongTexts | None = None
    ) -> None:
        """Take a tokenizer as `load_tokenizer` returns it; without `long_texts`, the beginning is read."""
        self.tokenizer = tokenizer
        self.max_length = resolve_max_length(tokenizer, max_length)
        self.long_texts = long_texts or LongTexts()
        self.columns = tuple(tokenizer.model_input_names)
        self.stride = self.max_length // 4 if self.long_texts.stride is None else self.long_texts.stride
        self._whole = _engine(tokenizer)
        self._engines: dict[bool, Tokenizer] = {}  # made when a row is too long: for single texts, for pairs
        if self.long_texts.windows:
            self._check_stride()

    @property
    def pad_id(self) -> int:
        """The id that fills examples up to the longest of a batch."""
        return int(self.tokenizer.pad_token_id)

    def encode(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Example]:
        """Encode texts, or pairs of texts of the same number, one Example each; windows are not made."""
        encodings, _ = self._cut(_inputs(texts, pairs), self._whole.encode_batch_fast(_inputs(texts, pairs)))
        typed = self._typed
        return [Example(found.ids, found.type_ids if typed else None) for found in encodings]

    def encode_flat(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, *, spans: bool = False
    ) -> EncodedRows:
        """Encode texts, or pairs, into flat arrays: a row is one example, or several where windows are asked for.

        With `spans` each token knows which characters of the text (of a pair, the second) it stands for.
        """
        lost = None
        if self.long_texts.windows and pairs is not None:
            texts, lost = self._short_enough(texts)
        inputs = _inputs(texts, pairs)
        encode = self._whole.encode_batch if spans or self._keeps_both else self._whole.encode_batch_fast
        encodings: list[Encoding] = encode(inputs)
        if not self.long_texts.windows:
            encodings, cut = self._cut(inputs, encodings, spans=spans)
            return self._flat(encodings, cut, None, pair=pairs is not None, spans=spans)
        rows = self._windows(inputs, encodings, pair=pairs is not None, spans=spans)
        starts = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        cut = np.zeros(len(rows), dtype=np.int32) if lost is None else lost
        return self._flat(list(chain.from_iterable(rows)), cut, starts, pair=pairs is not None, spans=spans)

    def lengths(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> npt.NDArray[np.int64]:
        """Return each row's tokens before truncation, special tokens counted, (R,)."""
        found: list[int] = []
        for start in range(0, len(texts), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            encodings = self._whole.encode_batch_fast(_inputs(texts[part], None if pairs is None else pairs[part]))
            found.extend(len(encoding) for encoding in encodings)
        return np.asarray(found, dtype=np.int64)

    def _cut(
        self, inputs: list[Any], encodings: list[Encoding], *, spans: bool = False
    ) -> tuple[list[Encoding], npt.NDArray[np.int32]]:
        """Encode once more, with truncation, the rows that turned out too long: what they lose is known."""
        cut = np.zeros(len(encodings), dtype=np.int32)
        long = [row for row, found in enumerate(encodings) if len(found) > self.max_length]
        if long and not self._keeps_both:
            encode = self._cutting.encode_batch if spans else self._cutting.encode_batch_fast
            for row, short in zip(long, encode([inputs[row] for row in long]), strict=True):
                cut[row] = len(encodings[row]) - len(short)
                encodings[row] = short
        elif long:
            cut[long] = [len(encodings[row]) - self.max_length for row in long]
        return encodings, cut

    def _windows(
        self, inputs: list[Any], encodings: list[Encoding], *, pair: bool, spans: bool
    ) -> list[list[Encoding]]:
        """Return each row's windows: the row itself where it is short, and otherwise parts that overlap."""
        rows = [[found] for found in encodings]
        long = [row for row, found in enumerate(encodings) if len(found) > self.max_length]
        if long:
            engine = self._windowing(pair)
            encode = engine.encode_batch if spans else engine.encode_batch_fast
            for row, first in zip(long, encode([inputs[row] for row in long]), strict=True):
                rows[row] = [first, *first.overflowing]
        return rows

    def _flat(
        self,
        encodings: list[Encoding],
        cut: npt.NDArray[np.int32],
        windows: npt.NDArray[np.int64] | None,
        *,
        pair: bool,
        spans: bool,
    ) -> EncodedRows:
        keep = [without_middle(found, self.max_length) if self._keeps_both else slice(None) for found in encodings]
        ids = [np.asarray(found.ids, dtype=np.int32)[kept] for found, kept in zip(encodings, keep, strict=True)]
        types = ((found.type_ids, kept) for found, kept in zip(encodings, keep, strict=True))
        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        return EncodedRows(
            ids=_joined(ids, np.dtype(np.int32)),
            offsets=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]),
            type_ids=_joined([np.asarray(of, np.uint8)[kept] for of, kept in types], np.dtype(np.uint8))
            if self._typed
            else None,
            cut=cut,
            windows=windows,
            spans=_spans(encodings, keep, 1 if pair else 0) if spans else None,
        )

    def _short_enough(self, texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int32]]:
        """Cut first texts of pairs that would leave too little of a window to the second; return what each lost."""
        most = (self.max_length - self.tokenizer.num_special_tokens_to_add(pair=True)) // 2 - self.stride // 2
        encodings = self._whole.encode_batch(list(texts), add_special_tokens=False)
        pairs = zip(texts, encodings, strict=True)
        kept = [text if len(found) <= most else text[: found.offsets[most - 1][1]] for text, found in pairs]
        return kept, np.asarray([max(0, len(found) - most) for found in encodings], dtype=np.int32)

    def _check_stride(self) -> None:
        room = self.max_length - self.tokenizer.num_special_tokens_to_add(pair=True)
        if self.stride > room // 2:
            raise ConfigError(
                f"a stride of {self.stride} tokens is more than half of the {room} that a window has room for",
                where="long_texts.stride",
                remedy=f"Give --stride {room // 2} or less, or a greater --max-length.",
            )

    @property
    def _typed(self) -> bool:
        return "token_type_ids" in self.columns

    @property
    def _keeps_both(self) -> bool:
        return not self.long_texts.windows and self.long_texts.kept_part == "both"

    @cached_property
    def _cutting(self) -> Tokenizer:
        engine = _engine(self.tokenizer)
        direction = "left" if self.long_texts.kept_part == "tail" else "right"
        engine.enable_truncation(self.max_length, strategy="longest_first", direction=direction)
        return engine

    def _windowing(self, pair: bool) -> Tokenizer:
        if pair not in self._engines:
            self._engines[pair] = _engine(self.tokenizer)
            self._engines[pair].enable_truncation(
                self.max_length, stride=self.stride, strategy="only_second" if pair else "only_first", direction="right"
            )
        return self._engines[pair]


def _engine(tokenizer: PreTrainedTokenizerFast) -> Tokenizer:
    engine = copy.deepcopy(tokenizer.backend_tokenizer)
    engine.no_truncation()
    engine.no_padding()
    return engine


def _inputs(texts: Sequence[str], pairs: Sequence[str] | None) -> list[Any]:
    return list(texts) if pairs is None else list(zip(texts, pairs, strict=True))


def _spans(encodings: list[Encoding], keep: list[Any], sequence: int) -> npt.NDArray[np.int32]:
    """Return the characters of the given text of a row that each token stands for, -1 elsewhere."""
    parts = []
    for found, kept in zip(encodings, keep, strict=True):
        spans_N2 = np.asarray(found.offsets, dtype=np.int32).reshape(-1, 2)
        own = np.fromiter((of == sequence for of in found.sequence_ids), np.bool_, len(found))
        parts.append(np.where(own[:, None], spans_N2, -1)[kept])
    return np.concatenate([np.zeros((0, 2), dtype=np.int32), *parts])


def _joined(parts: list[npt.NDArray[Any]], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])
