"""Records of JSON turned into rows of strings: what stands in the file is kept letter by letter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from accent.data.readers.batches import column_name

__all__ = ["DECODER", "Columns", "as_record", "cells"]

# Numbers stay the characters that the file has: 1.0 is not 1, and 12345678901234567890 is not rounded.
DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def as_record(value: object, columns: tuple[str, ...] | None) -> dict[str, Any]:
    """Return one record as a mapping: an object as it is, a list by its columns' places, a bare value as `text`."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        names = columns or tuple(column_name(place) for place in range(len(value)))
        return dict(zip(names, value, strict=False))
    return {(columns or ("text",))[0]: value}


class Columns:
    """The columns met so far, in the order of their first appearance, and which of them hold lists."""

    def __init__(self) -> None:
        """Start without columns."""
        self._lists: dict[str, bool] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(self._lists)

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The types of the columns that hold lists of plain values and nothing else."""
        return {name: pa.list_(pa.string()) for name, lists in self._lists.items() if lists}

    def meet(self, record: Mapping[str, Any]) -> None:
        """Take note of one record's columns. A column of lists and other values mixed is a column of strings."""
        for name, value in record.items():
            if value is None:
                self._lists.setdefault(name, False)
                continue
            plain = isinstance(value, list) and not any(isinstance(part, list | dict) for part in value)
            known = self._lists.get(name)
            self._lists[name] = plain if known is None else known and plain


def cells(record: Mapping[str, Any], names: Iterable[str], lists: Mapping[str, pa.DataType]) -> list[object]:
    """Return the record's values in the columns' order: strings, or lists of strings for the columns in `lists`."""
    return [_texts(record.get(name)) if name in lists else _text(record.get(name)) for name in names]


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _texts(value: object) -> list[str | None] | None:
    return [_text(part) for part in value] if isinstance(value, list) else None
