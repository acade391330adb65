"""The rows of all splits as compact arrays: 60 to 100 bytes a row; the texts stay in the Arrow file.

Letters on arrays: N rows of a split, H classes that they hold in all, M numbers measured of each label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from accent.config.tasks import TaskName
from accent.data.audit.findings import PLACES_SHOWN, Place
from accent.data.audit.keys import Digests
from accent.data.layouts import LAYOUTS, Label, Layout
from accent.data.schema import AUGMENTED_BY

if TYPE_CHECKING:
    import datasets

__all__ = ["BATCH", "Codes", "Mask", "Numbers", "SplitLabels", "SplitRows", "Table"]

BATCH = 1_000
"""Rows looked at together."""

_TEXT_SHOWN = 80

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SplitLabels:
    """The labels of one split's rows: the classes that each holds, what it says, and what was measured of it."""

    starts: Codes
    """(N + 1,): where each row's classes begin in `names`."""
    names: npt.NDArray[np.int32]
    """(H,): the classes as the labels write them, by their number among the table's `labels`."""
    missing: Mask
    """(N,): whether the row has no label."""
    meanings: npt.NDArray[np.uint64] | None
    """(N,): a digest of what the label says; None for tasks where copies may well say different things."""
    measures_NM: Numbers
    """What `measures` tells of each label; without columns for tasks that measure nothing."""

    def owners(self) -> Codes:
        """Return the row (H,) that holds each of `names`."""
        return np.repeat(np.arange(len(self.missing)), np.diff(self.starts))

    def of_row(self, row: int) -> Codes:
        """Return the classes of one row, as its label writes them."""
        return self.names[self.starts[row] : self.starts[row + 1]].astype(np.int64)

    def rows_with(self, names: Codes) -> Codes:
        """Return the rows that hold one of `names`, in row order."""
        return np.unique(self.owners()[np.isin(self.names, names)])


@dataclass(frozen=True)
class SplitRows:
    """One split's N rows, in arrays (N,) by row number."""

    name: str
    dataset: datasets.Dataset
    keys: Digests
    """(N, 2): what the row's texts are letter by letter."""
    labels: SplitLabels | None
    """None where no row has a label."""
    contexts: Digests | None
    """(N, 2): what the row's second text is letter by letter, where rows that share it belong together."""
    files: npt.NDArray[np.int32]
    """Each file's number among the table's `files`."""
    lines: Codes
    blank: Mask
    """Whether a text is empty."""
    quoted: Mask
    """Whether a text looks like a CSV cell with its quotes still on."""
    loose: Mask
    """Whether a text holds double quotes that no CSV cell would hold."""

    def __len__(self) -> int:
        """Return N."""
        return len(self.lines)

    def in_file_order(self, rows: Codes) -> Codes:
        """Return row numbers sorted by file and line, so that no answer depends on the order of rows."""
        return rows[np.lexsort((self.lines[rows], self.files[rows]))]

    def texts(self, rows: Codes) -> tuple[list[str], list[str] | None]:
        """Read the texts of `rows`, and the second texts where rows are pairs."""
        batch = self.dataset.select_columns(_text_columns(self.dataset))[rows.tolist()]
        return list(batch["text"]), list(batch["text_pair"]) if "text_pair" in batch else None

    def label(self, row: int) -> Label:
        """Read the label of a row."""
        return self.dataset[int(row)]["label"]

    def changed_by(self, row: int) -> str | None:
        """Read what made a changed copy; None for a row as read."""
        if AUGMENTED_BY not in self.dataset.column_names:
            return None
        found: str | None = self.dataset[int(row)][AUGMENTED_BY]
        return found

    def completed_batches(self) -> Iterator[tuple[list[str], list[str] | None]]:
        """Read all prompts with their completions, as `text_batches` reads pairs."""
        for batch in self.dataset.select_columns(["text", "label"]).iter(batch_size=BATCH):
            yield list(batch["text"]), list(batch["label"])

    def text_batches(self) -> Iterator[tuple[list[str], list[str] | None]]:
        """Read all texts in the order of rows, `BATCH` at a time."""
        for batch in self.dataset.select_columns(_text_columns(self.dataset)).iter(batch_size=BATCH):
            yield list(batch["text"]), list(batch["text_pair"]) if "text_pair" in batch else None


@dataclass(frozen=True)
class Table:
    """All splits, with the names that their numbers stand for, in alphabetical order."""

    task: TaskName
    splits: tuple[SplitRows, ...]
    files: tuple[str, ...]
    labels: tuple[str, ...]
    """Every class as some label writes it."""
    numbers: tuple[str, ...]
    """What each of a row's numbers is called (regression)."""
    given_split: bool

    @property
    def layout(self) -> Layout:
        """The layout of the rows."""
        return LAYOUTS[self.task]

    def place(self, split: SplitRows, row: int) -> str:
        """Return `file:line` of a row, and of a changed copy what changed it."""
        changed = split.changed_by(row)
        return f"{self.files[split.files[row]]}:{split.lines[row]}{f' ({changed})' if changed else ''}"

    def places(
        self, split: SplitRows, rows: Codes, *, others: Sequence[str] = (), prefixes: Sequence[str] = ()
    ) -> tuple[Place, ...]:
        """Return the first of `rows` as places; `others` and `prefixes` of the text stand beside them row by row."""
        rows = rows[:PLACES_SHOWN]
        if not len(rows):
            return ()
        texts, pairs = split.texts(rows)
        shown = texts if pairs is None else [f"{text} | {pair}" for text, pair in zip(texts, pairs, strict=True)]
        return tuple(
            Place(
                split=split.name,
                file=self.files[split.files[row]],
                line=int(split.lines[row]),
                text=_short((prefixes[at] if prefixes else "") + _mark(split, row) + shown[at]),
                other=others[at] if others else None,
            )
            for at, row in enumerate(rows)
        )


def _mark(split: SplitRows, row: int) -> str:
    changed = split.changed_by(row)
    return f"({changed}) " if changed else ""


def _text_columns(dataset: datasets.Dataset) -> list[str]:
    return ["text", "text_pair"] if "text_pair" in dataset.column_names else ["text"]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_SHOWN else line[: _TEXT_SHOWN - 1] + "…"
