"""Exact copies: texts that are equal letter by letter, within a split and across splits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from accent.data.audit.findings import PLACES_SHOWN, Finding, Place
from accent.data.audit.keys import Digests
from accent.data.audit.rows import Codes, SplitRows, Table
from accent.data.audit.wording import counted, percent, verb

__all__ = ["Copies", "Group", "duplicates", "find_copies", "leaks", "shared_contexts", "thing"]

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
    """What is compared: `text`, `pair` where rows are pairs, or `context` where it is their second texts only."""

    def pairs(self) -> Iterator[tuple[Group, Group]]:
        """Yield every two splits, the one that is learned from or chosen with first."""
        yield from combinations(self.groups, 2)


def find_copies(table: Table) -> Copies:
    """Number the texts of all splits by their digests, so that copies have one number."""
    paired = any("text_pair" in split.dataset.column_names for split in table.splits)
    return _find(table, [split.keys for split in table.splits], "pair" if paired else "text")


def leaks(copies: Copies) -> Iterator[Finding]:
    """Yield a finding for every two splits that share texts: what is scored there was seen before."""
    for seen, judged in copies.pairs():
        shared = np.intersect1d(seen.names, judged.names)
        if len(shared):
            yield _leak(copies, seen, judged, shared)


def shared_contexts(table: Table) -> Iterator[Finding]:
    """Yield a warning for every two splits with questions on the same context, where rows are such."""
    keys = [split.contexts for split in table.splits if split.contexts is not None]
    if len(keys) < len(table.splits):
        return
    contexts = _find(table, keys, "context")
    for seen, judged in contexts.pairs():
        shared = np.intersect1d(seen.names, judged.names)
        if len(shared):
            yield _shared(contexts, seen, judged, shared)


def duplicates(copies: Copies) -> Iterator[Finding]:
    """Yield a finding for every split in which texts are repeated; the count is of the rows beyond each first."""
    for group in copies.groups:
        extra = int((group.sizes - 1).sum())
        if extra:
            yield _duplicate(copies, group, extra)


def thing(copies: Copies, count: int) -> str:
    """Return `1 text`, `2 texts`, or the same of pairs."""
    return counted(count, copies.noun)


def _find(table: Table, keys: Sequence[Digests], noun: str) -> Copies:
    """Number what `keys` (N, 2) of each split stand for, the same everywhere."""
    joined = np.concatenate([np.zeros((0, 2), dtype=np.uint64), *keys])
    order = np.lexsort((joined[:, 1], joined[:, 0]))
    differs = np.any(joined[order][1:] != joined[order][:-1], axis=1)
    numbers = np.empty(len(joined), dtype=np.int64)
    numbers[order] = np.concatenate([np.zeros(min(1, len(joined)), dtype=np.int64), np.cumsum(differs)])
    ends = np.cumsum([len(split) for split in table.splits])[:-1]
    groups = [_group(split, part) for split, part in zip(table.splits, np.split(numbers, ends), strict=False)]
    return Copies(table, tuple(groups), noun)


def _group(split: SplitRows, texts: Codes) -> Group:
    texts[split.blank] = _NO_TEXT
    rows = split.in_file_order(np.flatnonzero(texts != _NO_TEXT))
    names, firsts, sizes = np.unique(texts[rows], return_index=True, return_counts=True)
    return Group(split, texts, names, rows[firsts], sizes)


def _leak(copies: Copies, seen: Group, judged: Group, shared: Codes) -> Finding:
    count = len(shared)
    return Finding(
        kind="leaks",
        severity="error",
        what=_in_both(copies, seen, judged, shared),
        remedy=f"Remove {verb(count, 'it', 'them')} from one of the two, or give all rows in one file to have them "
        "split; `--allow leaks` goes on with scores that are too good.",
        count=count,
        places=_shared_places(copies, seen, judged, shared),
    )


def _shared(contexts: Copies, seen: Group, judged: Group, shared: Codes) -> Finding:
    return Finding(
        kind="shared-context",
        severity="warning",
        what=_in_both(contexts, seen, judged, shared),
        remedy="Keep questions on one context in one split (Accent does where it cuts the splits itself): answers in a "
        f"context that {seen.split.name} asks about are easier to find.",
        count=len(shared),
        places=_shared_places(contexts, seen, judged, shared),
    )


def _in_both(copies: Copies, seen: Group, judged: Group, shared: Codes) -> str:
    count = len(shared)
    rows = [_rows(len(group.rows_of(shared)), group.split) for group in (seen, judged)]
    return (
        f"{thing(copies, count)} {verb(count, 'stands', 'stand')} in both {seen.split.name} and {judged.split.name}, "
        f"equal letter by letter: {rows[0]} and {rows[1]}"
    )


def _shared_places(copies: Copies, seen: Group, judged: Group, shared: Codes) -> tuple[Place, ...]:
    """Return the first rows of the second split that carry what is shared, each with the first row of the first."""
    rows = judged.split.in_file_order(judged.first(shared))[:PLACES_SHOWN]
    others = [copies.table.place(seen.split, row) for row in seen.first(judged.texts[rows])]
    return copies.table.places(judged.split, rows, others=others)


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
