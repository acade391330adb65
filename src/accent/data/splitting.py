"""Rows assigned to train, validation and test by the hash of what they say, so that their order does not matter.

The unit is a text: rows whose texts are the same letter by letter (as the audit sees it) stay in one split, else test
rows would stand in training too. With groups or near copies, the unit is what they and equal texts tie together. In
each class the units are ranked by their hash under the seed, and the shares are cut from that ranking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from accent.errors import DataError
from accent.seeds import derive

__all__ = ["TEST", "TRAIN", "VALIDATION", "RowKeys", "assign", "digest"]

TRAIN, VALIDATION, TEST = 0, 1, 2

Numbers = NDArray[np.int32]
Digests = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class RowKeys:
    """What splitting needs of N rows: `texts` (N,) and `groups` (N,) digests, `classes` (N,) label numbers.

    `classes` must number the labels in a fixed order (such as the alphabet's), not in that of the rows. `near` (P, 2)
    holds the numbers of two rows each that have to stay together.
    """

    texts: Digests
    classes: Numbers
    groups: Digests | None = None
    near: NDArray[np.int64] | None = None


def assign(keys: RowKeys, shares: Sequence[float], *, seed: int) -> Numbers:
    """Return the split of each row (N,): TRAIN, VALIDATION or TEST, with `shares` (3,) of any common scale.

    With texts that all differ, each class gives each of validation and test its share to within one row, and all
    classes together to within one row; repeated texts and groups move it by at most one unit a class. A class's only
    unit goes to train. Raises DataError where the shares leave no training rows.
    """
    total = float(sum(shares))
    if shares[TRAIN] <= 0 or min(shares) < 0:
        raise DataError(
            "the split leaves no training rows", where=f"split: {shares}", remedy="Give shares such as 80,10,10."
        )
    units = _units(keys)
    sizes = np.bincount(units)
    classes = _unit_classes(units, keys.classes)
    ranks = _unit_ranks(units, keys.texts, seed)
    order = np.lexsort((ranks, classes))
    splits = np.zeros(len(sizes), dtype=np.int32)
    before = 0
    for members in np.split(order, np.flatnonzero(np.diff(classes[order])) + 1):
        rows = int(sizes[members].sum())
        parts = [_share_of(shares[split] / total, before, rows) for split in (VALIDATION, TEST)]
        splits[members] = _cut(sizes[members], *parts)
        before += rows
    return splits[units]


def digest(text: str) -> int:
    """Return 64 bits of BLAKE2 of `text`: two groups that collide merely land in one split."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _units(keys: RowKeys) -> Numbers:
    """Return each row's unit (N,): rows of one text, or what equal texts, groups and near copies tie together."""
    units = _numbered(keys.texts)
    if keys.near is not None and len(keys.near):
        units = _tied(units, units[keys.near[:, 0]], units[keys.near[:, 1]])
    if keys.groups is not None:
        groups = _numbered(keys.groups)
        units = _tied(units, units, groups + int(units.max()) + 1)
    return units


def _tied(units: Numbers, ones: Numbers, others: Numbers) -> Numbers:
    """Return the rows' units (N,) once each of `ones` is tied to that of `others` in its place."""
    nodes = int(max(units.max(), ones.max(), others.max())) + 1
    ties = coo_array((np.ones(len(ones), dtype=bool), (ones, others)), shape=(nodes, nodes))
    _, components = connected_components(ties, directed=False)
    return _numbered(components[units])


def _numbered(values: NDArray[Any]) -> Numbers:
    """Return each value's place among the different ones, in 4 bytes."""
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


def _unit_classes(units: Numbers, classes: Numbers) -> Numbers:
    """Return each unit's commonest class, the lowest of those that are as common."""
    width = int(classes.max()) + 1
    pairs, counts = np.unique(units.astype(np.int64) * width + classes, return_counts=True)
    owners = (pairs // width).astype(np.int32)
    most = np.maximum.reduceat(counts, np.flatnonzero(np.diff(owners, prepend=-1)))
    best = np.flatnonzero(counts == most[owners])
    first = best[np.flatnonzero(np.diff(owners[best], prepend=-1))]
    classes_of_units: Numbers = (pairs[first] % width).astype(np.int32)
    return classes_of_units


def _unit_ranks(units: Numbers, texts: Digests, seed: int) -> Digests:
    """Return a number for each unit that depends on its texts and the seed only."""
    # splitmix64 spreads the seed over digests that were made without one; wrapping is what it is made of.
    mixed = texts + np.uint64(derive(seed, "split/rank"))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    ranks = np.full(int(units.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(ranks, units, mixed)
    return ranks


def _share_of(share: float, before: int, rows: int) -> int:
    """Return this class's rows so that those of all classes up to it, together, are the share rounded."""
    return int(np.floor(share * (before + rows) + 0.5) - np.floor(share * before + 0.5))


def _cut(sizes: NDArray[np.integer], validation: int, test: int) -> Numbers:
    """Return the split of each unit of a class, in the order of their ranks: test, then validation, then train."""
    splits = np.full(len(sizes), TRAIN, dtype=np.int32)
    if len(sizes) == 1:
        return splits
    middles = np.cumsum(sizes) - sizes / 2
    splits[middles < test + validation] = VALIDATION
    splits[middles < test] = TEST
    if TRAIN not in splits:
        splits[-1] = TRAIN
    return splits
