"""Words of texts and their tags: where they stand, what a model reads of each, and entities as JSON.

Letters: E examples, R rows, N tokens of all examples, W words of all rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.data.layouts.words import from_spans
from accent.evaluation.tag_schemes import Span
from accent.tasks.examples import Examples
from accent.tasks.protocol import Columns
from accent.tokenization.align import AlignedWords, Words

__all__ = [
    "PlacedWords",
    "ReadWords",
    "RowWords",
    "TaggedWords",
    "bio_numbers",
    "entity_entries",
    "flat_words",
    "placed_words",
    "read_words",
    "tagged_rows",
    "words_of",
]

Numbers = npt.NDArray[np.int64]

_OUTSIDE, _UNREAD = 0, -1


@dataclass(frozen=True)
class RowWords:
    """A text and its words: each one's first character, and the one after its last."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def words(self) -> list[str]:
        """Return the words themselves."""
        return [self.text[start:end] for start, end in zip(self.starts, self.ends, strict=True)]


@dataclass(frozen=True)
class PlacedWords:
    """A row's words and their tokens, as in AlignedWords."""

    row: RowWords
    own: Numbers
    shared: Numbers


@dataclass(frozen=True)
class ReadWords:
    """What a model said of the words of all rows."""

    numbers: Numbers
    """The number of each word's most probable tag, (W,); -1 where the model read nothing of the word."""
    shares: npt.NDArray[np.float64]
    """Its probability, (W,); 0 where nothing was read."""
    shared: npt.NDArray[np.bool_]
    """Whether a word was read at the token of an earlier word, (W,)."""
    rows: Numbers
    """The row of each word, (W,)."""
    cut: npt.NDArray[np.bool_]
    """Whether its row was cut, (W,)."""


@dataclass(frozen=True)
class TaggedWords:
    """The tag of each word of a row, and its probability: 0 where the model read nothing of the word."""

    row: RowWords
    tags: Sequence[str]
    scores: Sequence[float]


def words_of(columns: Columns) -> list[RowWords]:
    """Return each row's words: as they are given, or else runs of letters and digits and single other characters.

    They are given in the column `label`, or in `words` where there is no label.
    """
    given = next((name for name in ("label", "words") if name in columns), None)
    if given is not None:
        rows = zip(columns["text"], columns[given], strict=True)
        return [RowWords(text, words["starts"], words["ends"]) for text, words in rows]
    found = (from_spans(text, ()) for text in columns["text"])
    return [RowWords(row.text, row.starts, row.ends) for row in found]


def flat_words(rows: Sequence[RowWords]) -> Words:
    """Return the words of all rows in arrays."""
    return Words(
        starts=np.fromiter(chain.from_iterable(row.starts for row in rows), dtype=np.int64),
        ends=np.fromiter(chain.from_iterable(row.ends for row in rows), dtype=np.int64),
        rows=np.repeat(np.arange(len(rows), dtype=np.int64), [len(row.starts) for row in rows]),
    )


def placed_words(rows: Sequence[RowWords], aligned: AlignedWords) -> list[PlacedWords]:
    """Return the tokens of all words row by row."""
    ends_R = np.cumsum([len(row.starts) for row in rows])[:-1]
    own, shared = np.split(aligned.own, ends_R), np.split(aligned.shared, ends_R)
    return [PlacedWords(row, *tokens) for row, *tokens in zip(rows, own, shared, strict=False)]


def read_words(examples: Examples, readings: Sequence[Any]) -> ReadWords:
    """Return what the readings, numbers (T,) and probabilities (T,) of each example, say of the rows' words."""
    lengths_E = examples.rows.lengths
    numbers_N, shares_N = (
        np.concatenate([*(one[part][:length] for one, length in zip(readings, lengths_E, strict=True)), [of_none]])
        for part, of_none in ((0, _UNREAD), (1, 0.0))
    )
    placed: Sequence[PlacedWords] = examples.details
    own_W, shared_W = (
        np.concatenate([np.zeros(0, dtype=np.int64), *(getattr(row, name) for row in placed)])
        for name in ("own", "shared")
    )
    tokens_W = np.where(own_W >= 0, own_W, shared_W)  # -1, for no token, is what stands behind the last one
    rows_W = np.repeat(np.arange(len(placed), dtype=np.int64), [len(row.own) for row in placed])
    return ReadWords(
        numbers=numbers_N.astype(np.int64)[tokens_W],
        shares=shares_N.astype(np.float64)[tokens_W],
        shared=(own_W < 0) & (shared_W >= 0),
        rows=rows_W,
        cut=examples.rows.cut[rows_W] > 0,
    )


def bio_numbers(read: ReadWords) -> Numbers:
    """Return each word's tag in BIO, (W,), by its number: O is 0, a B- is odd and its I- the next one.

    A word that was read at the token of an earlier one goes on with its entity. An I- that follows neither its B- nor
    its I- begins an entity: it becomes B-. A word of which nothing was read is inside an entity that goes on behind it
    (the normaliser removed it), and O otherwise and where its row was cut.
    """
    numbers_W = np.where(read.shared & (read.numbers % 2 == 1), read.numbers + 1, read.numbers)
    numbers_W[(numbers_W < 0) & read.cut] = _OUTSIDE
    known = np.flatnonzero(numbers_W >= 0)
    tags, rows = numbers_W[known], read.rows[known]
    before = np.concatenate([[_OUTSIDE], np.where(rows[1:] == rows[:-1], tags[:-1], _OUTSIDE)])[: len(tags)]
    inside = (tags > _OUTSIDE) & (tags % 2 == 0)
    goes_on = inside & ((before == tags) | (before == tags - 1))
    numbers_W[known] = np.where(inside & ~goes_on, tags - 1, tags)
    unread = np.flatnonzero(numbers_W < 0)
    behind = np.searchsorted(known, unread)
    continued = np.append(np.where(goes_on, tags, _OUTSIDE), _OUTSIDE)[behind]
    same_row = np.append(rows, -1)[behind] == read.rows[unread]
    numbers_W[unread] = np.where(same_row, continued, _OUTSIDE)
    return numbers_W


def tagged_rows(placed: Sequence[PlacedWords], tags: Sequence[str], scores: Sequence[float]) -> list[TaggedWords]:
    """Give each row its words' tags and probabilities of all that follow each other."""
    ends = np.cumsum([len(one.own) for one in placed]).tolist()
    parts = zip(placed, [0, *ends], ends, strict=False)
    return [TaggedWords(one.row, tags[start:end], scores[start:end]) for one, start, end in parts]


def entity_entries(row: RowWords, spans: Iterable[Span], scores: Sequence[float] | None = None) -> list[dict[str, Any]]:
    """Return entities as JSON: their characters in the text as given and, with `scores`, their words' mean score."""
    return [_entry(row, span, scores) for span in spans]


def _entry(row: RowWords, span: Span, scores: Sequence[float] | None) -> dict[str, Any]:
    start, end = row.starts[span.start], row.ends[span.end - 1]
    place = {"word": row.text[start:end], "start": start, "end": end}
    if scores is None:
        return {"entity_group": span.type, **place}
    read = [score for score in scores[span.start : span.end] if score > 0.0]
    return {"entity_group": span.type, "score": sum(read) / len(read) if read else 0.0, **place}
