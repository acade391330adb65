"""Rows as they come to be answered: in windows that bound the memory, and why one cannot be answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from accent.tasks import Columns

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "WINDOW_ROWS",
    "Row",
    "as_columns",
    "as_rows",
    "complaint",
    "halves",
    "windows_of_columns",
    "windows_of_rows",
]

Row = str | tuple[str, str | None]

WINDOW_ROWS = 2048
"""Rows that are read, sorted by length and answered together; memory grows with this and not with the rows."""
WINDOW_CHARACTERS = 4 << 20
"""A window of long texts ends earlier, once it holds this many characters."""


def windows_of_rows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows in windows, in their order, reading no further than a window ahead."""
    window: list[Row] = []
    characters = 0
    for row in rows:
        window.append(row)
        characters += sum(len(text) for text in halves(row) if isinstance(text, str))
        if len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def windows_of_columns(rows: Dataset) -> Iterator[Columns]:
    """Yield a data set's rows in windows, as columns."""
    texts = [name for name in ("text", "text_pair") if name in rows.column_names]
    for start in range(0, len(rows), WINDOW_ROWS):
        columns = rows[start : start + WINDOW_ROWS]
        count = len(columns["text"])
        lengths = [sum(len(columns[name][row] or "") for name in texts) for row in range(count)]
        for part in _parts(lengths):
            yield {name: values[part] for name, values in columns.items()}


def as_columns(rows: Sequence[Row], *, pair: bool) -> Columns:
    """Return the texts of rows as columns."""
    columns = {"text": [halves(row)[0] for row in rows]}
    return columns | {"text_pair": [halves(row)[1] for row in rows]} if pair else columns


def as_rows(columns: Columns) -> list[Row]:
    """Return the texts of columns as rows."""
    return list(zip(columns["text"], columns["text_pair"], strict=True) if "text_pair" in columns else columns["text"])


def _parts(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield slices of a window that hold at most WINDOW_CHARACTERS each, or a single longer row."""
    start = characters = 0
    for row, length in enumerate(lengths):
        if characters and characters + length > WINDOW_CHARACTERS:
            yield slice(start, row)
            start, characters = row, 0
        characters += length
    if start < len(lengths):
        yield slice(start, len(lengths))


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
    try:
        text.encode()
    except UnicodeEncodeError:
        return "the text holds half a character (a lone surrogate)"
    return None
