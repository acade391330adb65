"""Conflicts: the same text, or the same pair of texts, with different labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from accent.data.audit.classes import NO_CLASS, Classes
from accent.data.audit.copies import Copies, Group, thing
from accent.data.audit.findings import PLACES_SHOWN, Finding, Place, Severity
from accent.data.audit.rows import Codes
from accent.data.audit.wording import counted, percent, quoted, verb

__all__ = ["conflicts"]

_TOLERATED_SHARE = 0.01


def conflicts(copies: Copies, classes: Classes) -> Iterator[Finding]:
    """Yield a finding for each split, and each two splits, whose copies disagree about the label.

    The count is of texts. Labels that differ by case or space only agree. Within a split a few are an annotator's slip
    (a warning); more than 1 % of the rows, or any across splits, where they spoil the scores, are an error.
    """
    for group in copies.groups:
        texts = _contested(*_labelled(group, classes))
        if len(texts):
            yield _within(copies, group, texts, classes)
    for seen, judged in copies.pairs():
        shared = np.intersect1d(seen.names, judged.names)
        both = [_labelled(group, classes, shared) for group in (seen, judged)]
        texts = _contested(*(np.concatenate(parts) for parts in zip(*both, strict=True)))
        present = np.intersect1d(both[0][0], both[1][0])
        texts = np.intersect1d(texts, present)
        if len(texts):
            yield _across(copies, (seen, judged), texts, classes)


def _labelled(group: Group, classes: Classes, only: Codes | None = None) -> tuple[Codes, Codes]:
    """Return the texts and classes of the rows that have both; of those alone that carry one of `only`."""
    labels = classes.of(group.split)
    kept = (labels != NO_CLASS) & (group.texts >= 0)
    if only is not None:
        kept &= np.isin(group.texts, only)
    return group.texts[kept], labels[kept]


def _contested(texts: Codes, labels: Codes) -> Codes:
    """Return the texts that stand with more than one class."""
    if not len(texts):
        return texts
    width = int(labels.max()) + 1
    found, counts = np.unique(np.unique(texts * width + labels) // width, return_counts=True)
    return found[counts > 1]


def _within(copies: Copies, group: Group, texts: Codes, classes: Classes) -> Finding:
    split, count, rows = group.split, len(texts), len(group.rows_of(texts))
    severity: Severity = "error" if rows > _TOLERATED_SHARE * len(split) else "warning"
    return Finding(
        kind="conflicts",
        severity=severity,
        what=f"{thing(copies, count)} in {split.name} {verb(count, 'stands', 'stand')} there with different labels "
        f"({counted(rows, 'row')}, {percent(rows, len(split))})",
        remedy=_remedy(count),
        count=count,
        places=_places(copies, (group, group), texts, classes),
    )


def _across(copies: Copies, groups: tuple[Group, Group], texts: Codes, classes: Classes) -> Finding:
    count, (one, other) = len(texts), (group.split for group in groups)
    rows = len(groups[1].rows_of(texts))
    return Finding(
        kind="conflicts",
        severity="error",
        what=f"{thing(copies, count)} {verb(count, 'stands', 'stand')} in both {one.name} and {other.name} with "
        f"different labels ({counted(rows, other.name + ' row')}, {percent(rows, len(other))})",
        remedy=_remedy(count),
        count=count,
        places=_places(copies, groups, texts, classes),
    )


def _remedy(count: int) -> str:
    return f"Decide on one label for {verb(count, 'it', 'each')}, or go on with `--allow conflicts`."


def _places(copies: Copies, groups: tuple[Group, Group], texts: Codes, classes: Classes) -> tuple[Place, ...]:
    """Return, for the first texts of the second split, a row of it and a row of the first that contradicts it."""
    (seen, judged), table = groups, copies.table
    shown = judged.split.in_file_order(judged.first(texts))[:PLACES_SHOWN]
    met = [_contradiction(seen, judged, int(judged.texts[row]), classes) for row in shown]
    prefixes = []
    for here, there in met:
        names = [classes.names[classes.of(group.split)[row]] for group, row in ((judged, here), (seen, there))]
        prefixes.append(f"{quoted(names[0])}, there {quoted(names[1])}: ")
    rows = np.array([here for here, _ in met], dtype=np.int64)
    others = [table.place(seen.split, there) for _, there in met]
    return table.places(judged.split, rows, others=others, prefixes=prefixes)


def _contradiction(seen: Group, judged: Group, text: int, classes: Classes) -> tuple[int, int]:
    """Return the first row of `judged` with the text that some row of `seen` contradicts, and the first such row."""
    ours, theirs = (_rows(group, text, classes) for group in (judged, seen))
    our_labels, their_labels = classes.of(judged.split), classes.of(seen.split)
    return next((here, there) for here in ours for there in theirs if our_labels[here] != their_labels[there])


def _rows(group: Group, text: int, classes: Classes) -> list[int]:
    rows = np.flatnonzero((group.texts == text) & (classes.of(group.split) != NO_CLASS))
    return [int(row) for row in group.split.in_file_order(rows)]
