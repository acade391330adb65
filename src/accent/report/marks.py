"""Texts with spans marked in them; of a long text only what stands around the spans is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from accent.report.rows import Passage, Piece
from accent.report.wording import short_text

__all__ = ["Mark", "marked"]

AROUND = 110
"""Characters that are kept on each side of a span."""
CUT = " \u2026 "
LONGEST = 1400
"""Characters of a passage at most, however many spans it has."""
SLACK = 30
"""A gap is cut only where that leaves off more than this."""


@dataclass(frozen=True)
class Mark:
    """Characters of a text that are marked, as a CSS class, with what is written behind them."""

    start: int
    end: int
    kind: str
    tag: str = ""


def marked(text: str, marks: Sequence[Mark], *, limit: int, title: str = "") -> Passage:
    """Return a text with its marks, which may overlap; a text longer than `limit` is kept around them only.

    Marks outside the text are left out. A text without marks keeps its beginning.
    """
    known = [one for one in marks if 0 <= one.start < one.end <= len(text)]
    if not known:
        body, left_off = short_text(text, limit)
        return Passage((Piece(body),), left_off, title)
    pieces = _pieces(text, known)
    if len(text) > limit:
        last = len(pieces) - 1
        pieces = [_around(piece, first=at == 0, last=at == last) for at, piece in enumerate(pieces)]
    return _within(pieces, title)


def _pieces(text: str, marks: Sequence[Mark]) -> list[Piece]:
    bounds = sorted({0, len(text), *(one.start for one in marks), *(one.end for one in marks)})
    pieces = []
    for start, end in pairwise(bounds):
        here = [one for one in marks if one.start <= start and end <= one.end]
        tags = [one.tag for one in here if one.end == end and one.tag]
        kinds = sorted({one.kind for one in here})
        pieces.append(Piece(text[start:end], " ".join(kinds), ", ".join(dict.fromkeys(tags))))
    return pieces


def _around(piece: Piece, *, first: bool, last: bool) -> Piece:
    """Keep of a text between two marks its two ends, before the first mark its end, behind the last its beginning."""
    text, whole = piece.text, 2 * AROUND if piece.mark or not (first or last) else AROUND
    if len(text) <= whole + SLACK:
        return piece
    head = "" if first and not piece.mark else text[:AROUND].rsplit(None, 1)[0]
    tail = "" if last and not piece.mark else text[-AROUND:].split(None, 1)[-1]
    return Piece(f"{head}{CUT}{tail}", piece.mark, piece.tag)


def _within(pieces: Sequence[Piece], title: str) -> Passage:
    kept: list[Piece] = []
    length = 0
    for piece in pieces:
        if length + len(piece.text) > LONGEST and kept:
            break
        kept.append(piece)
        length += len(piece.text)
    return Passage(tuple(kept), sum(len(piece.text) for piece in pieces[len(kept) :]), title)
