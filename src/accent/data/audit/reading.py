"""Reads the rows of all splits once and keeps of them what the checks need."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from accent.data.audit.classes import FOLDED, fold
from accent.data.audit.keys import digests, lettered
from accent.data.audit.marks import has_loose_quotes, is_blank, is_quoted
from accent.data.audit.measures import MEASURES
from accent.data.audit.rows import BATCH, Codes, SplitLabels, SplitRows, Table
from accent.data.layouts import LAYOUTS, Label, Layout
from accent.data.vocabulary import SPLITS

if TYPE_CHECKING:
    import datasets

    from accent.data.loading import LoadedData

__all__ = ["read_table"]

_SEPARATOR = "\x00"


def read_table(data: LoadedData) -> Table:
    """Read every row once and keep what the checks need."""
    files, names = _Names(), _Names()
    layout = LAYOUTS[data.task]
    splits = [
        _read_split(name, data.splits[name], files, _LabelReader(layout, names))
        for name in SPLITS
        if name in data.splits
    ]
    file_order, name_order = files.order(), names.order()
    return Table(
        task=data.task,
        splits=tuple(_renumbered(split, file_order, name_order) for split in splits),
        files=tuple(sorted(files.numbers)),
        labels=tuple(sorted(names.numbers)),
        numbers=data.schema.label_names if data.task == "regression" else (),
        given_split=data.given_split,
    )


@dataclass
class _Names:
    """Numbers for names, given out as names are met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def encode(self, names: Sequence[str]) -> list[int]:
        return [self.numbers.setdefault(name, len(self.numbers)) for name in names]

    def order(self) -> Codes:
        """Return number -> place of its name in the alphabet."""
        return np.argsort(np.argsort(np.array(list(self.numbers), dtype=object))) if self.numbers else np.zeros(0, int)


def _read_split(name: str, dataset: datasets.Dataset, files: _Names, labels: _LabelReader) -> SplitRows:
    count = len(dataset)
    has_labels = "label" in dataset.column_names
    split = SplitRows(
        name=name,
        dataset=dataset,
        keys=np.zeros((count, 2), dtype=np.uint64),
        labels=None,
        contexts=np.zeros((count, 2), dtype=np.uint64) if labels.layout.one_context else None,
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
        if has_labels:
            labels.take(batch["label"], batch["text"])
    return replace(split, labels=labels.result()) if has_labels else split


def _fill(split: SplitRows, rows: slice, batch: dict[str, Any]) -> None:
    texts = [text or "" for text in batch["text"]]
    pairs = [text or "" for text in batch["text_pair"]] if "text_pair" in batch else None
    split.keys[rows] = digests(texts, pairs)
    split.lines[rows] = batch["origin_line"]
    if split.contexts is not None and pairs is not None:
        split.contexts[rows] = digests(pairs, None)
    for part in [texts] if pairs is None else [texts, pairs]:
        for mask, has in ((split.blank, is_blank), (split.quoted, is_quoted), (split.loose, has_loose_quotes)):
            mask[rows] |= np.fromiter(map(has, part), dtype=np.bool_, count=len(part))


class _LabelReader:
    """Gathers what is kept of the labels of one split, in arrays that grow with its rows."""

    def __init__(self, layout: Layout, names: _Names) -> None:
        self.layout = layout
        self._names = names
        self._measure = MEASURES.get(layout.task)
        self._held, self._sizes, self._missing = array("i"), array("q"), array("b")
        self._meanings, self._measures = array("Q"), array("d")

    def take(self, labels: Sequence[Label], texts: Sequence[str]) -> None:
        """Take in the labels of the next rows, and the texts that they belong to."""
        for label, text in zip(labels, texts, strict=True):
            key = self.layout.key(label)
            classes = self.layout.classes(label)
            self._held.extend(self._names.encode(classes))
            self._sizes.append(len(classes))
            self._missing.append(not key.strip())
            if self.layout.task in FOLDED:
                self._meanings.append(_digest(_SEPARATOR.join(sorted({fold(name) for name in classes}))))
            elif self.layout.task == "tagging":
                words = lettered(text, label["starts"], label["ends"])
                self._meanings.append(_digest(_SEPARATOR.join(label["tags"][word] for word in words)))
            if self._measure is not None:
                self._measures.extend(self._measure(label))

    def result(self) -> SplitLabels:
        """Return what was gathered, with the names numbered as they were met."""
        count = len(self._sizes)
        sizes = np.array(self._sizes, dtype=np.int64)
        measures = np.array(self._measures, dtype=np.float64)
        return SplitLabels(
            starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)]),
            names=np.array(self._held, dtype=np.int32),
            missing=np.array(self._missing, dtype=np.bool_),
            meanings=np.array(self._meanings, dtype=np.uint64) if len(self._meanings) == count else None,
            measures_NM=measures.reshape(count, -1) if count else measures.reshape(0, 0),
        )


def _digest(meaning: str) -> int:
    """Return 64 bits: that two meanings collide matters only where they stand with the same text."""
    return int.from_bytes(hashlib.blake2b(meaning.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _renumbered(split: SplitRows, file_order: Codes, name_order: Codes) -> SplitRows:
    split.files[:] = file_order[split.files] if len(split) else 0
    if split.labels is not None and len(split.labels.names):
        split.labels.names[:] = name_order[split.labels.names]
    return split
