"""Plain text: one row a line, in the column `text`; an empty line is an empty row, so that answers keep places."""

from __future__ import annotations

from collections.abc import Iterator

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.delimited import read_csv
from accent.data.readers.protocol import InputFile, Reading, ReadOptions

__all__ = ["read_text"]


def read_text(file: InputFile, options: ReadOptions) -> Reading:
    """Read a line a row; with a delimiter the lines are cells between delimiters, as in `label SPACE text`."""
    if options.delimiter:
        return read_csv(file, options)
    schema = row_schema(options.columns or ("text",))
    return Reading(schema=schema, batches=record_batches(_rows(file), schema))


def _rows(file: InputFile) -> Iterator[Row]:
    for number, line in file.lines():
        yield number, (line,)
