"""Exact copies: texts that are equal letter by letter, within a split and across splits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from accent.data.audit.findings import PLACES_SHOWN, Finding
from accent.data.audit.rows import Codes, SplitRows, Table
from accent.data.audit.wording import counted, percent, verb

__all__ = ["Copies", "Group", "duplicates", "find_copies", "leaks", "thing"]

_NO_TEXT = -1


@dataclass(frozen=True)
class Group:
    """The texts of one split: which rows carry which."""

    split: SplitRows
    texts: Codes
    """(N,): the number of each row's text, the same for copies in all splits; -1 where it is empty."""
    names: Codes
    """(M,): the numbers of the split's texts, rising."""
    firsts: Codes
    """(M,): the first row of each, by file and line."""
    sizes: Codes
    """(M,): how many rows carry each."""

    def first(self, texts: Codes) -> Codes:
        """Return the first row of each of `texts`, which must all stand in the split."""
        return self.firsts[np.searchsorted(self.names, texts)]

    def rows_of(self, texts: Codes) -> Codes:
        """Return all rows that carry one of `texts`, in row order."""
        return np.flatnonzero(np.isin(self.texts, texts))


@dataclass(frozen=True)
class Copies:
    """Which rows of all splits carry the same text, or the same pair of texts."""

    table: Table
    groups: tuple[Group, ...]
    noun: str
    """What is compared: `text`, or `pair` where rows are pairs."""

    def pairs(self) -> Iterator[tuple[Group, Group]]:
        """Yield every two splits, the one that is learned from or chosen with first."""
        yield from combinations(self.groups, 2)


def find_copies(table: Table) -> Copies:
    """Number the texts of all splits by their digests, so that copies have one number."""
    keys = np.concatenate([np.zeros((0, 2), dtype=np.uint64), *(split.keys for split in table.splits)])
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    differs = np.any(keys[order][1:] != keys[order][:-1], axis=1)
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[order] = np.concatenate([np.zeros(min(1, len(keys)), dtype=np.int64), np.cumsum(differs)])
    ends = np.cumsum([len(split) for split in table.splits])[:-1]
    groups = [_group(split, part) for split, part in zip(table.splits, np.split(numbers, ends), strict=False)]
    paired = any("text_pair" in split.dataset.column_names for split in table.splits)
    return Copies(table, tuple(groups), "pair" if paired else "text")


def leaks(copies: Copies) -> Iterator[Finding]:
    """Yield a finding for every two splits that share texts: what is scored there was seen before."""
    for seen, judged in copies.pairs():
        shared = np.intersect1d(seen.names, judged.names)
        if len(shared):
            yield _leak(copies, seen, judged, shared)


def duplicates(copies: Copies) -> Iterator[Finding]:
    """Yield a finding for every split in which texts are repeated; the count is of the rows beyond each first."""
    for group in copies.groups:
        extra = int((group.sizes - 1).sum())
        if extra:
            yield _duplicate(copies, group, extra)


def thing(copies: Copies, count: int) -> str:
    """Return `1 text`, `2 texts`, or the same of pairs."""
    return counted(count, copies.noun)


def _group(split: SplitRows, texts: Codes) -> Group:
    texts[split.blank] = _NO_TEXT
    rows = split.in_file_order(np.flatnonzero(texts != _NO_TEXT))
    names, firsts, sizes = np.unique(texts[rows], return_index=True, return_counts=True)
    return Group(split, texts, names, rows[firsts], sizes)


def _leak(copies: Copies, seen: Group, judged: Group, shared: Codes) -> Finding:
    count, one, other = len(shared), seen.split, judged.split
    rows = [len(group.rows_of(shared)) for group in (seen, judged)]
    places = other.in_file_order(judged.first(shared))[:PLACES_SHOWN]
    others = [copies.table.place(one, row) for row in seen.first(judged.texts[places])]
    return Finding(
        kind="leaks",
        severity="error",
        what=f"{thing(copies, count)} {verb(count, 'stands', 'stand')} in both {one.name} and {other.name}, equal "
        f"letter by letter: {_rows(rows[0], one)} and {_rows(rows[1], other)}",
        remedy=f"Remove {verb(count, 'it', 'them')} from one of the two, or give all rows in one file to have them "
        "split; `--allow leaks` goes on with scores that are too good.",
        count=count,
        places=copies.table.places(other, places, others=others),
    )


def _duplicate(copies: Copies, group: Group, extra: int) -> Finding:
    split, repeated = group.split, group.names[group.sizes > 1]
    rows = np.setdiff1d(group.rows_of(repeated), group.firsts)
    places = split.in_file_order(rows)[:PLACES_SHOWN]
    others = [copies.table.place(split, row) for row in group.first(group.texts[places])]
    return Finding(
        kind="duplicates",
        severity="warning",
        what=f"{_rows(extra, split)} {verb(extra, 'repeats', 'repeat')} a {copies.noun} of an earlier row, "
        f"equal letter by letter: {thing(copies, len(repeated))} {verb(len(repeated), 'stands', 'stand')} there more "
        "than once",
        remedy="`--clean drop-duplicates` drops the copies that are equal to the last character, label included.",
        count=extra,
        places=copies.table.places(split, places, others=others),
    )


def _rows(count: int, split: SplitRows) -> str:
    """Return `12 of 1,000 train rows (1.2 %)`."""
    return f"{count:,} of {counted(len(split), split.name + ' row')} ({percent(count, len(split))})"
