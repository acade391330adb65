"""The rows of one split in standard columns: text, text_pair, label, group, origin_file, origin_line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass

import pyarrow as pa
import pyarrow.compute as pc

from accent.config.types import CleaningStep
from accent.data.cleaning import Cleaner, CleanRow
from accent.data.readers import ORIGIN_LINE
from accent.data.reading import Rows
from accent.data.schema import Schema
from accent.data.store import Facts, Stored, Write, find, key_of, store
from accent.errors import DataError

__all__ = ["Cleaning", "count_labels", "standard_rows"]

SLICE = 10_000


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """The cleaning steps in order, and for the step `labels` the spelling that stands for each label."""

    steps: tuple[CleaningStep, ...] = ()
    spellings: Mapping[str, str] | None = None


def standard_rows(parts: Sequence[Rows], schema: Schema, cleaning: Cleaning) -> Stored:
    """Return the rows of the files in `parts`, one after the other, cleaned, as a stored table.

    Empty cells become "". The table's facts hold `cleaning` (step -> rows changed) and `dropped` (rows). Raises
    DataError where a file lacks a column of the schema, and where no row is left.
    """
    for part in parts:
        _check_columns(part, schema)
    key = key_of(
        standard=[(part.key, part.name) for part in parts],
        schema=astuple(schema),
        steps=cleaning.steps,
        spellings=cleaning.spellings,
    )
    return find(key) or _write(key, parts, schema, cleaning)


def count_labels(parts: Iterable[Rows], column: str) -> Counter[str]:
    """Return how often each label stands in the files."""
    counts: Counter[str] = Counter()
    for part in parts:
        _check_column(part, column)
        for batch in part.table.batches():
            for pair in pc.value_counts(batch.column(column)).to_pylist():
                counts[pair["values"] or ""] += pair["counts"]
    return counts


def _check_columns(part: Rows, schema: Schema) -> None:
    for column in filter(None, [*schema.text_columns, schema.label_column, schema.group_column]):
        _check_column(part, column)


def _check_column(part: Rows, column: str) -> None:
    if column not in part.columns:
        names = ", ".join(name for name in part.columns if name != ORIGIN_LINE)
        raise DataError(
            f"no column {column!r}, which the training rows have",
            where=part.name,
            remedy=f"Give all files the same columns; those of this file are: {names}.",
        )


def _write(key: str, parts: Sequence[Rows], schema: Schema, cleaning: Cleaning) -> Stored:
    table = store(key, _arrow_schema(schema), lambda write: _fill(parts, schema, cleaning, write))
    if table.facts["rows"]:
        return table
    raise DataError(
        "no row is left after cleaning",
        where=", ".join(part.name for part in parts),
        remedy=f"Look at the texts, or leave out the steps that drop rows: --clean {','.join(cleaning.steps)}.",
    )


def _arrow_schema(schema: Schema) -> pa.Schema:
    names = ["text", *["text_pair"][: len(schema.text_columns) - 1]]
    names += ["label"] if schema.label_column is not None else []
    names += ["group"] if schema.group_column is not None else []
    return pa.schema([*((name, pa.string()) for name in [*names, "origin_file"]), ("origin_line", pa.int64())])


def _fill(parts: Sequence[Rows], schema: Schema, cleaning: Cleaning, write: Write) -> Facts:
    cleaner = Cleaner(cleaning.steps, cleaning.spellings or {})
    target = _arrow_schema(schema)
    dropped = 0
    for part in parts:
        for batch in _slices(part.table.batches()):
            chosen = _choose(batch, part.name, schema, target)
            cleaned = _clean(chosen, cleaner) if cleaning.steps else chosen
            dropped += chosen.num_rows - cleaned.num_rows
            write(cleaned)
    return {"cleaning": dict(cleaner.changed), "dropped": dropped}


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, SLICE):
            yield batch.slice(start, SLICE)


def _choose(batch: pa.RecordBatch, name: str, schema: Schema, target: pa.Schema) -> pa.RecordBatch:
    columns = filter(None, [*schema.text_columns, schema.label_column, schema.group_column])
    arrays = [pc.fill_null(batch.column(column).cast(pa.string()), "") for column in columns]
    files = pa.repeat(pa.scalar(name, pa.string()), batch.num_rows)
    return pa.RecordBatch.from_arrays([*arrays, files, batch.column(ORIGIN_LINE)], schema=target)


def _clean(batch: pa.RecordBatch, cleaner: Cleaner) -> pa.RecordBatch:
    names = [name for name in ("text", "text_pair") if name in batch.schema.names]
    texts = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
    has_label = "label" in batch.schema.names
    labels = batch.column("label").to_pylist() if has_label else [None] * batch.num_rows
    rows = [cleaner.clean(CleanRow(pair, label)) for pair, label in zip(texts, labels, strict=True)]
    kept = batch.filter(pa.array([row is not None for row in rows], type=pa.bool_()))
    left = [row for row in rows if row is not None]
    arrays = [pa.array([row.texts[place] for row in left], type=pa.string()) for place in range(len(names))]
    if has_label:
        arrays.append(pa.array([row.label for row in left], type=pa.string()))
    rest = [kept.column(place) for place in range(len(arrays), kept.num_columns)]
    return pa.RecordBatch.from_arrays([*arrays, *rest], schema=batch.schema)
