"""Blocks of a corpus as rows: their tokens gathered, special tokens put around and between.

Everything is worked out for a whole batch at once. Legend: B rows, T tokens of a row, R tokens that have room in it
beside the special ones, K special tokens of a kind.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from accent.objectives.protocol import Context, Laid, Text
from accent.objectives.symbols import Frame, Symbols

__all__ = ["lay_pairs", "lay_rows"]

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def lay_rows(blocks_B: Ints, *, context: Context, opens: bool = False) -> Laid:
    """Lay out one block a row, with the tokenizer's special tokens around it.

    Where documents meet inside a block the tokenizer's separator stands between them; it ends the first, or with
    `opens` begins the second. What then has no room any more, at the end of the block, is left out: blocks that are
    cut with room for their separators lose nothing.
    """
    symbols, text = context.symbols, context.text
    frame, separator = symbols.single, symbols.separator
    room = context.length - frame.size
    starts_B = context.starts[blocks_B]
    ends_B = np.minimum(context.ends[blocks_B], starts_B + room)
    places_BR = starts_B[:, None] + np.arange(max(1, int((ends_B - starts_B).max(initial=1))))
    inside_BR = places_BR < ends_B[:, None]
    parts_BR = _parts(text, np.minimum(places_BR, ends_B[:, None] - 1))
    gaps_BR = parts_BR if separator is not None else np.zeros_like(parts_BR)
    sizes_B = np.minimum(ends_B - starts_B + gaps_BR[:, -1], room)  # a place beyond the end counts as the last one
    inside_BR &= np.arange(places_BR.shape[1]) + gaps_BR < room
    columns_BR = len(frame.before) + np.arange(places_BR.shape[1]) + gaps_BR
    rows = _Rows(sizes_B + frame.size, symbols)
    rows.put(text, places_BR, columns_BR, inside_BR)
    rows.put_specials(frame.before, np.zeros(len(sizes_B), dtype=np.int64))
    rows.put_specials(frame.after, len(frame.before) + sizes_B)
    if separator is not None:
        rows.fill_gaps(separator)
    parts_BT = rows.spread(parts_BR, columns_BR, inside_BR, into_gaps_from="right" if opens else "left")
    return rows.laid(parts=parts_BT)


def lay_pairs(
    first: tuple[Text, Ints, Ints], second: tuple[Text, Ints, Ints], *, context: Context, restart: bool = False
) -> Laid:
    """Lay out two texts a row, each given as (text, starts (B,), ends (B,)), with special tokens around and between.

    With `restart` positions begin again with the second text.
    """
    frame: Frame = context.symbols.pair
    lengths_B = [np.maximum(ends_B - starts_B, 0) for _, starts_B, ends_B in (first, second)]
    rows = _Rows(lengths_B[0] + lengths_B[1] + frame.size, context.symbols)
    begins_B = [np.full_like(lengths_B[0], len(frame.before)), len(frame.before) + lengths_B[0] + len(frame.between)]
    for (text, starts_B, _), sizes_B, begin_B in zip((first, second), lengths_B, begins_B, strict=True):
        columns_R = np.arange(max(1, int(sizes_B.max(initial=1))))
        inside_BR = columns_R < sizes_B[:, None]
        rows.put(text, starts_B[:, None] + columns_R, begin_B[:, None] + columns_R, inside_BR)
    rows.put_specials(frame.before, np.zeros_like(lengths_B[0]))
    rows.put_specials(frame.between, len(frame.before) + lengths_B[0])
    rows.put_specials(frame.after, begins_B[1] + lengths_B[1])
    columns_T = np.arange(rows.width)
    is_second_BT = columns_T >= begins_B[1][:, None]
    types_BT = np.where(is_second_BT, frame.second_type, 0)
    for place, kind in enumerate(frame.between_types):
        types_BT[np.arange(len(types_BT)), len(frame.before) + lengths_B[0] + place] = kind
    types_BT[columns_T >= rows.lengths_B[:, None]] = 0
    positions_BT = np.where(is_second_BT, columns_T - begins_B[1][:, None], columns_T) if restart else None
    return rows.laid(types=types_BT, positions=positions_BT, parts=is_second_BT.astype(np.int64))


class _Rows:
    """Rows that are being filled."""

    def __init__(self, lengths_B: Ints, symbols: Symbols) -> None:
        self.lengths_B = lengths_B.astype(np.int64)
        self.width = max(1, int(lengths_B.max(initial=1)))
        shape = (len(lengths_B), self.width)
        self._is_ordinary = symbols.is_ordinary
        self._ids_BT = np.full(shape, symbols.pad, dtype=np.int64)
        self._text_BT = np.zeros(shape, dtype=np.bool_)
        self._filled_BT = np.zeros(shape, dtype=np.bool_)
        self._starts_BT: Flags | None = np.zeros(shape, dtype=np.bool_)

    def put(self, text: Text, places_BR: Ints, columns_BR: Ints, inside_BR: Flags) -> None:
        """Put the tokens at these places of the text into these columns, where they are inside."""
        rows, _ = np.nonzero(inside_BR)
        columns, places = columns_BR[inside_BR], places_BR[inside_BR]
        ids = text.tokens[places]
        self._ids_BT[rows, columns] = ids
        self._text_BT[rows, columns] = self._is_ordinary[ids]
        self._filled_BT[rows, columns] = True
        if text.words is None:
            self._starts_BT = None
        elif self._starts_BT is not None:
            self._starts_BT[rows, columns] = text.words[places]

    def put_specials(self, ids_K: tuple[int, ...], columns_B: Ints) -> None:
        """Put special tokens into each row from its column on."""
        for place, number in enumerate(ids_K):
            self._ids_BT[np.arange(len(columns_B)), columns_B + place] = number
            self._filled_BT[np.arange(len(columns_B)), columns_B + place] = True

    def fill_gaps(self, number: int) -> None:
        """Put a special token wherever a row has nothing yet."""
        gaps_BT = (np.arange(self.width) < self.lengths_B[:, None]) & ~self._filled_BT
        self._ids_BT[gaps_BT] = number

    def spread(self, values_BR: Ints, columns_BR: Ints, inside_BR: Flags, *, into_gaps_from: str) -> Ints:
        """Lay values of text tokens out over whole rows; special tokens take that of a neighbour on one side."""
        spread_BT = np.full(self._ids_BT.shape, -1, dtype=np.int64)
        rows, _ = np.nonzero(inside_BR)
        spread_BT[rows, columns_BR[inside_BR]] = values_BR[inside_BR]
        if into_gaps_from == "left":  # values rise: what is behind the last text token belongs to it
            return np.maximum(np.maximum.accumulate(spread_BT, axis=1), 0)
        last_B = spread_BT.max(axis=1, initial=0)
        filled_BT = np.where(spread_BT < 0, last_B[:, None], spread_BT)
        return np.minimum.accumulate(filled_BT[:, ::-1], axis=1)[:, ::-1]

    def laid(self, **more: Any) -> Laid:
        return Laid(ids=self._ids_BT, lengths=self.lengths_B, text=self._text_BT, starts=self._starts_BT, **more)


def _parts(text: Text, places_BR: Ints) -> Ints:
    """Return the number of each token's document, counted from 0 in each row."""
    documents_BR = np.searchsorted(text.documents, places_BR, side="right")
    changes_BR = np.zeros_like(documents_BR)
    changes_BR[:, 1:] = documents_BR[:, 1:] != documents_BR[:, :-1]
    return np.asarray(changes_BR.cumsum(axis=1), dtype=np.int64)
