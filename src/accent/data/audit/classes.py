"""The classes behind the labels: spellings that differ by case or space only are one class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accent.data.audit.rows import Codes, SplitRows, Table

__all__ = ["NO_CLASS", "Classes", "fold", "read_classes"]

NO_CLASS = -1
"""The class of an empty label."""


@dataclass(frozen=True)
class Classes:
    """The C classes of L labels over S splits."""

    of_label: Codes
    """(L,): the class of each label; -1 for an empty one."""
    names: tuple[str, ...]
    """(C,): each class's commonest spelling."""
    rows: Codes
    """(S, C): rows of each class in each split."""
    label_rows: Codes
    """(S, L): rows of each label in each split."""

    def of(self, split: SplitRows) -> Codes:
        """Return each row's class (N,); -1 where it has no label."""
        if split.labels is None or not len(split):
            return np.full(len(split), NO_CLASS, dtype=np.int64)
        return self.of_label[split.labels]


def fold(label: str) -> str:
    """Return the label without differences of case and white space."""
    return " ".join(label.split()).casefold()


def read_classes(table: Table) -> Classes:
    """Return the classes of a table; without labels there are none."""
    folded = [fold(label) for label in table.labels]
    keys = sorted(set(folded) - {""})
    numbers = {key: number for number, key in enumerate(keys)} | {"": NO_CLASS}
    of_label = np.array([numbers[key] for key in folded], dtype=np.int64)
    label_rows = np.stack([_count(split, len(folded)) for split in table.splits])
    rows = np.zeros((len(table.splits), len(keys)), dtype=np.int64)
    for label in np.flatnonzero(of_label != NO_CLASS):
        rows[:, of_label[label]] += label_rows[:, label]
    return Classes(of_label, _common_names(table, of_label, label_rows.sum(axis=0), len(keys)), rows, label_rows)


def _count(split: SplitRows, labels: int) -> Codes:
    if split.labels is None:
        return np.zeros(labels, dtype=np.int64)
    return np.bincount(split.labels, minlength=labels).astype(np.int64)


def _common_names(table: Table, of_label: Codes, counts: Codes, classes: int) -> tuple[str, ...]:
    names = [""] * classes
    for label in np.argsort(counts, kind="stable"):  # the commonest spelling comes last and stays
        if of_label[label] != NO_CLASS:
            names[of_label[label]] = table.labels[label]
    return tuple(names)
