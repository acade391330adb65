"""Near leaks: texts of one split that are almost those of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from accent.data.audit.copies import Copies, Group, thing
from accent.data.audit.findings import PLACES_SHOWN, Finding
from accent.data.audit.near import SIMILARITY, Index, Sketcher, similarity
from accent.data.audit.rows import BATCH, Codes, SplitRows
from accent.data.audit.wording import counted, percent, verb

__all__ = ["near_leaks"]

_FULL_SEARCH_ROWS = 200_000
_SEARCHED_TEXTS = 100_000
_TOLERATED_SHARE = 0.01


def near_leaks(
    copies: Copies, *, seed: int, full_rows: int = _FULL_SEARCH_ROWS, searched: int = _SEARCHED_TEXTS
) -> Iterator[Finding]:
    """Yield a finding for every two splits with near copies, and a note where not everything was compared.

    Exact copies are not counted again. Of more than `full_rows` rows, each later split is compared with the first
    (train) only. Of a split with more than `searched` texts those with the lowest digests are: a choice that looks
    random and does not depend on the order of rows. More than 1 % of a split's rows are an error, fewer a warning.
    """
    sketcher = Sketcher(seed)
    is_large = sum(map(len, copies.table.splits)) > full_rows
    for at, seen in enumerate(copies.groups[:1] if is_large else copies.groups):
        sought = [_seek(sketcher, seen, judged, searched) for judged in copies.groups[at + 1 :]]
        _search(sketcher, seen, [one for one in sought if len(one.rows)])
        yield from (_near_leak(copies, seen, one) for one in sought if one.resembled)
    if is_large and len(copies.groups) > 1:
        yield _limits(copies, full_rows, searched)


@dataclass(frozen=True)
class _Sought:
    """The texts of a later split that are looked for, and what was found."""

    judged: Group
    rows: Codes
    """The first row of each text, by file and line."""
    index: Index
    """The signatures of `rows`."""
    resembled: dict[int, int] = field(default_factory=dict)
    """Text -> the first row of the seen split that it resembles."""


def _seek(sketcher: Sketcher, seen: Group, judged: Group, searched: int) -> _Sought:
    """Choose and index the judged texts without an exact copy among the seen ones."""
    rows = judged.first(np.setdiff1d(judged.names, seen.names))
    if len(rows) > searched:
        keys = judged.split.keys[rows]
        rows = rows[np.lexsort((keys[:, 1], keys[:, 0]))[:searched]]
    rows = judged.split.in_file_order(rows)
    sketched = [sketcher.signatures(*judged.split.texts(part)) for part in _parts(rows)]
    return _Sought(judged, rows, Index.build(np.concatenate([sketcher.signatures([], None), *sketched])))


def _search(sketcher: Sketcher, seen: Group, sought: Sequence[_Sought]) -> None:
    """Read every text of the seen split once, in the order of files and lines, and note what resembles it."""
    for part in _parts(seen.split.in_file_order(seen.firsts) if sought else seen.firsts[:0]):
        texts, pairs = seen.split.texts(part)
        signatures_TH = sketcher.signatures(texts, pairs)
        for one in sought:
            for query, candidates in one.index.candidates(signatures_TH):
                ours = (texts[query], None if pairs is None else pairs[query])
                for found in _verified(one.judged.split, one.rows, candidates, ours):
                    one.index.close(found)
                    one.resembled[int(one.judged.texts[one.rows[found]])] = int(part[query])


def _parts(rows: Codes) -> Iterator[Codes]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _verified(split: SplitRows, rows: Codes, candidates: Codes, ours: tuple[str, str | None]) -> Iterator[int]:
    """Yield the candidates whose exact similarity is high enough; of pairs, both texts must be alike."""
    texts, pairs = split.texts(rows[candidates])
    for at, candidate in enumerate(candidates):
        alike = similarity(ours[0], texts[at]) >= SIMILARITY
        if pairs is not None and ours[1] is not None:
            alike = alike and similarity(ours[1], pairs[at]) >= SIMILARITY
        if alike:
            yield int(candidate)


def _near_leak(copies: Copies, seen: Group, found: _Sought) -> Finding:
    count, judged, one, other = len(found.resembled), found.judged, seen.split, found.judged.split
    texts = np.array(sorted(found.resembled), dtype=np.int64)
    rows = len(judged.rows_of(texts))
    places = other.in_file_order(judged.first(texts))[:PLACES_SHOWN]
    others = [copies.table.place(one, found.resembled[int(judged.texts[row])]) for row in places]
    return Finding(
        kind="near-leaks",
        severity="error" if rows > _TOLERATED_SHARE * len(other) else "warning",
        what=f"{thing(copies, count)} of {other.name} {verb(count, 'is a near copy', 'are near copies')} "
        f"of {one.name} {copies.noun}s: {rows:,} of {counted(len(other), other.name + ' row')} "
        f"({percent(rows, len(other))}), Jaccard similarity {SIMILARITY} or more",
        remedy=f"Look at the rows, and remove {verb(count, 'it', 'them')} from one of the two; `--allow leaks` goes on "
        "with scores that may be too good.",
        count=count,
        places=copies.table.places(other, places, others=others),
    )


def _limits(copies: Copies, full_rows: int, searched: int) -> Finding:
    first, *later = [group.split.name for group in copies.groups]
    capped = any(len(group.names) > searched for group in copies.groups[1:])
    extent = f", {counted(searched, copies.noun)} of a split at most" if capped else ""
    return Finding(
        kind="near-leaks",
        severity="note",
        what=f"with more than {counted(full_rows, 'row')}, near copies of {' and '.join(later)} were looked for in "
        f"{first} only{extent}",
        remedy="Nothing needs to be done; exact copies were looked for everywhere.",
        count=0,
    )
