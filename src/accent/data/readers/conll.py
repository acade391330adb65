"""CoNLL: a token a line with its tag in the last column, sentences between blank lines."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["SENTENCE_TYPES", "read_conll"]

SENTENCE_TYPES = {"tokens": pa.list_(pa.string()), "tags": pa.list_(pa.string())}
"""The columns of a sentence: its tokens, and one tag for each."""
DOCUMENT_START = "-DOCSTART-"


def read_conll(file: InputFile, options: ReadOptions) -> Reading:
    """Read sentences as rows of tokens (first column) and tags (last column); columns stand between tabs or spaces.

    A line of white space alone ends a sentence. Each other line has as many columns as the first: DataError with the
    line where one has not.
    """
    schema = row_schema(tuple(SENTENCE_TYPES), SENTENCE_TYPES)
    return Reading(schema=schema, batches=record_batches(_rows(file, options), schema))


def _rows(file: InputFile, options: ReadOptions) -> Iterator[Row]:
    start, width = 0, 0
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in file.lines():
        if line.strip() and not line.startswith(DOCUMENT_START):
            cells = _cells(file, number, line, options)
            width = width or len(cells)
            if len(cells) != width:
                raise _uneven(file, number, len(cells), width)
            start = start or number
            tokens.append(cells[0])
            tags.append(cells[-1].strip())
        elif tokens:
            yield start, (tokens, tags)
            start, tokens, tags = 0, [], []
    if tokens:
        yield start, (tokens, tags)


def _cells(file: InputFile, number: int, line: str, options: ReadOptions) -> list[str]:
    delimiter = options.delimiter or ("\t" if "\t" in line else None)
    cells = line.split(delimiter)
    if len(cells) == 1:
        raise DataError(
            "broken row: a token without a tag",
            where=file.place(number),
            remedy="Give each line a token and a tag between tabs or spaces, and end sentences with a blank line.",
        )
    return cells


def _uneven(file: InputFile, number: int, cells: int, width: int) -> DataError:
    return DataError(
        f"broken row: {cells} columns, where the first line of a token has {width}",
        where=file.place(number),
        remedy="Mend the line: the token in the first column, its tag in the last.",
    )
