"""Tags that go on with an entity which is not there: slips of an annotator, or of the script that wrote the file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from accent.data.audit.findings import PLACES_SHOWN, Finding, Place
from accent.data.audit.measures import CLOSINGS, LEAD, STRAYS, TYPED, find_strays
from accent.data.audit.rows import Numbers, SplitRows, Table
from accent.data.audit.wording import counted, quoted, verb

__all__ = ["stray_tags"]


def stray_tags(table: Table) -> Iterator[Finding]:
    """Yield a warning when I- tags (in BILOU also L-) follow no tag of their entity; the count is of tags.

    Nothing is said where entities begin so (IOB1) or where tags mark none, as the training rows tell.
    """
    counts = [_strays(split) for split in table.splits]
    count, rows = (sum(int(part.sum()) for part in parts) for parts in (counts, [found > 0 for found in counts]))
    if not count or not _are_slips(table.splits[0]):
        return
    told = [
        f"{int(found.sum()):,} in {split.name}"
        for split, found in zip(table.splits, counts, strict=True)
        if found.any()
    ]
    yield Finding(
        kind="stray-tags",
        severity="warning",
        what=f"{counted(count, 'tag')} {verb(count, 'goes', 'go')} on with an entity that does not stand before "
        f"{verb(count, 'it', 'them')}: {', '.join(told)} ({counted(rows, 'row')})",
        remedy=f"Correct {verb(count, 'it', 'them')}, or train with `--strays mend`: each then begins an entity.",
        count=count,
        places=_places(table, counts),
    )


def _strays(split: SplitRows) -> Numbers:
    """Return each row's strays (N,)."""
    if split.labels is None or not len(split):
        return np.zeros(len(split))
    return split.labels.measures_NM[:, STRAYS]


def _are_slips(train: SplitRows) -> bool:
    """Return whether training rows mark entities, and begin them with B- (or mark their ends, as BILOU does)."""
    if train.labels is None or not len(train):
        return True
    totals = train.labels.measures_NM.sum(axis=0)
    return bool(totals[TYPED] > 0 and (totals[CLOSINGS] > 0 or totals[LEAD] >= 0))


def _places(table: Table, counts: list[Numbers]) -> tuple[Place, ...]:
    """Return the first rows with a stray, split by split, each with its first one."""
    found: list[Place] = []
    for split, strays in zip(table.splits, counts, strict=True):
        rows = split.in_file_order(np.flatnonzero(strays))[:PLACES_SHOWN]
        found += table.places(split, rows, prefixes=[_told(split, int(row)) for row in rows])
    return tuple(found[:PLACES_SHOWN])


def _told(split: SplitRows, row: int) -> str:
    label = split.label(row)
    place, (text,) = find_strays(label["tags"])[0], split.texts(np.array([row]))[0]
    word = quoted(text[label["starts"][place] : label["ends"][place]])
    before = f"after {label['tags'][place - 1]}" if place else "at the start"
    return f"{word} is {label['tags'][place]} {before}: "
