"""The classes behind the labels: for tasks that sort texts, spellings that differ by case or space only are one class.

Letters on arrays: C classes, L labels as they are written, S splits, H labels that a split's rows hold in all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accent.config.tasks import TaskName
from accent.data.audit.rows import Codes, SplitRows, Table

__all__ = ["FOLDED", "NO_CLASS", "Classes", "fold", "read_classes"]

FOLDED: frozenset[TaskName] = frozenset({"classification", "multilabel"})
"""The tasks whose labels mean the same where they differ by case or space."""
NO_CLASS = -1
"""The class of an empty label."""


@dataclass(frozen=True)
class Classes:
    """The classes of all labels, and how many rows hold each."""

    of_label: Codes
    """(L,): the class of each label; -1 for an empty one."""
    names: tuple[str, ...]
    """(C,): each class's commonest spelling."""
    rows: Codes
    """(S, C): rows of each class in each split."""
    label_rows: Codes
    """(S, L): rows of each label in each split."""

    def rows_with(self, split: SplitRows, classes: Codes) -> Codes:
        """Return the rows of `split` that hold one of `classes`, in row order."""
        if split.labels is None:
            return np.zeros(0, dtype=np.int64)
        return split.labels.rows_with(np.flatnonzero(np.isin(self.of_label, classes)))

    def name_of(self, split: SplitRows, row: int) -> str:
        """Return the name of the first class that a row holds, "" where it holds none."""
        held = [] if split.labels is None else self.of_label[split.labels.of_row(row)].tolist()
        return self.names[held[0]] if held and held[0] != NO_CLASS else ""


def fold(label: str) -> str:
    """Return the label without differences of case and white space."""
    return " ".join(label.split()).casefold()


def read_classes(table: Table) -> Classes:
    """Return the classes of a table; without labels there are none."""
    folded = [fold(label) for label in table.labels] if table.task in FOLDED else list(table.labels)
    keys = sorted(set(folded) - {""})
    numbers = {key: number for number, key in enumerate(keys)} | {"": NO_CLASS}
    of_label = np.array([numbers[key] for key in folded], dtype=np.int64)
    label_rows = np.stack([_count(split, np.arange(len(folded)), len(folded)) for split in table.splits])
    rows = np.stack([_count(split, of_label, len(keys)) for split in table.splits])
    return Classes(of_label, _common_names(table, of_label, label_rows.sum(axis=0), len(keys)), rows, label_rows)


def _count(split: SplitRows, numbers: Codes, width: int) -> Codes:
    """Return how many rows hold each of `width` things, where `numbers` (L,) says which thing a label is."""
    if split.labels is None or not width:
        return np.zeros(width, dtype=np.int64)
    held = numbers[split.labels.names]
    known = held != NO_CLASS
    pairs = np.unique(split.labels.owners()[known] * width + held[known])  # a row may write one class in two ways
    return np.bincount(pairs % width, minlength=width).astype(np.int64)


def _common_names(table: Table, of_label: Codes, counts: Codes, classes: int) -> tuple[str, ...]:
    names = [""] * classes
    for label in np.argsort(counts, kind="stable"):  # the commonest spelling comes last and stays
        if of_label[label] != NO_CLASS:
            names[of_label[label]] = table.labels[label]
    return tuple(names)
