"""Conflicts: the same text, or the same pair of texts, with different labels.

Letters on arrays: M different texts, K numbers that stand for the label of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from accent.data.audit.copies import Copies, Group, thing
from accent.data.audit.findings import PLACES_SHOWN, Finding, Place, Severity
from accent.data.audit.rows import Codes, Numbers
from accent.data.audit.verdicts import Verdicts
from accent.data.audit.wording import counted, percent, verb

__all__ = ["conflicts"]

_TOLERATED_SHARE = 0.01


def conflicts(copies: Copies, verdicts: Verdicts) -> Iterator[Finding]:
    """Yield a finding for each split, and each two splits, whose copies disagree about the label.

    The count is of texts. Labels that differ by case or space only agree. Within a split a few are an annotator's slip
    (a warning); more than 1 % of the rows, or any across splits, where they spoil the scores, are an error for tasks
    that have one right answer for a text.
    """
    ranges = [_ranges(group, verdicts) for group in copies.groups]
    for group, found in zip(copies.groups, ranges, strict=True):
        texts = found.names[verdicts.contradict(found.lows_MK, found.highs_MK)]
        if len(texts):
            yield _within(copies, group, texts, verdicts)
    for (seen, one), (judged, other) in combinations(zip(copies.groups, ranges, strict=True), 2):
        texts, ours, theirs = np.intersect1d(one.names, other.names, assume_unique=True, return_indices=True)
        low = verdicts.contradict(one.lows_MK[ours], other.highs_MK[theirs])
        high = verdicts.contradict(one.highs_MK[ours], other.lows_MK[theirs])
        texts = texts[low | high]
        if len(texts):
            yield _across(copies, (seen, judged), texts, verdicts)


@dataclass(frozen=True, kw_only=True)
class _Ranges:
    """The lowest and the highest numbers that stand with each text of a split."""

    names: Codes
    """(M,): the numbers of the texts that have a label, rising."""
    lows_MK: Numbers
    highs_MK: Numbers


def _ranges(group: Group, verdicts: Verdicts) -> _Ranges:
    values_NK = verdicts.of(group.split)
    kept = np.flatnonzero(~np.isnan(values_NK).any(axis=1) & (group.texts >= 0))
    rows = kept[np.argsort(group.texts[kept], kind="stable")]
    names, starts = np.unique(group.texts[rows], return_index=True)
    sorted_NK = values_NK[rows]
    if not len(names):
        return _Ranges(names=names, lows_MK=sorted_NK, highs_MK=sorted_NK)
    return _Ranges(
        names=names,
        lows_MK=np.minimum.reduceat(sorted_NK, starts, axis=0),
        highs_MK=np.maximum.reduceat(sorted_NK, starts, axis=0),
    )


def _within(copies: Copies, group: Group, texts: Codes, verdicts: Verdicts) -> Finding:
    split, count, rows = group.split, len(texts), len(group.rows_of(texts))
    severity: Severity = "error" if verdicts.stops and rows > _TOLERATED_SHARE * len(split) else "warning"
    return Finding(
        kind="conflicts",
        severity=severity,
        what=f"{thing(copies, count)} in {split.name} {verb(count, 'stands', 'stand')} there with "
        f"{verdicts.apart} ({counted(rows, 'row')}, {percent(rows, len(split))})",
        remedy=_remedy(count, verdicts),
        count=count,
        places=_places(copies, (group, group), texts, verdicts),
    )


def _across(copies: Copies, groups: tuple[Group, Group], texts: Codes, verdicts: Verdicts) -> Finding:
    count, (one, other) = len(texts), (group.split for group in groups)
    rows = len(groups[1].rows_of(texts))
    return Finding(
        kind="conflicts",
        severity="error" if verdicts.stops else "warning",
        what=f"{thing(copies, count)} {verb(count, 'stands', 'stand')} in both {one.name} and {other.name} with "
        f"{verdicts.apart} ({counted(rows, other.name + ' row')}, {percent(rows, len(other))})",
        remedy=_remedy(count, verdicts),
        count=count,
        places=_places(copies, groups, texts, verdicts),
    )


def _remedy(count: int, verdicts: Verdicts) -> str:
    others = ", or go on with `--allow conflicts`." if verdicts.stops else "."
    return f"{verdicts.remedy} for {verb(count, 'it', 'each')}{others}"


def _places(copies: Copies, groups: tuple[Group, Group], texts: Codes, verdicts: Verdicts) -> tuple[Place, ...]:
    """Return, for the first texts of the second split, a row of it and a row of the first that contradicts it."""
    (seen, judged), table = groups, copies.table
    shown = judged.split.in_file_order(judged.first(texts))[:PLACES_SHOWN]
    met = [_contradiction(seen, judged, int(judged.texts[row]), verdicts) for row in shown]
    prefixes = [verdicts.tell(judged.split, here, seen.split, there) for here, there in met]
    rows = np.array([here for here, _ in met], dtype=np.int64)
    others = [table.place(seen.split, there) for _, there in met]
    return table.places(judged.split, rows, others=others, prefixes=prefixes)


def _contradiction(seen: Group, judged: Group, text: int, verdicts: Verdicts) -> tuple[int, int]:
    """Return the first row of `judged` with the text that some row of `seen` contradicts, and the first such row."""
    ours, theirs = (_rows(group, text, verdicts) for group in (judged, seen))
    values, others = verdicts.of(judged.split), verdicts.of(seen.split)[theirs]
    found = ((here, np.flatnonzero(verdicts.contradict(values[here], others))) for here in ours)
    return next((int(here), int(theirs[places[0]])) for here, places in found if len(places))


def _rows(group: Group, text: int, verdicts: Verdicts) -> Codes:
    labelled = ~np.isnan(verdicts.of(group.split)).any(axis=1)
    return group.split.in_file_order(np.flatnonzero((group.texts == text) & labelled))
