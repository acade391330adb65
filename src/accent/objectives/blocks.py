"""Where rows begin and end in a corpus, so that nothing is padded and nothing lost.

Legend: D documents, K blocks.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt

__all__ = ["apart", "packed", "separators"]

Ints = npt.NDArray[np.int64]


def packed(documents: Ints, room: int, *, separated: bool) -> tuple[Ints, Ints]:
    """Return where blocks start and end (K,), (K,), that go over documents and fill `room` tokens each but the last.

    With `separated` one of these stands between two documents. A block whose last place is such a separator ends behind
    the token after it, which has no room in it and begins the next one.
    """
    first, last = int(documents[0]), int(documents[-1])
    if not separated:
        starts = np.arange(first, last, room, dtype=np.int64)
        return starts, np.minimum(starts + room, last)
    begins = documents.tolist()
    starts_K: list[int] = []
    ends_K: list[int] = []
    while first < last:
        end = _reach(begins, first, room)
        is_short = end < last and end - first + _inside(begins, first, end) < room
        starts_K.append(first)
        ends_K.append(end + is_short)
        first = end
    return np.array(starts_K, dtype=np.int64), np.array(ends_K, dtype=np.int64)


def apart(documents: Ints, room: int) -> tuple[Ints, Ints]:
    """Return where blocks start and end (K,), (K,), each in one document, which is cut into as equal parts as fit."""
    sizes_D = np.diff(documents)
    counts_D = -(-sizes_D // room)
    within_K = np.arange(counts_D.sum()) - np.repeat(counts_D.cumsum() - counts_D, counts_D)
    begins_K, sizes_K, counts_K = (np.repeat(one, counts_D) for one in (documents[:-1], sizes_D, counts_D))
    return begins_K + within_K * sizes_K // counts_K, begins_K + (within_K + 1) * sizes_K // counts_K


def separators(documents: Ints, starts_K: Ints, ends_K: Ints) -> Ints:
    """Return how many documents begin inside each block (K,)."""
    return np.asarray(
        np.searchsorted(documents, ends_K, side="left") - np.searchsorted(documents, starts_K, side="right"),
        dtype=np.int64,
    )


def _inside(begins: list[int], start: int, end: int) -> int:
    return max(0, bisect_left(begins, end) - bisect_right(begins, start))


def _reach(begins: list[int], start: int, room: int) -> int:
    """Return the last end up to which the tokens and the separators between them have room."""
    low = bisect_right(begins, start)
    end = min(start + room, begins[-1])
    place = low
    while place < len(begins) and begins[place] < end:  # each document that begins inside takes a place
        place += 1
        end = min(end, max(begins[place - 1], start + room - (place - low)))
    return end
