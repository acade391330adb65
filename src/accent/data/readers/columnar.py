"""Parquet and Arrow: typed columns, turned into strings and lists batch by batch."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq

from accent.data.compression import COMPRESSIONS, open_bytes
from accent.data.readers.batches import ROWS_A_BATCH
from accent.data.readers.protocol import ORIGIN_LINE, InputFile, Reading, ReadOptions
from accent.errors import DataError

__all__ = ["as_rows", "read_arrow", "read_parquet", "text_schema"]

BROKEN = (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError)


def read_parquet(file: InputFile, options: ReadOptions) -> Reading:  # noqa: ARG001 - the format settles everything
    """Read a Parquet file row group by row group; `origin_line` is the record's number, from 1."""
    with _local(file) as path, _broken_as_data_error(file):
        schema = pq.read_schema(path)
    return Reading(schema=text_schema(schema), batches=as_rows(_parquet_batches(file), schema))


def read_arrow(file: InputFile, options: ReadOptions) -> Reading:  # noqa: ARG001 - the format settles everything
    """Read an Arrow file (Feather 2) or stream; `origin_line` is the record's number, from 1."""
    with _local(file) as path, _broken_as_data_error(file), pa.memory_map(str(path)) as source:
        schema = _open_arrow(source)[0]
    return Reading(schema=text_schema(schema), batches=as_rows(_arrow_batches(file), schema))


def as_rows(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the batches with every column as strings or lists of strings, class numbers as names, and ORIGIN_LINE."""
    features = datasets.Features.from_arrow_schema(schema)
    target = text_schema(schema)
    first = 1
    for batch in batches:
        columns = [
            _as_text(batch.column(place), features[field.name], target.field(place).type)
            for place, field in enumerate(schema)
        ]
        lines = pa.array(range(first, first + batch.num_rows), type=pa.int64())
        yield pa.RecordBatch.from_arrays([*columns, lines], schema=target)
        first += batch.num_rows


def text_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema of the rows that `as_rows` yields: strings, lists of strings, and ORIGIN_LINE."""
    fields = [pa.field(field.name, _text_type(field.type)) for field in schema]
    return pa.schema([*fields, pa.field(ORIGIN_LINE, pa.int64())])


def _text_type(kind: pa.DataType) -> pa.DataType:
    lists = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return pa.list_(pa.string()) if lists and not pa.types.is_nested(kind.value_type) else pa.string()


def _as_text(column: pa.Array, feature: object, kind: pa.DataType) -> pa.Array:
    if isinstance(feature, datasets.ClassLabel):
        return pa.array([_name(feature, value) for value in column.to_pylist()], type=pa.string())
    inner = getattr(feature, "feature", None)
    if isinstance(inner, datasets.ClassLabel):
        rows = [None if row is None else [_name(inner, value) for value in row] for row in column.to_pylist()]
        return pa.array(rows, type=kind)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_nested(column.type) and kind == pa.string():
        values = [None if value is None else json.dumps(value, default=str) for value in column.to_pylist()]
        return pa.array(values, type=pa.string())
    return column.cast(kind)


def _name(feature: datasets.ClassLabel, value: int | None) -> str | None:
    """Return the class's name; -1 is how a hidden label is written."""
    return feature.names[value] if value is not None and value >= 0 else None


def _parquet_batches(file: InputFile) -> Iterator[pa.RecordBatch]:
    with _local(file) as path, _broken_as_data_error(file), pq.ParquetFile(path) as parquet:
        yield from parquet.iter_batches(batch_size=ROWS_A_BATCH)


def _arrow_batches(file: InputFile) -> Iterator[pa.RecordBatch]:
    with _local(file) as path, _broken_as_data_error(file), pa.memory_map(str(path)) as source:
        yield from _open_arrow(source)[1]


def _open_arrow(source: pa.NativeFile) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema and the batches of an Arrow file or, where it is none, of an Arrow stream."""
    try:
        reader = pa.ipc.open_file(source)
    except pa.ArrowInvalid:
        source.seek(0)
        stream = pa.ipc.open_stream(source)
        return stream.schema, iter(stream)
    return reader.schema, (reader.get_batch(place) for place in range(reader.num_record_batches))


@contextmanager
def _local(file: InputFile) -> Iterator[Path]:
    """Give a path of the plain file: these formats are read from their end, so a compressed one is unpacked first."""
    if file.path.suffix.lower() not in COMPRESSIONS:
        yield file.path
        return
    with tempfile.NamedTemporaryFile(prefix="accent-") as plain:
        with open_bytes(file.path) as stream:
            shutil.copyfileobj(stream, plain, 1 << 20)
        plain.flush()
        yield Path(plain.name)


@contextmanager
def _broken_as_data_error(file: InputFile) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise DataError(
            f"unreadable bytes: {str(error).splitlines()[0]}",
            where=file.name,
            remedy="Write the file again; its name or --format must say what it is (parquet or arrow).",
        ) from error
