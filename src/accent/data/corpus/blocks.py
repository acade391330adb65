"""Blocks of tokens to learn from: where they start and end, which documents they hold, and their tokens in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from accent.errors import ConfigError

__all__ = ["Block", "Blocks", "cut"]

Ints = npt.NDArray[np.int64]


class Block(NamedTuple):
    """One block: the places of its first token and behind its last, and where documents start inside."""

    start: int
    end: int
    boundaries: Ints
    """Tokens from the block's first to each document that starts behind it; 0 is not among them."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """N blocks of one split, in its order. `tokens`, `words` and `documents` are the split's own arrays."""

    length: int
    """Tokens of a block at most."""
    starts: Ints
    """The place of each block's first token (N,)."""
    ends: Ints
    """The place behind each block's last token (N,)."""
    tokens: npt.NDArray[Any]
    words: npt.NDArray[np.bool_]
    documents: Ints

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self.starts)

    def __getitem__(self, number: int) -> Block:
        """Return one block by its number."""
        start, end = int(self.starts[number]), int(self.ends[number])
        first, last = np.searchsorted(self.documents, [start, end - 1], side="right")
        return Block(start, end, np.asarray(self.documents[first:last], dtype=np.int64) - start)

    @property
    def lengths(self) -> Ints:
        """The tokens of each block (N,)."""
        return self.ends - self.starts

    def tokens_of(self, numbers_B: npt.ArrayLike, *, fill: int) -> Ints:
        """Return the ids of some blocks (B, T), T the longest of them, `fill` behind the end of shorter ones."""
        places_BT, inside_BT = self._places(numbers_B)
        return np.where(inside_BT, self.tokens[places_BT], fill).astype(np.int64)

    def words_of(self, numbers_B: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return where words start (B, T), False behind the end. A block may begin inside a word."""
        places_BT, inside_BT = self._places(numbers_B)
        return inside_BT & self.words[places_BT]

    def documents_of(self, numbers_B: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Return which document each token is of (B, T), counted from 0 in each block; -1 behind the end."""
        places_BT, inside_BT = self._places(numbers_B)
        found_BT = np.searchsorted(self.documents, places_BT, side="right")
        return np.where(inside_BT, found_BT - found_BT[:, :1], -1).astype(np.int32)

    def _places(self, numbers_B: npt.ArrayLike) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the place of each token (B, T), and whether there is one: behind the end it is the block's last."""
        numbers = np.asarray(numbers_B, dtype=np.int64)
        starts, ends = self.starts[numbers][:, None], self.ends[numbers][:, None]
        places_BT = starts + np.arange(int((ends - starts).max(initial=0)))
        return np.minimum(places_BT, ends - 1), places_BT < ends


def cut(documents: Ints, length: int, *, cross_documents: bool) -> tuple[Ints, Ints]:
    """Return where blocks start and end (N,), (N,), for documents that start at `documents` (D + 1,)."""
    if length < 1:
        raise ConfigError(
            f"blocks of {length} tokens", where="block_length", remedy="Give a length of one token or more."
        )
    edges = np.asarray(documents[[0, -1]] if cross_documents else documents, dtype=np.int64)
    counts = -(-np.diff(edges) // length)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(edges[:-1], counts) + length * within
    return starts, np.minimum(starts + length, np.repeat(edges[1:], counts))
