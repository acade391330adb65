"""The splits that a source brings, and those that are cut from its training rows because they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import datasets
import numpy as np

from accent.data.audit.keys import digests
from accent.data.resemblance import Resemblance, near_copies
from accent.data.splitting import RowKeys, assign, digest
from accent.data.vocabulary import ALL_ROWS, SPLITS

__all__ = ["partition"]

BATCH = 10_000


def partition(
    given: Mapping[str, datasets.Dataset], shares: Sequence[float], *, seed: int
) -> tuple[dict[str, datasets.Dataset], tuple[str, ...]]:
    """Return the rows by split, and a note where some of them were cut.

    `given` has the rows of the splits that exist (those of ALL_ROWS or train among them). A split that is missing is
    cut from the training rows, with the ratio that `shares` (train, validation, test) gives it to train: with 80, 10,
    10 and a given test split, validation becomes 10 of 90. Near copies stay in one split. Rows keep their order.
    """
    source = given[ALL_ROWS if ALL_ROWS in given else "train"]
    wanted = [share if split not in given else 0.0 for split, share in zip(SPLITS, shares, strict=True)]
    kept = {split: rows for split, rows in given.items() if split in SPLITS[1:]}
    if not any(wanted[1:]):
        return _ordered({"train": source, **kept}), ()
    keys = _row_keys(source)
    near = near_copies(source, keys.texts, seed=seed)
    numbers = assign(replace(keys, near=near.pairs), [shares[0], *wanted[1:]], seed=seed)
    places = {split: np.flatnonzero(numbers == number) for number, split in enumerate(SPLITS)}
    cut = {split: source.select(rows) for split, rows in places.items() if len(rows)}
    return _ordered({**cut, **kept}), (_note(cut, near),)


def _note(cut: Mapping[str, datasets.Dataset], near: Resemblance) -> str:
    counts = ", ".join(f"{split} {len(rows):,}" for split, rows in cut.items())
    how = "by hash"
    if "group" in next(iter(cut.values())).column_names:
        how += ", in groups"
    if near.texts:
        how += f", {near.texts:,} near copies kept together"
    if near.let_go:
        how += f", {near.let_go:,} that are too much alike not kept together"
    return f"split: {counts} rows (cut {how})"


def _ordered(splits: Mapping[str, datasets.Dataset]) -> dict[str, datasets.Dataset]:
    return {split: splits[split] for split in SPLITS if split in splits}


def _row_keys(rows: datasets.Dataset) -> RowKeys:
    """Return digests of texts and groups and numbers of labels, in at most 20 bytes a row."""
    texts = np.empty(len(rows), dtype=np.uint64)
    groups = np.empty(len(rows), dtype=np.uint64) if "group" in rows.column_names else None
    classes = np.zeros(len(rows), dtype=np.int32)
    numbers = _label_numbers(rows)
    paired = "text_pair" in rows.column_names
    start = 0
    for table in rows.with_format("arrow").iter(batch_size=BATCH):
        place = slice(start, start + table.num_rows)
        pairs = table.column("text_pair").to_pylist() if paired else None
        texts[place] = digests(table.column("text").to_pylist(), pairs)[:, 0]
        if groups is not None:
            groups[place] = [digest(group) for group in table.column("group").to_pylist()]
        if numbers:
            classes[place] = [numbers[label] for label in table.column("label").to_pylist()]
        start += table.num_rows
    return RowKeys(texts=texts, classes=classes, groups=groups)


def _label_numbers(rows: datasets.Dataset) -> dict[str, int]:
    """Return label -> its place in the alphabet, which does not depend on the order of rows."""
    if "label" not in rows.column_names:
        return {}
    return {label: number for number, label in enumerate(sorted(rows.unique("label")))}
