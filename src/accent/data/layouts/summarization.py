"""Summarization: a long text and its references, the short texts that may stand for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
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
    only_one,
    single_text,
    strings,
    untaken,
)
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.layouts.values import as_lists
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import DOCUMENT_NAMES, SUMMARY_NAMES

__all__ = ["SummarizationLayout"]


class SummarizationLayout:
    """Rows of a document with one or several references, which stand in one column, in a list, or in a column each."""

    task: ClassVar[TaskName] = "summarization"
    label_type: ClassVar[pa.DataType] = pa.list_(pa.string())
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = False
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of documents and references; several label columns are several references.

        Raises DataError where one of them is missing.
        """
        check_named([*profiles, *_elsewhere(profiles, config)], config, where)
        open_profiles = untaken(profiles, {*config.text_column, config.group_column})
        labels = config.label_column or _infer_summaries(open_profiles)
        if require_labels and not labels:
            raise refuse("summarization", "column of summaries", profiles, where)
        texts = _text(untaken(profiles, set(labels) - set(config.text_column)), config, where)
        check_apart(labels, texts, what="summaries", where=where)
        labels = labels if require_labels or config.label_column else ()
        notes = [] if config.text_column else [columns_note("text", texts)]
        notes += [columns_note("summary", labels)] if labels and not config.label_column else []
        schema = Schema(text_columns=texts, label_columns=labels, group_column=config.group_column)
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema` with the columns of references that this file has: `summary`, or summary1, summary2, ....

        A test file often has more of them than the training rows. Raises DataError for a file without any.
        """
        there = tuple(name for name in schema.label_columns if name in columns)
        if schema.label_columns and not there:
            there = _numbered(schema.label_columns[0], columns)
        return fit_columns(replace(schema, label_columns=there or schema.label_columns), columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:  # noqa: ARG002 - any text will do
        """Return documents and each one's references without empty ones; [""] where there is none."""
        texts = strings(batch, schema.text_columns)
        if not schema.label_columns:
            return Standard(texts=texts)
        columns = [_references(batch.column(name)) for name in schema.label_columns]
        rows = [
            [text for cell in cells for text in cell if text.strip()] or [""] for cells in zip(*columns, strict=True)
        ]
        return Standard(texts=texts, labels=pa.array(rows, type=self.label_type))

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: cells are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the references, one after the other."""
        return " | ".join(label)

    def classes(self, label: Label) -> Sequence[str]:  # noqa: ARG002 - texts are no classes
        """Return nothing: texts are no classes."""
        return ()

    def stratum(self, label: Label) -> str:  # noqa: ARG002 - texts are no classes
        """Return "": texts are no classes."""
        return ""


def _text(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> tuple[str, ...]:
    if config.text_column:
        return (only_one(config.text_column, option="--text-column", what="one document a row", where=where),)
    strings_only = {name: profile for name, profile in profiles.items() if not profile.lists}
    named = first_named(untaken(strings_only, [config.group_column]), DOCUMENT_NAMES)
    return named or (single_text(find_texts(profiles, config, where), what="document", where=where),)


def _infer_summaries(profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """Return the column with the surest name, or those whose names differ from it by a number (summary1, summary2)."""
    plain = first_named(profiles, SUMMARY_NAMES)
    return plain or next((found for name in SUMMARY_NAMES if (found := _numbered(name, profiles))), ())


def _numbered(name: str, columns: Collection[str]) -> tuple[str, ...]:
    """Return the columns called as `name` with a number behind it, in the order of the numbers."""
    pattern = re.compile(rf"{re.escape(name)}[_ -]?(\d+)", re.IGNORECASE)
    found = {column: match for column in columns if (match := pattern.fullmatch(column))}
    return tuple(sorted(found, key=lambda column: int(found[column][1])))


def _elsewhere(profiles: Collection[str], config: DataConfig) -> tuple[str, ...]:
    """Return the label columns asked for that another split has: one of them in this file is enough."""
    there = any(name in profiles for name in config.label_column)
    return tuple(name for name in config.label_column if name not in profiles) if there else ()


def _references(column: pa.Array) -> list[list[str]]:
    """Return each cell's references: the strings of a list, or the one string."""
    return [
        listed if listed is not None else ["" if cell is None else str(cell)]
        for listed, cell in zip(as_lists(column), column.to_pylist(), strict=True)
    ]
