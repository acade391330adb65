"""JSON: a list of records, or an object that holds one (under `data` or `rows`, one a split, or one a column)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.data.readers.values import DECODER, Columns, as_record, cells
from accent.data.vocabulary import SPLIT_NAMES
from accent.errors import DataError

__all__ = ["json_members", "read_json"]

WHOLE_LISTS = ("data", "rows", "examples", "records", "items")
CHUNK = 1 << 16
NEXT = re.compile(r"[\s,]*")


def read_json(file: InputFile, options: ReadOptions) -> Reading:
    """Read a JSON document. A list on top is read as a stream; an object is held in memory while it is read.

    `origin_line` is the record's number, from 1. `options.member` names the list to read where there is one a split.
    """
    columns = Columns()
    for _, record in _records(file, options):
        columns.meet(record)
    if not columns.names:
        raise DataError("empty file: it has no rows", where=file.name, remedy="Give a file with rows in it.")
    schema = row_schema(columns.names, columns.types)
    return Reading(schema=schema, batches=record_batches(_rows(file, options, columns), schema))


def json_members(file: InputFile) -> dict[str, str]:
    """Return split -> key for a document like {"train": [...], "val": [...]}, and nothing for any other document."""
    with file.text() as text:
        if not text.read(CHUNK).lstrip().startswith("{"):
            return {}
    document = _document(file)
    return {
        SPLIT_NAMES[key.lower()]: key
        for key, value in document.items()
        if key.lower() in SPLIT_NAMES and isinstance(value, list)
    }


def _rows(file: InputFile, options: ReadOptions, columns: Columns) -> Iterator[Row]:
    names, lists = columns.names, columns.types
    for number, record in _records(file, options):
        yield number, cells(record, names, lists)


def _records(file: InputFile, options: ReadOptions) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.text() as text:
        start = text.read(CHUNK)
        values = _listed(file, start, text) if start.lstrip().startswith("[") else _in_document(file, options)
        for number, value in enumerate(values, start=1):
            yield number, as_record(value, options.columns)


def _listed(file: InputFile, buffer: str, text: TextIO) -> Iterator[object]:
    """Yield the elements of a list on top, one at a time, holding no more of the text than one of them."""
    place = buffer.index("[") + 1
    number = 0
    while True:
        place = NEXT.match(buffer, place).end()  # type: ignore[union-attr]  # the pattern matches nothing at all, too
        if buffer.startswith("]", place):
            return
        try:
            value, end = DECODER.raw_decode(buffer, place)
        except json.JSONDecodeError:
            end = len(buffer)
        # What ends where the buffer does may go on in the next piece.
        if end < len(buffer):
            number += 1
            yield value
            place = end
        elif piece := text.read(max(CHUNK, len(buffer) - place)):
            buffer, place = buffer[place:] + piece, 0
        else:
            raise _broken(file, f"record {number + 1} does not end, or is not JSON")


def _in_document(file: InputFile, options: ReadOptions) -> list[object]:
    document = _document(file)
    if options.member is not None:
        return list(document[options.member])
    found = next((document[key] for key in WHOLE_LISTS if isinstance(document.get(key), list)), None)
    if found is not None:
        return list(found)
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    if len(lists) > 1 and len(lengths) == 1:
        return [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    raise DataError(
        f"no list of rows among the keys {', '.join(list(document)[:8])}",
        where=file.name,
        remedy='Give a list of objects, {"data": [...]}, or {"train": [...], "test": [...]}.',
    )


def _document(file: InputFile) -> dict[str, Any]:
    with file.text() as text:
        try:
            document = DECODER.decode(text.read())
        except json.JSONDecodeError as error:
            raise _broken(file, f"{error.msg[0].lower() + error.msg[1:]} at line {error.lineno}") from error
    if not isinstance(document, dict):
        raise _broken(file, "neither a list nor an object")
    return document


def _broken(file: InputFile, what: str) -> DataError:
    return DataError(
        f"broken JSON: {what}",
        where=file.name,
        remedy="Mend the file; where each line is an object of its own, say --format jsonl.",
    )
