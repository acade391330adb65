"""Cells that hold more than a string: lists, written as such, as JSON, or as Python would."""

from __future__ import annotations

import ast
import json
import warnings
from typing import Any

import pyarrow as pa

__all__ = ["as_lists", "parsed"]


def parsed(cell: object) -> Any:
    """Return the list or object that a cell's text writes in JSON or in Python; any other cell as it is."""
    if not isinstance(cell, str) or not (text := cell.strip()) or (text[0], text[-1]) not in {("[", "]"), ("{", "}")}:
        return cell
    for read in (json.loads, _python):
        try:
            value = read(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        return value if isinstance(value, list | dict) else cell
    return cell


def as_lists(column: pa.Array) -> list[list[str] | None]:
    """Return each cell of a column of lists of strings, or of strings that write such lists; None for other cells."""
    return [_strings(parsed(cell)) for cell in column.to_pylist()]


def _python(text: str) -> Any:
    """Return the value that a cell such as "['a', 'b']" writes, as pandas does; what it warns of is not for users."""
    with warnings.catch_warnings(action="ignore"):
        return ast.literal_eval(text)


def _strings(value: object) -> list[str] | None:
    if not isinstance(value, list) or any(isinstance(part, list | dict) for part in value):
        return None
    return ["" if part is None else str(part) for part in value]
