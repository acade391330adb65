"""Which columns of the files hold the texts, the labels and the groups."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AUGMENTED_BY", "Found", "Schema"]

AUGMENTED_BY = "augmented_by"
"""The column of training rows that names the change which made a copy, None for a row as read. It is there only where
copies are."""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns that are used: one text or a pair of them, and where there are such, the labels and the group.

    `label_columns` has one column, or several where each holds a part of a row's label. `label_names` are the names
    of those parts (multilabel: the labels; regression: the numbers), and `label_delimiter` is what stands between the
    labels in a cell of a single column (multilabel); both are empty for the other tasks.
    """

    text_columns: tuple[str, ...]
    label_columns: tuple[str, ...] = ()
    group_column: str | None = None
    label_names: tuple[str, ...] = ()
    label_delimiter: str | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """A schema and what was inferred for it."""

    schema: Schema
    notes: tuple[str, ...] = ()
