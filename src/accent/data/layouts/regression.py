"""Regression: one text or a pair of them, and one number or several, each in a column of its own."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.layouts.columns import (
    check_apart,
    check_named,
    columns_note,
    find_texts,
    first_named,
    fit_columns,
    strings,
    untaken,
)
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import NUMBER_NAMES
from accent.errors import DataError

__all__ = ["RegressionLayout"]


class RegressionLayout:
    """Rows of a text or a pair of texts with a list of numbers, one for each label column."""

    task: ClassVar[TaskName] = "regression"
    label_type: ClassVar[pa.DataType] = pa.list_(pa.float64())
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = False
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of texts and numbers; the numbers are called as their columns are.

        Raises DataError where no column, or several without a well-known name, may hold the number.
        """
        check_named(profiles, config, where)
        labels = config.label_column or _infer_number(profiles, config, where, required=require_labels)
        texts = find_texts(untaken(profiles, set(labels) - set(config.text_column)), config, where)
        check_apart(labels, texts, what="numbers", where=where)
        labels = labels if require_labels or config.label_column else ()
        notes = [] if config.text_column else [columns_note("text", texts)]
        notes += [columns_note("number", labels)] if labels and not config.label_column else []
        schema = Schema(text_columns=texts, label_columns=labels, group_column=config.group_column, label_names=labels)
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:
        """Return texts and numbers; DataError for a cell that is no finite number."""
        texts = strings(batch, schema.text_columns)
        if not schema.label_columns:
            return Standard(texts=texts)
        columns = [
            [_number(cell, name, origin, row) for row, cell in enumerate(batch.column(name).to_pylist())]
            for name in schema.label_columns
        ]
        return Standard(texts=texts, labels=pa.array(map(list, zip(*columns, strict=True)), type=self.label_type))

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: cells are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the numbers as Python writes them."""
        return ", ".join(map(repr, label))

    def classes(self, label: Label) -> Sequence[str]:  # noqa: ARG002 - numbers are no classes
        """Return nothing: numbers are no classes."""
        return ()

    def stratum(self, label: Label) -> str:  # noqa: ARG002 - numbers are no classes
        """Return "": numbers are no classes."""
        return ""


def _infer_number(
    profiles: Mapping[str, Profile], config: DataConfig, where: str, *, required: bool
) -> tuple[str, ...]:
    """Return the column of the number: by name, else the only one of numbers, those with fractions before others."""
    rest = untaken(profiles, {*config.text_column, config.group_column})
    named = first_named(rest, NUMBER_NAMES)
    if named and not _is_no_number(rest[named[0]]):
        return named
    numbers = {name: profile for name, profile in rest.items() if profile.numeric and not _is_identifier(profile)}
    fractions = [name for name, profile in numbers.items() if profile.fractional]
    likely = fractions or list(numbers)
    if len(likely) == 1:
        return (likely[0],)
    if not required:
        return ()
    if not likely:
        raise refuse("regression", "column of numbers", profiles, where)
    raise DataError(
        f"{len(likely)} columns may hold the number: {', '.join(likely)}",
        where=where,
        remedy=f"Say which: --label-column {likely[0]!r} (give it several times for several numbers a row).",
    )


def _is_no_number(profile: Profile) -> bool:
    """Return whether the column holds none at all: one bad cell among numbers is named with its line instead."""
    return profile.lists or not any(_parse(value) is not None for value in profile.values)


def _is_identifier(profile: Profile) -> bool:
    """Return whether the column numbers the rows: another whole number in each."""
    return not profile.fractional and profile.distinct == profile.rows


def _number(cell: object, name: str, origin: Origin, row: int) -> float:
    number = _parse(cell)
    if number is not None:
        return number
    what = "an empty cell" if cell is None or not str(cell).strip() else repr(cell)
    raise DataError(
        f"{what} in the column {name!r}, which has to hold a number",
        where=origin.place(row),
        remedy="Write a finite number there, with a point before its fraction, or leave the row out.",
    )


def _parse(cell: object) -> float | None:
    """Return the number that a cell writes, None where it is none or has no end."""
    try:
        number = float(str(cell))
    except ValueError:
        return None
    # Python reads 1_000 as a number; a file means something else with it.
    return number if math.isfinite(number) and "_" not in str(cell) else None
