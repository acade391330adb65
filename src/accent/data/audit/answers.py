"""Answers of questions: those too long to be found in one piece, and questions without any."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from accent.data.audit.findings import PLACES_SHOWN, Finding, Place
from accent.data.audit.measures import ANSWER_WORDS
from accent.data.audit.rows import Mask, Numbers, SplitRows, Table
from accent.data.audit.wording import counted, percent, verb

__all__ = ["long_answers", "unanswered"]

_LONG = 30  # words

_Found = list[tuple[SplitRows, Mask]]


def long_answers(table: Table) -> Iterator[Finding]:
    """Yield a note on questions whose shortest answer has more than 30 words; the count is of rows."""
    found = _where(table, lambda words: words > _LONG)
    count = sum(int(mask.sum()) for _, mask in found)
    if count:
        yield Finding(
            kind="long-answers",
            severity="note",
            what=f"{counted(count, 'row')} {verb(count, 'has', 'have')} no answer of {_LONG} words or less: "
            f"{_shares(found)}",
            remedy="`--answer-length` says how many tokens an answer has at most; longer ones are never found whole.",
            count=count,
            places=_places(table, found),
        )


def unanswered(table: Table) -> Iterator[Finding]:
    """Yield a note on questions without an answer; the count is of rows."""
    found = _where(table, lambda words: words == 0)
    count = sum(int(mask.sum()) for _, mask in found)
    if count:
        yield Finding(
            kind="no-answer",
            severity="note",
            what=f"{counted(count, 'question')} {verb(count, 'has', 'have')} no answer: {_shares(found)}",
            remedy="Nothing needs to be done where that is meant: a model learns from such rows to give no answer.",
            count=count,
            places=_places(table, found),
        )


def _where(table: Table, applies: Callable[[Numbers], Mask]) -> _Found:
    labelled = [(split, split.labels.measures_NM) for split in table.splits if split.labels is not None and len(split)]
    return [(split, applies(measures_NM[:, ANSWER_WORDS])) for split, measures_NM in labelled]


def _shares(found: _Found) -> str:
    told = [f"{percent(int(mask.sum()), len(mask))} of the {split.name} rows" for split, mask in found if mask.any()]
    return "; ".join(told)


def _places(table: Table, found: _Found) -> tuple[Place, ...]:
    places: list[Place] = []
    for split, mask in found:
        places += table.places(split, split.in_file_order(np.flatnonzero(mask)))
    return tuple(places[:PLACES_SHOWN])
