"""The rows of one split in standard columns: text, text_pair, label (or words), group, origin_file, origin_line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from accent.config.types import CleaningStep
from accent.data.cleaning import Cleaner, CleanRow
from accent.data.layouts import Layout, Origin, Standard
from accent.data.layouts.columns import strings
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


def standard_rows(parts: Sequence[Rows], schema: Schema, cleaning: Cleaning, *, layout: Layout) -> Stored:
    """Return the rows of the files in `parts`, one after the other, laid out and cleaned, as a stored table.

    Empty text cells become "". The table's facts hold `cleaning` (step -> rows changed), `dropped` (rows) and `counts`
    (what the layout did to rows). Raises DataError where a file lacks a column of the schema, for a cell that is no
    label, and where no row is left.
    """
    fitted = [(part, layout.fit(schema, part.columns, where=part.name)) for part in parts]
    key = key_of(
        standard=[(part.key, part.name) for part in parts],
        layout=layout.task,
        schema=astuple(schema),
        steps=cleaning.steps,
        spellings=cleaning.spellings,
    )
    return find(key) or _write(key, fitted, cleaning, layout)


def count_labels(parts: Iterable[Rows], schema: Schema, *, layout: Layout) -> Counter[str]:
    """Return how often each label (of multilabel rows: each of their labels) stands in the files."""
    counts: Counter[str] = Counter()
    for part in parts:
        fitted = layout.fit(schema, part.columns, where=part.name)
        for batch in part.table.batches():
            labels: pa.Array = layout.convert(batch, fitted, _origin(batch, part, Counter())).labels
            flat = labels.flatten() if pa.types.is_list(labels.type) else labels
            for pair in pc.value_counts(flat).to_pylist():
                counts[pair["values"]] += pair["counts"]
    return counts


def _write(key: str, parts: Sequence[tuple[Rows, Schema]], cleaning: Cleaning, layout: Layout) -> Stored:
    target = _arrow_schema(parts[0][1], layout)
    table = store(key, target, lambda write: _fill(parts, cleaning, layout, write))
    if table.facts["rows"]:
        return table
    raise DataError(
        "no row is left after cleaning",
        where=", ".join(part.name for part, _ in parts),
        remedy=f"Look at the texts, or leave out the steps that drop rows: --clean {','.join(cleaning.steps)}.",
    )


def _arrow_schema(schema: Schema, layout: Layout) -> pa.Schema:
    fields = [(name, pa.string()) for name in ["text", *["text_pair"][: len(schema.text_columns) - 1]]]
    if schema.label_columns:
        fields.append(("label", layout.label_type))
    elif layout.word_type is not None:
        fields.append(("words", layout.word_type))
    fields += [("group", pa.string())] if schema.group_column is not None else []
    return pa.schema([*fields, ("origin_file", pa.string()), ("origin_line", pa.int64())])


def _fill(parts: Sequence[tuple[Rows, Schema]], cleaning: Cleaning, layout: Layout, write: Write) -> Facts:
    cleaner = Cleaner(cleaning.steps, cleaning.spellings or {})
    counts: Counter[str] = Counter()
    dropped = 0
    for part, schema in parts:
        target = _arrow_schema(schema, layout)
        for batch in _slices(part.table.batches()):
            standard = layout.convert(batch, schema, _origin(batch, part, counts))
            chosen = pa.RecordBatch.from_arrays(
                [*standard.texts, *_labels(standard), *_rest(batch, part, schema)], schema=target
            )
            cleaned = _clean(chosen, cleaner, layout) if cleaning.steps else chosen
            dropped += chosen.num_rows - cleaned.num_rows
            write(cleaned)
    return {"cleaning": dict(cleaner.changed), "dropped": dropped, "counts": dict(counts)}


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for start in range(0, batch.num_rows, SLICE):
            yield batch.slice(start, SLICE)


def _origin(batch: pa.RecordBatch, part: Rows, counts: Counter[str]) -> Origin:
    return Origin(name=part.name, lines=batch.column(ORIGIN_LINE).to_pylist(), counts=counts)


def _labels(standard: Standard) -> list[pa.Array]:
    return [column for column in (standard.labels, standard.words) if column is not None]


def _rest(batch: pa.RecordBatch, part: Rows, schema: Schema) -> list[pa.Array]:
    """Return the columns behind texts and labels: the group where there is one, the file, and the line."""
    groups = [] if schema.group_column is None else strings(batch, [schema.group_column])
    return [*groups, pa.repeat(pa.scalar(part.name, pa.string()), batch.num_rows), batch.column(ORIGIN_LINE)]


def _clean(batch: pa.RecordBatch, cleaner: Cleaner, layout: Layout) -> pa.RecordBatch:
    names = [name for name in ("text", "text_pair") if name in batch.schema.names]
    texts = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
    labels = _clean_labels(batch, layout)
    rows = [cleaner.clean(CleanRow(pair, label)) for pair, label in zip(texts, labels, strict=True)]
    kept = batch.filter(pa.array([row is not None for row in rows], type=pa.bool_()))
    left = [row for row in rows if row is not None]
    columns: dict[str, list[Any]] = {name: [row.texts[place] for row in left] for place, name in enumerate(names)}
    if "label" in batch.schema.names and _has_classes(layout):
        columns["label"] = [row.label for row in left]
    arrays = [
        pa.array(columns[field.name], type=field.type) if field.name in columns else kept.column(field.name)
        for field in batch.schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _clean_labels(batch: pa.RecordBatch, layout: Layout) -> Sequence[str | tuple[str, ...] | None]:
    """Return each row's label as cleaning takes it: the class, the classes, or else what the label says in words."""
    if "label" not in batch.schema.names:
        return [None] * batch.num_rows
    labels = batch.column("label").to_pylist()
    if _has_classes(layout):
        return [tuple(label) if isinstance(label, list) else label for label in labels]
    return [layout.key(label) for label in labels]


def _has_classes(layout: Layout) -> bool:
    return layout.task in {"classification", "multilabel"}
