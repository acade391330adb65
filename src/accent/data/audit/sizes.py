"""Classes too small to be split, learned or scored, and classes out of balance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from accent.data.audit.classes import Classes
from accent.data.audit.findings import Finding, Severity
from accent.data.audit.labels import first_rows
from accent.data.audit.rows import Codes, Table
from accent.data.audit.wording import counted, listed, quoted, verb

__all__ = ["imbalance", "small_classes", "small_labels"]

_FEW_ROWS = 10
_UNEVEN = 3.0
_VERY_UNEVEN = 10.0


def small_classes(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield what is said of classes with too few rows to be split, learned or scored; the count is of classes."""
    tiny = _too_small_to_split(table, classes)
    if len(tiny):
        what = f"{verb(len(tiny), 'has', 'have')} fewer rows than there are splits ({len(table.splits)})"
        remedy = "Add rows, join classes, or go on with `--allow small-classes`."
        yield _small(table, classes, tiny, severity="error", what=what, remedy=remedy)
    yield from _hardly_there(table, classes, tiny)


def small_labels(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield the same of labels that stand beside others in a row, of which a split may well have none."""
    yield from _hardly_there(table, classes, np.zeros(0, dtype=np.int64))


def imbalance(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield a finding when the largest class has 3 times the smallest one's rows; the count is the smallest's rows."""
    present = np.flatnonzero(classes.rows[0])
    counts = classes.rows[0, present]
    if len(present) < 2 or counts.max() < _UNEVEN * counts.min():  # noqa: PLR2004 - one class is not out of balance
        return
    most, least = int(counts.max()), int(counts.min())
    largest, smallest = (quoted(classes.names[present[at]]) for at in (counts.argmax(), counts.argmin()))
    yield Finding(
        kind="imbalance",
        severity="warning" if most >= _VERY_UNEVEN * least else "note",
        what=f"the largest class in {table.splits[0].name}, {largest} ({counted(most, 'row')}), has "
        f"{most / least:,.1f} times the rows of the smallest, {smallest} ({counted(least, 'row')})",
        remedy="Read the macro F1 rather than the accuracy, and keep the best checkpoint by it: `--metric f1_macro`.",
        count=least,
    )


def _too_small_to_split(table: Table, classes: Classes) -> Codes:
    """Return the classes with fewer rows than splits, where the splits were cut here."""
    if table.given_split or len(table.splits) == 1:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(classes.rows.sum(axis=0) < len(table.splits))


def _hardly_there(table: Table, classes: Classes, named: Codes) -> Iterator[Finding]:
    """Yield what is said of classes, but for those `named` already, with few training rows or no later ones."""
    learned = classes.rows[0]
    few = np.setdiff1d(np.flatnonzero((learned > 0) & (learned < _FEW_ROWS)), named)
    if len(few):
        what = f"{verb(len(few), 'has', 'have')} fewer than {_FEW_ROWS} {table.splits[0].name} rows"
        remedy = f"Add rows or join {_nouns(table)[1]}: so few rows are hardly learned."
        yield _small(table, classes, few, rows=learned, severity="warning", what=what, remedy=remedy)
    for split, rows in list(zip(table.splits, classes.rows, strict=True))[1:]:
        missing = np.setdiff1d(np.flatnonzero((learned > 0) & (rows == 0)), named)
        if len(missing) and rows.any():
            what = f"{verb(len(missing), 'has', 'have')} no {split.name} row"
            remedy = (
                f"Add {split.name} rows: without them nothing is measured of {verb(len(missing), 'it', 'them')} there."
            )
            yield _small(table, classes, missing, severity="warning", what=what, remedy=remedy)


def _small(
    table: Table,
    classes: Classes,
    small: Codes,
    *,
    rows: Codes | None = None,
    severity: Severity,
    what: str,
    remedy: str,
) -> Finding:
    """Name classes with their rows: `rows` by class, or those of all splits together."""
    totals = classes.rows.sum(axis=0) if rows is None else rows
    names = [f"{quoted(classes.names[at])} ({counted(int(totals[at]), 'row')})" for at in small]
    return Finding(
        kind="small-classes",
        severity=severity,
        what=f"{counted(len(small), *_nouns(table))} {what}: {listed(names)}",
        remedy=remedy,
        count=len(small),
        places=first_rows(table, np.flatnonzero(np.isin(classes.of_label, small))),
    )


def _nouns(table: Table) -> tuple[str, str]:
    return ("class", "classes") if table.task == "classification" else ("label", "labels")
