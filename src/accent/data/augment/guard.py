"""What keeps changed copies apart from the rows that a run is judged by, and from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import datasets
import numpy as np
import numpy.typing as npt

from accent.data.audit.keys import digests
from accent.data.audit.near import SIMILARITY, Index, Sketcher, similarity

__all__ = ["Guard", "Verdict"]

Verdict = Literal["added", "leaking", "repeated"]

MOST_TEXTS = 100_000
"""Texts of a split that near copies are looked for among, those with the lowest digests: as the audit does."""
BATCH = 1_000

_Keys = npt.NDArray[np.uint64]


class Guard:
    """Says of each copy whether it may be learned from.

    It may not where it is a copy or a near copy of a validation or test row, which would be a leak that the change
    made, and where it says letter by letter what a training row or an earlier copy says. 8 bytes a row are kept, and
    1.2 kB for each of at most 100,000 texts of validation and of test.
    """

    def __init__(self, splits: Mapping[str, datasets.Dataset], *, seed: int) -> None:
        """Read all rows; the seed is that of the audit, so that it finds no near copies afterwards."""
        self._sketcher = Sketcher(seed)
        self._learned = _Learned(_keys_of(splits["train"]))
        self._judged = [_Judged.of(rows, self._sketcher) for name, rows in splits.items() if name != "train"]

    def judge(self, texts: Sequence[str], pairs: Sequence[str] | None) -> list[Verdict]:
        """Return a verdict for each copy, in order; those that are added count as rows from then on."""
        keys = digests(texts, pairs)[:, 0]
        leaking = np.zeros(len(texts), dtype=np.bool_)
        for judged in self._judged:
            leaking |= judged.holds(keys, texts, pairs, self._sketcher)
        repeated = self._learned.hold(keys)
        first = np.zeros(len(texts), dtype=np.bool_)
        first[np.unique(keys, return_index=True)[1]] = True
        is_new = ~leaking & ~repeated & first
        self._learned.add(keys[is_new])
        return [
            "leaking" if leak else "added" if new else "repeated" for leak, new in zip(leaking, is_new, strict=True)
        ]


class _Learned:
    """The keys of all rows that are learned from, in rising arrays, each more than twice as large as the next.

    So there are few to look into, and each key is moved a few times only: not all of them with every batch of copies.
    """

    def __init__(self, keys: _Keys) -> None:
        self._parts = [np.sort(keys)]

    def hold(self, keys: _Keys) -> npt.NDArray[np.bool_]:
        """Return which of the keys are among them."""
        return np.asarray(np.any([_among(keys, part) for part in self._parts], axis=0))

    def add(self, keys: _Keys) -> None:
        self._parts.append(np.sort(keys))
        while len(self._parts) > 1 and len(self._parts[-2]) <= 2 * len(self._parts[-1]):
            last = self._parts.pop()
            self._parts[-1] = np.sort(np.concatenate([self._parts[-1], last]), kind="stable")


def _among(keys: _Keys, rising: _Keys) -> npt.NDArray[np.bool_]:
    """Return which of the keys stand in a rising array."""
    after = np.searchsorted(rising, keys, side="right")
    return np.asarray(after > np.searchsorted(rising, keys, side="left"))


@dataclass(frozen=True)
class _Judged:
    """The texts of a split that is scored."""

    rows: datasets.Dataset
    keys: _Keys
    """Those of all rows, rising."""
    places: npt.NDArray[np.int64]
    """A row for each text that near copies are looked for among."""
    index: Index

    @classmethod
    def of(cls, rows: datasets.Dataset, sketcher: Sketcher) -> _Judged:
        keys, places = np.unique(_keys_of(rows), return_index=True)
        places = places[:MOST_TEXTS]
        parts = [places[start : start + BATCH] for start in range(0, len(places), BATCH)]
        signatures = [sketcher.signatures([], None), *(sketcher.signatures(*_texts(rows, part)) for part in parts)]
        return cls(rows, keys, places, Index.build(np.concatenate(signatures)))

    def holds(
        self, keys: _Keys, texts: Sequence[str], pairs: Sequence[str] | None, sketcher: Sketcher
    ) -> npt.NDArray[np.bool_]:
        """Return which of the copies stand in the split, or almost do; of pairs, both texts must be alike."""
        found = _among(keys, self.keys)
        for copy, candidates in self.index.candidates(sketcher.signatures(texts, pairs)):
            own = (texts[copy], None if pairs is None else pairs[copy])
            found[copy] |= any(_alike(own, other) for other in self._read(candidates))
        return found

    def _read(self, texts: npt.NDArray[np.int64]) -> list[tuple[str, str | None]]:
        ours, pairs = _texts(self.rows, self.places[texts])
        return list(zip(ours, [None] * len(ours) if pairs is None else pairs, strict=True))


def _alike(one: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Return whether two texts, or both texts of two pairs, are as similar as the audit calls near copies."""
    return all(
        similarity(ours, theirs) >= SIMILARITY
        for ours, theirs in zip(one, other, strict=True)
        if ours is not None and theirs is not None
    )


def _keys_of(rows: datasets.Dataset) -> _Keys:
    """Return half of the digest of each row's text or pair of texts: enough to tell a billion rows apart."""
    names = [name for name in ("text", "text_pair") if name in rows.column_names]
    found = [np.zeros(0, dtype=np.uint64)]
    for batch in rows.select_columns(names).iter(batch_size=BATCH):
        found.append(digests(batch["text"], batch.get("text_pair"))[:, 0])
    return np.concatenate(found)


def _texts(rows: datasets.Dataset, places: npt.NDArray[np.int64]) -> tuple[list[str], list[str] | None]:
    chosen = rows[places.tolist()]
    return list(chosen["text"]), list(chosen["text_pair"]) if "text_pair" in chosen else None
