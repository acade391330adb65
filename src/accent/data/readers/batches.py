"""Records in Python turned into batches of Arrow records, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from accent.data.readers.protocol import ORIGIN_LINE
from accent.errors import DataError

__all__ = ["column_name", "record_batches", "row_schema"]

ROWS_A_BATCH = 10_000
# A batch of long documents ends sooner: 64 million characters stay far below Arrow's 2 GiB a string column.
CHARACTERS_A_BATCH = 64_000_000

Value = object
Row = tuple[int, Sequence[Value]]


def row_schema(columns: Sequence[str], types: dict[str, pa.DataType] | None = None) -> pa.Schema:
    """Return the schema of rows with these columns (strings unless `types` says otherwise) and their origin's line.

    Raises DataError where two columns share a name.
    """
    twice = sorted({name for name in columns if list(columns).count(name) > 1} | {ORIGIN_LINE} & set(columns))
    if twice:
        raise DataError(
            f"two columns are called {twice[0]!r}",
            where="columns: " + ", ".join(columns),
            remedy="Rename one of them; or give names with --header none --columns a,b,c.",
        )
    known = types or {}
    fields = [pa.field(name, known.get(name, pa.string())) for name in columns]
    return pa.schema([*fields, pa.field(ORIGIN_LINE, pa.int64())])


def record_batches(rows: Iterable[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield rows of (line, cells in the schema's order) in batches of at most 10,000 rows."""
    lines: list[int] = []
    cells: list[Sequence[Value]] = []
    characters = 0
    for line, row in rows:
        lines.append(line)
        cells.append(row)
        characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if len(lines) >= ROWS_A_BATCH or characters >= CHARACTERS_A_BATCH:
            yield _batch(lines, cells, schema)
            lines, cells, characters = [], [], 0
    if lines:
        yield _batch(lines, cells, schema)


def column_name(position: int) -> str:
    """Return the name of a column that has none; `position` counts from 0."""
    return f"column_{position + 1}"


def _batch(lines: list[int], cells: list[Sequence[Value]], schema: pa.Schema) -> pa.RecordBatch:
    values = [*zip(*cells, strict=True), lines]
    arrays = [pa.array(column, type=field.type) for column, field in zip(values, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
