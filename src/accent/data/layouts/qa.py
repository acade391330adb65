"""Question answering: a question, the context that answers it, and where in the context the answers stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.layouts.answers import MOVED, read_answers
from accent.data.layouts.columns import (
    check_named,
    columns_note,
    first_named,
    fit_columns,
    strings,
    untaken,
)
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.layouts.values import parsed
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import ANSWER_NAMES, CONTEXT_NAMES, QUESTION_NAMES
from accent.errors import DataError

__all__ = ["QaLayout"]

ID = "id"
START_NAMES = ("answer_start", "start")


class QaLayout:
    """Rows of a question and a context with the context's passages that answer: {text, start}; none where none does."""

    task: ClassVar[TaskName] = "qa"
    label_type: ClassVar[pa.DataType] = pa.list_(pa.struct([("text", pa.string()), ("start", pa.int64())]))
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = True
    one_context: ClassVar[bool] = True

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of questions, contexts and answers: as asked (the question first), else by their names.

        Two label columns are the texts of answers and their starts. Raises DataError where one of them is missing.
        """
        check_named(profiles, config, where)
        texts = _texts(profiles, config, where)
        labels = config.label_column or _infer_answers(untaken(profiles, texts))
        if require_labels and not labels:
            raise refuse("qa", "column of answers", profiles, where)
        _check_answers(labels, where)
        labels = labels if require_labels or config.label_column else ()
        notes = [] if config.text_column else [columns_note("question and context", texts)]
        notes += [columns_note("answers", labels)] if labels and not config.label_column else []
        schema = Schema(text_columns=texts, label_columns=labels, group_column=config.group_column)
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:
        """Return questions, contexts and answers; DataError for an answer that does not stand in its context."""
        texts = strings(batch, schema.text_columns)
        if not schema.label_columns:
            return Standard(texts=texts)
        cells = _cells(batch, schema)
        ids = batch.column(ID).to_pylist() if ID in batch.schema.names else [None] * batch.num_rows
        answers = [
            read_answers(cell, context, _place(origin, row, ids[row]), origin.counts)
            for row, (cell, context) in enumerate(zip(cells, texts[1].to_pylist(), strict=True))
        ]
        return Standard(texts=texts, labels=pa.array(answers, type=self.label_type))

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:
        """Say how many answers were moved."""
        moved = counts.get(MOVED, 0)
        return (f"answers: {moved:,} moved to where they stand",) if moved else ()

    def key(self, label: Label) -> str:
        """Return the texts of the answers, or `no answer`."""
        return " | ".join(f"{answer['text']} ({answer['start']})" for answer in label) or "no answer"

    def classes(self, label: Label) -> Sequence[str]:  # noqa: ARG002 - answers are no classes
        """Return nothing: answers are no classes."""
        return ()

    def stratum(self, label: Label) -> str:  # noqa: ARG002 - answers are no classes
        """Return "": answers are no classes."""
        return ""


def _texts(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> tuple[str, ...]:
    if config.text_column:
        if len(set(config.text_column)) != 2:  # noqa: PLR2004 - a question and a context
            raise DataError(
                f"one text column: {config.text_column[0]}",
                where=where,
                remedy="Give --text-column twice: the question first, then the context.",
            )
        return config.text_column
    open_profiles = untaken(profiles, {*config.label_column, config.group_column})
    question = first_named(open_profiles, QUESTION_NAMES)
    context = first_named(open_profiles, CONTEXT_NAMES)
    if not question or not context:
        raise refuse("qa", "columns of questions and contexts", profiles, where)
    return *question, *context


def _infer_answers(profiles: Mapping[str, Profile]) -> tuple[str, ...]:
    """Return the column of answers, and that of their starts where the answers are bare texts."""
    answers = first_named(profiles, ANSWER_NAMES)
    starts = first_named(profiles, START_NAMES)
    if not answers or not starts or profiles[answers[0]].lists:
        return answers
    bare = all(isinstance(parsed(value), str) for value in profiles[answers[0]].values)
    return (*answers, *starts) if bare else answers


def _check_answers(labels: Sequence[str], where: str) -> None:
    if len(labels) > 2 or len(set(labels)) < len(labels):  # noqa: PLR2004 - texts and starts
        raise DataError(
            f"{len(labels)} columns for the answers: {', '.join(labels)}",
            where=where,
            remedy="Give --label-column once, or twice: the texts of the answers, then their starts.",
        )


def _cells(batch: pa.RecordBatch, schema: Schema) -> list[Any]:
    """Return what is written of each row's answers, texts and starts put together."""
    columns: list[list[Any]] = [batch.column(name).to_pylist() for name in schema.label_columns]
    if len(columns) == 1:
        return columns[0]
    return [{"text": text or "", "start": None if start == "" else start} for text, start in zip(*columns, strict=True)]


def _place(origin: Origin, row: int, name: object) -> str:
    return origin.place(row) if name is None else f"{origin.place(row)}, id {name}"
