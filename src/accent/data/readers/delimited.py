"""CSV and TSV: rows of cells between delimiters; quotes enclose cells in CSV and are plain characters in TSV."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from accent.data.readers.batches import Row, record_batches, row_schema
from accent.data.readers.layout import BrokenRow, Layout, find_layout, split_rows
from accent.data.readers.protocol import InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["read_csv", "read_tsv"]


def read_csv(file: InputFile, options: ReadOptions) -> Reading:
    """Read comma-separated values, or those between another delimiter. A broken row is DataError with its line."""
    return _read(file, find_layout(file, options, default=None))


def read_tsv(file: InputFile, options: ReadOptions) -> Reading:
    """Read tab-separated values with quotes as plain characters, unless `options.quoting` is minimal."""
    return _read(file, find_layout(file, options, default="\t"))


def _read(file: InputFile, layout: Layout) -> Reading:
    schema = row_schema(layout.columns)
    return Reading(schema=schema, batches=record_batches(_rows(file, layout), schema), notes=layout.notes)


def _rows(file: InputFile, layout: Layout) -> Iterator[Row]:
    """Yield the rows below the header; each has as many cells as there are columns."""
    with file.text("" if layout.quoted else "\n") as text:
        rows = split_rows(text, layout.delimiter, quoted=layout.quoted, limit=layout.limit)
        try:
            for line, row in islice(rows, int(layout.header), None):
                if len(row) != len(layout.columns):
                    raise _uneven(file, layout, line, row)
                yield line, row
        except BrokenRow as error:
            raise DataError(
                f"broken row: {error.reason}",
                where=file.place(error.line),
                remedy=f"Mend the quotes in the record that starts there. {_other_quoting(layout)}",
            ) from error


def _uneven(file: InputFile, layout: Layout, line: int, row: list[str]) -> DataError:
    return DataError(
        f"broken row: {_cells(len(row))}, where the first row has {len(layout.columns)}",
        where=file.place(line),
        remedy=f"Mend the line, or say the right --delimiter. {_other_quoting(layout)}",
    )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _other_quoting(layout: Layout) -> str:
    if layout.quoted:
        return "If quotes are plain characters in this file, add --quoting none."
    return "If quotes enclose cells in this file, add --quoting minimal."
