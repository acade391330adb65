"""Labels that training or scoring would stumble over: several spellings, labels unseen in training, one class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from accent.data.audit.classes import NO_CLASS, Classes
from accent.data.audit.findings import PLACES_SHOWN, Finding, Place, Severity
from accent.data.audit.rows import Codes, SplitRows, Table
from accent.data.audit.wording import counted, listed, quoted, verb

__all__ = ["first_rows", "one_class", "spellings", "unseen_labels", "unseen_tags"]


def spellings(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield a finding when a class is written in several ways; the count is of the rows with a rarer spelling."""
    counts = classes.label_rows.sum(axis=0)
    several = np.bincount(classes.of_label[classes.of_label != NO_CLASS], minlength=1) > 1
    variants = [np.flatnonzero(classes.of_label == number) for number in np.flatnonzero(several)]
    mixed = [labels[np.argsort(-counts[labels], kind="stable")] for labels in variants]
    if not mixed:
        return
    rare = np.concatenate([labels[1:] for labels in mixed])
    count = sum(len(split.labels.rows_with(rare)) for split in table.splits if split.labels is not None)
    written = [
        " or ".join(f"{quoted(table.labels[label])} ({counted(int(counts[label]), 'row')})" for label in labels)
        for labels in mixed
    ]
    yield Finding(
        kind="label-spelling",
        severity="error",
        what=f"{counted(len(mixed), 'label')} {verb(len(mixed), 'is', 'are')} written in several ways that differ by "
        f"case or space: {listed(written)}",
        remedy="`--clean labels` writes each as it stands most often; `--allow labels` keeps each spelling as a class.",
        count=count,
        places=first_rows(table, rare),
    )


def unseen_labels(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield an error for each later split with classes that the training rows lack; the count is of its rows."""
    for split, unseen in _unseen(table, classes):
        remedy = (
            f"Add such rows to {table.splits[0].name}, correct the {verb(len(unseen), 'label', 'labels')}, "
            "or go on with `--allow labels`: these rows are always answered wrongly."
        )
        told = counted(len(unseen), "label")
        yield _not_learned(table, split, classes, unseen, severity="error", told=told, remedy=remedy)


def unseen_tags(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield a warning for each later split with types of tags that the training rows lack; the count is of its rows."""
    for split, unseen in _unseen(table, classes):
        remedy = (
            f"Add such rows to {table.splits[0].name}, or correct the tags: a word of "
            f"{verb(len(unseen), 'this type', 'these types')} is always answered wrongly."
        )
        told = counted(len(unseen), "type of tags", "types of tags")
        yield _not_learned(table, split, classes, unseen, severity="warning", told=told, remedy=remedy)


def one_class(table: Table, classes: Classes) -> Iterator[Finding]:
    """Yield a finding for each split whose rows all have one class: an error where a model learns from it."""
    for at, split in enumerate(table.splits):
        present = np.flatnonzero(classes.rows[at])
        if len(present) == 1:
            name, rows = classes.names[present[0]], int(classes.rows[at].sum())
            yield _only_class(table, split, f"{quoted(name)} ({counted(rows, 'row')})", learned_from=at == 0)
            if at == 0:
                return


def first_rows(table: Table, labels: Codes) -> tuple[Place, ...]:
    """Return the first rows that hold one of `labels` (their numbers), split by split."""
    found: list[Place] = []
    for split in table.splits:
        if split.labels is not None and len(found) < PLACES_SHOWN:
            rows = split.in_file_order(split.labels.rows_with(labels))[:PLACES_SHOWN]
            held = [split.labels.of_row(int(row)) for row in rows]
            prefixes = [f"{quoted(table.labels[names[np.isin(names, labels)][0]])}: " for names in held]
            found += table.places(split, rows, prefixes=prefixes)
    return tuple(found[:PLACES_SHOWN])


def _only_class(table: Table, split: SplitRows, told: str, *, learned_from: bool) -> Finding:
    remedy = (
        "A classifier needs rows of two classes or more: check `--label-column`, or add rows of another class."
        if learned_from
        else f"Add {split.name} rows of the other classes: its scores do not say how well classes are told apart."
    )
    return Finding(
        kind="one-class",
        severity="error" if learned_from else "warning",
        what=f"there is one class only in {split.name}: {told}",
        remedy=remedy,
        count=len(split),
        places=table.places(split, split.in_file_order(np.arange(len(split)))[:1]),
    )


def _unseen(table: Table, classes: Classes) -> Iterator[tuple[SplitRows, Codes]]:
    """Yield each later split that has classes which the first one lacks, and those classes."""
    for at, split in list(enumerate(table.splits))[1:]:
        unseen = np.flatnonzero((classes.rows[0] == 0) & (classes.rows[at] > 0))
        if len(unseen):
            yield split, unseen


def _not_learned(
    table: Table, split: SplitRows, classes: Classes, unseen: Codes, *, severity: Severity, told: str, remedy: str
) -> Finding:
    rows, names = classes.rows_with(split, unseen), [quoted(classes.names[number]) for number in unseen]
    return Finding(
        kind="label-unseen",
        severity=severity,
        what=f"{told} of {split.name} {verb(len(names), 'is', 'are')} in no "
        f"{table.splits[0].name} row: {listed(names)} ({counted(len(rows), 'row')})",
        remedy=remedy,
        count=len(rows),
        places=table.places(split, split.in_file_order(rows)),
    )
