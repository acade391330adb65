"""The splits that a source brings, and those that are cut from its training rows because they are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import datasets
import numpy as np
from numpy.typing import NDArray

from accent.data.audit.keys import digests
from accent.data.layouts import Layout
from accent.data.resemblance import Resemblance, near_copies
from accent.data.splitting import RowKeys, assign, digest
from accent.data.vocabulary import ALL_ROWS, SPLITS

__all__ = ["partition"]

BATCH = 10_000


def partition(
    given: Mapping[str, datasets.Dataset], shares: Sequence[float], *, layout: Layout, seed: int
) -> tuple[dict[str, datasets.Dataset], tuple[str, ...]]:
    """Return the rows by split, and a note where some of them were cut.

    `given` has the rows of the splits that exist (those of ALL_ROWS or train among them). A split that is missing is
    cut from the training rows, with the ratio that `shares` (train, validation, test) gives it to train: with 80, 10,
    10 and a given test split, validation becomes 10 of 90. Near copies stay in one split, and so do rows that share a
    context where the layout asks for it and there are no groups. Rows keep their order.
    """
    source = given[ALL_ROWS if ALL_ROWS in given else "train"]
    wanted = [share if split not in given else 0.0 for split, share in zip(SPLITS, shares, strict=True)]
    kept = {split: rows for split, rows in given.items() if split in SPLITS[1:]}
    if not any(wanted[1:]):
        return _ordered({"train": source, **kept}), ()
    by_context = layout.one_context and "group" not in source.column_names
    keys = _row_keys(source, layout, group="text_pair" if by_context else "group")
    near = near_copies(source, keys.texts, seed=seed)
    numbers = assign(replace(keys, near=near.pairs), [shares[0], *wanted[1:]], seed=seed)
    places = {split: np.flatnonzero(numbers == number) for number, split in enumerate(SPLITS)}
    cut = {split: source.select(rows) for split, rows in places.items() if len(rows)}
    return _ordered({**cut, **kept}), (_note(cut, near, by_context=by_context),)


def _note(cut: Mapping[str, datasets.Dataset], near: Resemblance, *, by_context: bool) -> str:
    counts = ", ".join(f"{split} {len(rows):,}" for split, rows in cut.items())
    how = "by hash"
    if "group" in next(iter(cut.values())).column_names:
        how += ", in groups"
    if by_context:
        how += ", each context in one split"
    if near.texts:
        how += f", {near.texts:,} near copies kept together"
    if near.let_go:
        how += f", {near.let_go:,} that are too much alike not kept together"
    return f"split: {counts} rows (cut {how})"


def _ordered(splits: Mapping[str, datasets.Dataset]) -> dict[str, datasets.Dataset]:
    return {split: splits[split] for split in SPLITS if split in splits}


def _row_keys(rows: datasets.Dataset, layout: Layout, *, group: str) -> RowKeys:
    """Return digests of texts and of the column `group`, and numbers of labels, in at most 20 bytes a row."""
    texts = np.empty(len(rows), dtype=np.uint64)
    groups = np.empty(len(rows), dtype=np.uint64) if group in rows.column_names else None
    classes = _class_numbers(rows, layout)
    paired = "text_pair" in rows.column_names
    start = 0
    for table in rows.with_format("arrow").iter(batch_size=BATCH):
        place = slice(start, start + table.num_rows)
        pairs = table.column("text_pair").to_pylist() if paired else None
        texts[place] = digests(table.column("text").to_pylist(), pairs)[:, 0]
        if groups is not None:
            groups[place] = [digest(group) for group in table.column(group).to_pylist()]
        start += table.num_rows
    return RowKeys(texts=texts, classes=classes, groups=groups)


def _class_numbers(rows: datasets.Dataset, layout: Layout) -> NDArray[np.int32]:
    """Return the place in the alphabet of each row's class (N,), which does not depend on the order of rows."""
    numbers = np.zeros(len(rows), dtype=np.int32)
    if "label" not in rows.column_names:
        return numbers
    met: dict[str, int] = {}
    for start, table in enumerate(rows.select_columns(["label"]).with_format("arrow").iter(batch_size=BATCH)):
        strata = map(layout.stratum, table.column("label").to_pylist())
        numbers[start * BATCH : start * BATCH + table.num_rows] = [met.setdefault(name, len(met)) for name in strata]
    ranks = np.empty(len(met), dtype=np.int32)
    ranks[[met[name] for name in sorted(met)]] = np.arange(len(met))
    return ranks[numbers]
