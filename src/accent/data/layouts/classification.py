"""Classification: one text or a pair of them, and one label of few."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.layouts.columns import (
    check_named,
    columns_note,
    find_texts,
    first_named,
    fit_columns,
    only_one,
    strings,
    untaken,
)
from accent.data.layouts.other_tasks import other_task_hint, refuse_tokens_and_answers
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import LABEL_NAMES
from accent.errors import DataError

__all__ = ["ClassificationLayout"]

FEWEST_ROWS_TO_JUDGE = 10


class ClassificationLayout:
    """Rows of a text or a pair of texts with one label each, a string."""

    task: ClassVar[TaskName] = "classification"
    label_type: ClassVar[pa.DataType] = pa.string()
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = False
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of texts and label.

        Raises DataError for no or several columns that may hold the text or the label, for labels that are free text
        or differ in every row, and for data that belongs to another task.
        """
        check_named(profiles, config, where)
        if not config.text_column:
            refuse_tokens_and_answers(profiles, where, label_named=bool(config.label_column))
        texts = find_texts(profiles, config, where)
        label = _label(profiles, config, {*texts, config.group_column}, where, required=require_labels)
        if label and require_labels:
            _check_labels(profiles[label[0]], texts, profiles, where)
        schema = Schema(text_columns=texts, label_columns=label, group_column=config.group_column)
        notes = [] if config.text_column else [columns_note("text", texts)]
        notes += [columns_note("label", label)] if label and not config.label_column else []
        return Found(schema=schema, notes=tuple(notes))

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:  # noqa: ARG002 - any string is a label
        """Return texts and labels as strings, "" for empty cells."""
        labels = strings(batch, schema.label_columns)
        return Standard(texts=strings(batch, schema.text_columns), labels=labels[0] if labels else None)

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: cells are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the label itself."""
        return str(label)

    def classes(self, label: Label) -> Sequence[str]:
        """Return the label itself."""
        return (label,)

    def stratum(self, label: Label) -> str:
        """Return the label itself."""
        return str(label)


def _label(
    profiles: Mapping[str, Profile], config: DataConfig, used: set[str | None], where: str, *, required: bool
) -> tuple[str, ...]:
    """Return the label column: as asked, else by name, else the only one with few values; none if not needed."""
    if config.label_column:
        what = "one label a row (several are for --task multilabel or regression)"
        return (only_one(config.label_column, option="--label-column", what=what, where=where),)
    rest = {name: profile for name, profile in untaken(profiles, used).items() if not profile.lists}
    named = first_named(rest, LABEL_NAMES)
    if named:
        return named
    likely = [name for name, profile in rest.items() if profile.reads_like_labels]
    if len(likely) == 1:
        return (likely[0],)
    if not required:
        return ()
    if likely:
        what = f"{len(likely)} columns may hold the label: {', '.join(likely)}"
    else:
        what = f"no column of labels among {', '.join(profiles)}"
    remedy = "Say which it is: --label-column NAME." if rest else "Give each row a label too, such as a CSV text,label."
    raise DataError(what, where=where, remedy=remedy + other_task_hint(profiles))


def _check_labels(profile: Profile, texts: Sequence[str], profiles: Mapping[str, Profile], where: str) -> None:
    """Raise DataError where the label column cannot be one of classes: it holds lists, the text, or free text."""
    if profile.name in texts:
        problem = "is the text column too"
    elif profile.lists:
        problem = "holds lists, where classification needs one label a row"
    elif profile.rows < FEWEST_ROWS_TO_JUDGE or profile.fractional or not profile.differs:
        return
    elif profile.spaced:
        problem = f"holds free text: {profile.distinct} different values in {profile.rows} rows, such as "
        problem += repr(profile.example)
    else:
        problem = f"has {profile.distinct} different values in {profile.rows} rows, as an identifier has"
    raise DataError(
        f"the label column {profile.name!r} {problem}",
        where=where,
        remedy="Name the column of classes with --label-column." + other_task_hint(profiles),
    )
