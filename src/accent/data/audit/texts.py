"""Texts that are no texts: empty ones, and cells read with their quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from accent.config.tasks import TaskName
from accent.data.audit.findings import PLACES_SHOWN, Finding, Place
from accent.data.audit.rows import Mask, SplitRows, Table
from accent.data.audit.wording import counted, percent, verb

__all__ = ["empty_rows", "quoted_cells"]

_QUOTED_SHARE = 0.01
_LOOSE_SHARE = 0.05
_LABELS: Mapping[TaskName, str] = {"generation": "completion", "summarization": "summary"}


def empty_rows(table: Table) -> Iterator[Finding]:
    """Yield what is said of empty texts and of empty labels."""
    texts = [(split, split.blank) for split in table.splits]
    yield from _empty(table, texts, "text")
    yield from _empty(table, list(_missing_labels(table)), _LABELS.get(table.task, "label"))


def quoted_cells(table: Table) -> Iterator[Finding]:
    """Yield a finding when texts stand in quotes as CSV writes them: the file was read with its quotes as letters.

    In such a file every text with a quote stands in quotes. Where more than a few do not, the quotes are the writers'.
    Nothing is said of texts that labels point into: taking the quotes away would move what they point at.
    """
    count = sum(int(split.quoted.sum()) for split in table.splits)
    loose = sum(int(split.loose.sum()) for split in table.splits)
    total = sum(map(len, table.splits))
    if count and loose <= _LOOSE_SHARE * count and not table.layout.points_into_text:
        yield Finding(
            kind="quoted-cells",
            severity="warning" if count >= _QUOTED_SHARE * total else "note",
            what=f"{counted(count, 'row')} {verb(count, 'has', 'have')} a text in double quotes "
            f"({percent(count, total)} of rows)",
            remedy="If the quotes only enclose the cell in the file, read it with `--quoting minimal`.",
            count=count,
            places=_places(table, [(split, split.quoted) for split in table.splits]),
        )


def _missing_labels(table: Table) -> Iterator[tuple[SplitRows, Mask]]:
    """Yield which rows of each split lack their label; a text of no words, which tags no word, is named once."""
    for split in table.splits:
        if split.labels is not None:
            missing = split.labels.missing
            yield split, missing & ~split.blank if table.layout.points_into_text else missing


def _empty(table: Table, masks: list[tuple[SplitRows, Mask]], what: str) -> Iterator[Finding]:
    count = sum(int(mask.sum()) for _, mask in masks)
    total = sum(map(len, table.splits))
    if count:
        them = verb(count, "it", "them")
        yield Finding(
            kind="empty",
            severity="error",
            what=f"{counted(count, 'row')} {verb(count, 'has', 'have')} an empty {what} "
            f"({percent(count, total)} of rows)",
            remedy=f"Drop {them} with `--clean drop-empty`, or keep {them} with `--allow empty`.",
            count=count,
            places=_places(table, masks),
        )


def _places(table: Table, masks: list[tuple[SplitRows, Mask]]) -> tuple[Place, ...]:
    found: list[Place] = []
    for split, mask in masks:
        found += table.places(split, split.in_file_order(np.flatnonzero(mask)))
    return tuple(found[:PLACES_SHOWN])
