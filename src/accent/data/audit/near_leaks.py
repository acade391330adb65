"""Near leaks: texts of one split that are almost those of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    for seen, judged in copies.pairs():
        if is_large and seen is not copies.groups[0]:
            continue
        texts = _chosen(seen, judged, searched)
        found = _search(sketcher, seen, judged, texts)
        if found.texts:
            yield _near_leak(copies, seen, judged, found)
    if is_large and len(copies.groups) > 1:
        yield _limits(copies, full_rows, searched)


@dataclass
class _Found:
    """Near copies: the texts of the judged split, and beside each the row of the seen split that it resembles."""

    texts: list[int]
    others: list[int]


def _chosen(seen: Group, judged: Group, searched: int) -> Codes:
    """Return the first rows (by file and line) of the judged texts to search for: those without an exact copy."""
    rows = judged.first(np.setdiff1d(judged.names, seen.names))
    if len(rows) > searched:
        keys = judged.split.keys[rows]
        rows = rows[np.lexsort((keys[:, 1], keys[:, 0]))[:searched]]
    return judged.split.in_file_order(rows)


def _search(sketcher: Sketcher, seen: Group, judged: Group, rows: Codes) -> _Found:
    """Look every text of the seen split up among `rows` of the judged one, in the order of files and lines."""
    found = _Found([], [])
    if not len(rows) or not len(seen.names):
        return found
    index = Index.build(np.concatenate([sketcher.signatures(*judged.split.texts(part)) for part in _parts(rows)]))
    for part in _parts(seen.split.in_file_order(seen.firsts)):
        texts, pairs = seen.split.texts(part)
        for query, candidates in index.candidates(sketcher.signatures(texts, pairs)):
            ours = (texts[query], None if pairs is None else pairs[query])
            for candidate in _verified(judged.split, rows, candidates, ours):
                index.close(candidate)
                found.texts.append(int(judged.texts[rows[candidate]]))
                found.others.append(int(part[query]))
    return found


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


def _near_leak(copies: Copies, seen: Group, judged: Group, found: _Found) -> Finding:
    count, one, other = len(found.texts), seen.split, judged.split
    resembled = dict(zip(found.texts, found.others, strict=True))
    texts = np.array(sorted(resembled), dtype=np.int64)
    rows = len(judged.rows_of(texts))
    places = other.in_file_order(judged.first(texts))[:PLACES_SHOWN]
    return Finding(
        kind="near-leaks",
        severity="error" if rows > _TOLERATED_SHARE * len(other) else "warning",
        what=f"{thing(copies, count)} of {other.name} {verb(count, 'is a near copy', 'are near copies')} "
        f"of {one.name} {copies.noun}s: {rows:,} of {counted(len(other), other.name + ' row')} "
        f"({percent(rows, len(other))}), Jaccard similarity {SIMILARITY} or more",
        remedy=f"Look at the rows, and remove {verb(count, 'it', 'them')} from one of the two; `--allow leaks` goes on "
        "with scores that may be too good.",
        count=count,
        places=copies.table.places(
            other, places, others=[copies.table.place(one, resembled[int(judged.texts[row])]) for row in places]
        ),
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
