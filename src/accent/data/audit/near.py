"""Near copies across splits: candidates by MinHash and banding, each verified by its exact Jaccard similarity.

What is compared is the sets of 5 neighbouring characters of a text's letters (see `letters`). Characters rather than
words: a text of ten words has 8 word triples, of which one changed word takes 3 on both sides, but some 40 character
fives, so that 0.8 means a change of a typo, an ending or, in longer texts, a word. Source of the method: A. Broder,
"On the resemblance and containment of documents", 1997; Leskovec et al., Mining of Massive Datasets, section 3.4.

Letters on arrays: T texts, H hash functions, B bands of R hashes, W windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from datasketch import MinHash

from accent.data.audit.keys import letters
from accent.seeds import derive

__all__ = ["SIMILARITY", "Index", "Sketcher", "similarity"]

SIMILARITY = 0.8
"""Texts whose Jaccard similarity is at least this are near copies."""

Signatures = npt.NDArray[np.uint32]
Pairs = Sequence[str] | None

_WIDTH = 5
# 20 bands of 6 hashes meet with a chance of 99.8 % at a similarity of 0.8, 27 % at 0.5, under 0.1 % at 0.2.
_BANDS, _BAND_HASHES = 20, 6
_HASHES = _BANDS * _BAND_HASHES
# The estimate's standard error is 0.037 at 0.8: three of them below, 1 near copy in 1,000 is lost.
_ESTIMATED = SIMILARITY - 3 * 0.037
_SECOND = 0x200000  # beyond Unicode: the second text's characters differ from the first's


class Sketcher:
    """Turns texts into MinHash signatures; one object holds the hash functions that a seed gives."""

    def __init__(self, seed: int) -> None:
        """Draw the hash functions."""
        self._minhash = MinHash(num_perm=_HASHES, seed=derive(seed, "audit/minhash") & 0xFFFFFFFF, hashfunc=_as_it_is)

    def signatures(self, texts: Sequence[str], pairs: Pairs) -> Signatures:
        """Return the signatures (T, H) of texts, or of pairs of texts."""
        found_TH = np.empty((len(texts), _HASHES), dtype=np.uint32)
        for at, text in enumerate(texts):
            windows = _windows(letters(text), 0)
            if pairs is not None:
                windows = np.concatenate([windows, _windows(letters(pairs[at]), _SECOND)])
            self._minhash.clear()
            self._minhash.update_batch([windows])
            found_TH[at] = self._minhash.hashvalues
        return found_TH


@dataclass
class Index:
    """Signatures that others are looked up among, sorted band by band; what is found is taken out.

    The bands are sorted arrays, 720 bytes a text: datasketch's MinHashLSH, a set in Python for each band of each text,
    was measured at 6,400.
    """

    signatures_TH: Signatures
    open_T: npt.NDArray[np.bool_]
    _keys_BT: npt.NDArray[np.uint64]
    _order_BT: npt.NDArray[np.int64]

    @classmethod
    def build(cls, signatures_TH: Signatures) -> Index:
        """Return the index of signatures (T, H)."""
        keys_BT = _band_keys(signatures_TH)
        order_BT = np.argsort(keys_BT, axis=1, kind="stable")
        is_open_T = np.ones(len(signatures_TH), dtype=np.bool_)
        return cls(signatures_TH, is_open_T, np.take_along_axis(keys_BT, order_BT, 1), order_BT)

    def candidates(self, queries_TH: Signatures) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        """Yield each query that resembles texts not closed yet, by number, and the numbers of those texts."""
        keys_BT = _band_keys(queries_TH)
        bounds = [
            (np.searchsorted(ours, keys, side="left"), np.searchsorted(ours, keys, side="right"))
            for ours, keys in zip(self._keys_BT, keys_BT, strict=True)
        ]
        starts_BT, ends_BT = (np.stack(side) for side in zip(*bounds, strict=True))
        for query in np.flatnonzero((ends_BT > starts_BT).any(axis=0)):
            found = self._similar(queries_TH[query], starts_BT[:, query], ends_BT[:, query])
            if len(found):
                yield int(query), found

    def close(self, text: int) -> None:
        """Take a text out: it is found no more."""
        self.open_T[text] = False

    def _similar(
        self, query_H: Signatures, starts_B: npt.NDArray[np.int64], ends_B: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Return the open texts that share a band with the query and whose estimated similarity is high."""
        bands = zip(self._order_BT, starts_B, ends_B, strict=True)
        met: npt.NDArray[np.int64] = np.unique(np.concatenate([order[start:end] for order, start, end in bands]))
        met = met[self.open_T[met]]
        is_close: npt.NDArray[np.bool_] = (self.signatures_TH[met] == query_H).mean(axis=1) >= _ESTIMATED
        return met[is_close]


def similarity(one: str, other: str) -> float:
    """Return the exact Jaccard similarity of two texts: shared windows over all windows, from 0 to 1."""
    ours, theirs = _shingles(letters(one)), _shingles(letters(other))
    return len(ours & theirs) / len(ours | theirs)


def _as_it_is(windows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Hash what is hashed already: MinHash gets the windows of a text as one array, twice as fast as one by one."""
    return windows


def _shingles(key: str) -> set[str]:
    return {key[start : start + _WIDTH] for start in range(max(1, len(key) - _WIDTH + 1))}


def _windows(key: str, shift: int) -> npt.NDArray[np.uint32]:
    """Return a hash (W,) of each window of 5 characters; a shorter text is one window."""
    padded = key.ljust(_WIDTH, "\x00")
    codes = np.frombuffer(padded.encode("utf-32-le"), dtype=np.uint32) + np.uint32(shift)
    count = len(codes) - _WIDTH + 1
    hashes = np.zeros(count, dtype=np.uint32)
    for place in range(_WIDTH):
        hashes = hashes * np.uint32(0x01000193) + codes[place : place + count]  # wraps around, as FNV does
    return hashes


def _band_keys(signatures_TH: Signatures) -> npt.NDArray[np.uint64]:
    """Return one number (B, T) for the hashes of each band; equal bands have equal numbers."""
    bands_TBR = signatures_TH.reshape(-1, _BANDS, _BAND_HASHES).astype(np.uint64)
    keys_TB = np.zeros(bands_TBR.shape[:2], dtype=np.uint64)
    for place in range(_BAND_HASHES):
        keys_TB = (keys_TB ^ bands_TBR[:, :, place]) * np.uint64(0x9E3779B97F4A7C15)
        keys_TB ^= keys_TB >> np.uint64(29)
    return np.ascontiguousarray(keys_TB.T)
