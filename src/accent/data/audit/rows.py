"""The rows of all splits as compact arrays: about 40 bytes a row, the texts themselves stay in the Arrow file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.data.audit.findings import PLACES_SHOWN, Place
from accent.data.audit.keys import Digests, digests
from accent.data.audit.marks import has_loose_quotes, is_blank, is_quoted

if TYPE_CHECKING:
    import datasets

    from accent.data.loading import LoadedData

__all__ = ["BATCH", "SPLITS", "Codes", "Mask", "SplitRows", "Table", "read_table"]

BATCH = 1_000
"""Rows looked at together."""
SPLITS = ("train", "validation", "test")

_TEXT_SHOWN = 80

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SplitRows:
    """One split's N rows, in arrays (N,) by row number."""

    name: str
    dataset: datasets.Dataset
    keys: Digests
    """(N, 2): what the row's texts are letter by letter."""
    labels: Codes | None
    """Each label's number among the table's `labels`; None where no row has a label."""
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

    def text_batches(self) -> Iterator[tuple[list[str], list[str] | None]]:
        """Read all texts in the order of rows, `BATCH` at a time."""
        for batch in self.dataset.select_columns(_text_columns(self.dataset)).iter(batch_size=BATCH):
            yield list(batch["text"]), list(batch["text_pair"]) if "text_pair" in batch else None


@dataclass(frozen=True)
class Table:
    """All splits, with the names that their numbers stand for, in alphabetical order."""

    splits: tuple[SplitRows, ...]
    files: tuple[str, ...]
    labels: tuple[str, ...]
    given_split: bool

    def place(self, split: SplitRows, row: int) -> str:
        """Return `file:line` of a row."""
        return f"{self.files[split.files[row]]}:{split.lines[row]}"

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
                text=_short((prefixes[at] if prefixes else "") + shown[at]),
                other=others[at] if others else None,
            )
            for at, row in enumerate(rows)
        )


def read_table(data: LoadedData) -> Table:
    """Read every row once and keep what the checks need."""
    files, labels = _Names(), _Names()
    splits = [_read_split(name, data.splits[name], files, labels) for name in SPLITS if name in data.splits]
    file_order, label_order = files.order(), labels.order()
    return Table(
        splits=tuple(_renumbered(split, file_order, label_order) for split in splits),
        files=tuple(sorted(files.numbers)),
        labels=tuple(sorted(labels.numbers)),
        given_split=data.given_split,
    )


@dataclass
class _Names:
    """Numbers for names, given out as names are met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def encode(self, names: Sequence[str | None]) -> list[int]:
        return [self.numbers.setdefault(name or "", len(self.numbers)) for name in names]

    def order(self) -> Codes:
        """Return number -> place of its name in the alphabet."""
        return np.argsort(np.argsort(np.array(list(self.numbers), dtype=object))) if self.numbers else np.zeros(0, int)


def _read_split(name: str, dataset: datasets.Dataset, files: _Names, labels: _Names) -> SplitRows:
    count = len(dataset)
    has_labels = "label" in dataset.column_names
    split = SplitRows(
        name=name,
        dataset=dataset,
        keys=np.zeros((count, 2), dtype=np.uint64),
        labels=np.zeros(count, dtype=np.int64) if has_labels else None,
        files=np.zeros(count, dtype=np.int32),
        lines=np.zeros(count, dtype=np.int64),
        blank=np.zeros(count, dtype=np.bool_),
        quoted=np.zeros(count, dtype=np.bool_),
        loose=np.zeros(count, dtype=np.bool_),
    )
    for number, batch in enumerate(dataset.iter(batch_size=BATCH)):
        rows = slice(number * BATCH, number * BATCH + len(batch["text"]))
        _fill(split, rows, batch)
        split.files[rows] = files.encode(batch["origin_file"])
        if split.labels is not None:
            split.labels[rows] = labels.encode(batch["label"])
    return split


def _fill(split: SplitRows, rows: slice, batch: dict[str, Any]) -> None:
    texts = [text or "" for text in batch["text"]]
    pairs = [text or "" for text in batch["text_pair"]] if "text_pair" in batch else None
    split.keys[rows] = digests(texts, pairs)
    split.lines[rows] = batch["origin_line"]
    for part in [texts] if pairs is None else [texts, pairs]:
        for mask, has in ((split.blank, is_blank), (split.quoted, is_quoted), (split.loose, has_loose_quotes)):
            mask[rows] |= np.fromiter(map(has, part), dtype=np.bool_, count=len(part))


def _renumbered(split: SplitRows, file_order: Codes, label_order: Codes) -> SplitRows:
    split.files[:] = file_order[split.files] if len(split) else 0
    if split.labels is not None and len(split):
        split.labels[:] = label_order[split.labels]
    return split


def _text_columns(dataset: datasets.Dataset) -> list[str]:
    return ["text", "text_pair"] if "text_pair" in dataset.column_names else ["text"]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_SHOWN else line[: _TEXT_SHOWN - 1] + "…"
