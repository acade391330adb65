"""What the page shows of a single row: short cells beside its texts, and in the texts the parts that matter, marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accent.report.wording import place, short_text

__all__ = ["PAIR_LIMIT", "TEXT_LIMIT", "Chip", "Passage", "Piece", "WorstRow", "passage", "texts_of", "worst_row"]

TEXT_LIMIT = 420
PAIR_LIMIT = 260


@dataclass(frozen=True)
class Chip:
    """A short text in a cell with a smaller one below it."""

    text: str
    small: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a text; `mark` says which CSS classes mark it and `tag` what is written behind it."""

    text: str
    mark: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Passage:
    """A text in pieces, how many characters were left off at its end, and what it is."""

    pieces: tuple[Piece, ...]
    left_off: int = 0
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class WorstRow:
    """A row that is not wholly right."""

    place: str
    file: str
    """The place with its whole path."""
    cells: tuple[tuple[Chip, ...], ...]
    passages: tuple[Passage, ...]
    beside: tuple[Passage, ...] = ()
    """Passages that stand side by side below the others."""


def worst_row(
    line: Mapping[str, Any],
    *cells: tuple[Chip, ...],
    passages: tuple[Passage, ...],
    beside: tuple[Passage, ...] = (),
) -> WorstRow:
    """Return the row of a line of predictions.jsonl."""
    return WorstRow(
        place=place(line.get("file"), line.get("line")),
        file=f"{line.get('file')}:{line.get('line')}",
        cells=cells,
        passages=passages,
        beside=beside,
    )


def passage(text: Any, limit: int, *, title: str = "") -> Passage:
    """Return the beginning of a text."""
    body, left_off = short_text(text, limit)
    return Passage((Piece(body),), left_off, title)


def texts_of(line: Mapping[str, Any]) -> tuple[Passage, ...]:
    """Return the beginning of a row's text, or of both of its texts."""
    if line.get("text_pair") is None:
        return (passage(line.get("text"), TEXT_LIMIT),)
    return tuple(passage(line[name], PAIR_LIMIT) for name in ("text", "text_pair"))
