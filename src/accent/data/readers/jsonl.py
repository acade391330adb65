"""JSON Lines: one JSON value a line, mostly an object whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.data.readers.values import DECODER, Columns, as_record, cells
from accent.errors import DataError

__all__ = ["read_jsonl"]


def read_jsonl(file: InputFile, options: ReadOptions) -> Reading:
    """Read JSON Lines in two passes: the first collects the keys, since any line may bring a new one."""
    columns = Columns()
    for _, record in _records(file, options):
        columns.meet(record)
    if not columns.names:
        raise DataError("empty file: it has no rows", where=file.name, remedy="Give a file with rows in it.")
    schema = row_schema(columns.names, columns.types)
    return Reading(schema=schema, batches=record_batches(_rows(file, options, columns), schema))


def _rows(file: InputFile, options: ReadOptions, columns: Columns) -> Iterator[Row]:
    names, lists = columns.names, columns.types
    for number, record in _records(file, options):
        yield number, cells(record, names, lists)


def _records(file: InputFile, options: ReadOptions) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in file.lines():
        if not line.strip():
            continue
        try:
            value = DECODER.decode(line)
        except json.JSONDecodeError as error:
            raise DataError(
                f"broken row: not JSON, {error.msg[0].lower() + error.msg[1:]} at column {error.colno}",
                where=file.place(number),
                remedy="Mend the line; each line holds one JSON object, such as "
                '{"text": "...", "label": "..."}. A list over several lines is --format json.',
            ) from error
        yield number, as_record(value, options.columns)
