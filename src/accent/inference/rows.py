"""Rows as they come to be answered, and why one cannot be."""

from __future__ import annotations

from typing import Any

__all__ = ["complaint", "halves"]


def halves(row: Any) -> tuple[Any, Any]:
    """Return a row's two texts; the second is None where the row is one text."""
    if isinstance(row, tuple) and len(row) == 2:  # noqa: PLR2004 - a pair
        return row
    return row, None


def complaint(row: Any, *, pair: bool, empty: bool = False) -> str | None:
    """Say why a row cannot be answered, or return None where it can.

    `pair` is whether two texts are asked for; `empty` allows texts without a word.
    """
    first, second = halves(row)
    if pair and second is None:
        return "the second text is missing: this model answers pairs, which come from a file with two columns of texts"
    if not pair and second is not None:
        return "there are two texts, and this model answers one"
    for text in (first,) if second is None else (first, second):
        found = _complaint_about(text, empty=empty)
        if found is not None:
            return found
    return None


def _complaint_about(text: Any, *, empty: bool) -> str | None:
    if not isinstance(text, str):
        return f"a text is wanted, and this is {type(text).__name__}"
    if not empty and not text.strip():
        return "the text is empty"
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        return "the text holds half a character (a lone surrogate)"
    return None
