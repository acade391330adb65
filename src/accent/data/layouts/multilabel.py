"""Multilabel: one text or a pair of them, and any number of labels: a list, a cell of several, or a column each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
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
    strings,
    untaken,
)
from accent.data.layouts.other_tasks import refuse
from accent.data.layouts.protocol import Documents, Label, Origin, Standard
from accent.data.layouts.values import parsed
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema
from accent.data.vocabulary import MULTILABEL_NAMES
from accent.errors import ConfigError, DataError

__all__ = ["MultilabelLayout"]

DELIMITERS = ("|", ";", ",")
# Of the pieces of a cell of labels most stand in other rows too; of a sentence with commas hardly any does.
RECURRING = 0.5
FEWEST_ROWS_TO_JUDGE = 10
YES = frozenset({"1", "true", "yes", "1.0"})
NO = frozenset({"0", "false", "no", "0.0"})


class MultilabelLayout:
    """Rows of a text or a pair of texts with a list of labels each, which may be empty."""

    task: ClassVar[TaskName] = "multilabel"
    label_type: ClassVar[pa.DataType] = pa.list_(pa.string())
    word_type: ClassVar[pa.DataType | None] = None
    documents: ClassVar[Documents] = "line"
    points_into_text: ClassVar[bool] = False
    one_context: ClassVar[bool] = False

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns of texts and labels: several label columns are one a label, named as the column is.

        Raises DataError where no column holds labels, or where a cell's labels cannot be told apart.
        """
        check_named(profiles, config, where)
        labels = config.label_column or _infer_labels(profiles, config, by_contents=require_labels)
        if require_labels and not labels:
            raise _no_labels(profiles, config, where)
        texts = find_texts(untaken(profiles, set(labels) - set(config.text_column)), config, where)
        labels = labels if require_labels or config.label_column else ()
        _check_apart(texts, labels, where)
        delimiter, inferred = _find_delimiter(labels, profiles, config, where)
        notes = [] if config.text_column else [columns_note("text", texts)]
        notes += [columns_note("labels", labels)] if labels and not config.label_column else []
        return Found(
            schema=Schema(
                text_columns=texts,
                label_columns=labels,
                group_column=config.group_column,
                label_names=labels if len(labels) > 1 else (),
                label_delimiter=delimiter,
            ),
            notes=(*notes, *inferred),
        )

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema`; the file must have all of its columns."""
        return fit_columns(schema, columns, where=where)

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:
        """Return texts, and each row's labels without empty and repeated ones."""
        texts = strings(batch, schema.text_columns)
        if not schema.label_columns:
            return Standard(texts=texts)
        if schema.label_names:
            found = _marked(batch, schema, origin)
        else:
            found = [
                _labels(cell, schema.label_delimiter) for cell in batch.column(schema.label_columns[0]).to_pylist()
            ]
        return Standard(texts=texts, labels=pa.array(found, type=self.label_type))

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:  # noqa: ARG002 - nothing is counted
        """Return nothing: cells are taken as they are."""
        return ()

    def key(self, label: Label) -> str:
        """Return the labels in the alphabet's order, or `no label`."""
        return " + ".join(sorted(label)) or "no label"

    def classes(self, label: Label) -> Sequence[str]:
        """Return the labels."""
        return tuple(label)

    def stratum(self, label: Label) -> str:
        """Return the row's first label."""
        return str(label[0]) if label else ""


def _infer_labels(profiles: Mapping[str, Profile], config: DataConfig, *, by_contents: bool) -> tuple[str, ...]:
    """Return the column of labels: by name, else the only one of lists, else the only one of cells that fall apart.

    Where labels are not needed, contents prove nothing: short texts look like labels.
    """
    rest = untaken(profiles, {*config.text_column, config.group_column})
    by_name = first_named(rest, MULTILABEL_NAMES)
    if by_name and (config.label_delimiter is not None or not _is_free_text(rest[by_name[0]])):
        return by_name
    if not by_contents:
        return ()
    likely: tuple[Callable[[Profile], bool], ...] = (
        lambda profile: profile.lists,
        lambda profile: _splitter(profile.values) is not None,
        lambda profile: profile.reads_like_labels,
    )
    for fits in likely:
        found = [name for name, profile in rest.items() if fits(profile)]
        if len(found) == 1:
            return (found[0],)
    return ()


def _no_labels(profiles: Mapping[str, Profile], config: DataConfig, where: str) -> DataError:
    """Return the error for a file without labels, or with a column that is called so and holds free text."""
    by_name = first_named(untaken(profiles, {*config.text_column, config.group_column}), MULTILABEL_NAMES)
    if not by_name:
        return refuse("multilabel", "column of labels", profiles, where)
    profile = profiles[by_name[0]]
    return DataError(
        f"the column {profile.name!r} holds free text and no labels that stand again: {profile.distinct} different "
        f"values in {profile.rows} rows, such as {profile.example!r}",
        where=where,
        remedy="Say what stands between the labels of a row with --label-delimiter, or name another --label-column.",
    )


def _is_free_text(profile: Profile) -> bool:
    listed = _written_lists(profile) or _splitter(profile.values) is not None
    return profile.reads_like_text and profile.differs and not listed


def _check_apart(texts: Sequence[str], labels: Sequence[str], where: str) -> None:
    both = next((name for name in labels if name in texts), None)
    if both is not None:
        raise DataError(
            f"the label column {both!r} is the text column too",
            where=where,
            remedy="Name the column of labels with --label-column.",
        )
    if len(set(labels)) < len(labels):
        raise DataError("a label column is named twice", where=where, remedy="Name each with --label-column once.")


def _find_delimiter(
    labels: Sequence[str], profiles: Mapping[str, Profile], config: DataConfig, where: str
) -> tuple[str | None, tuple[str, ...]]:
    """Return what stands between the labels of a cell, None where there are no such cells, and a note on it."""
    profile = profiles[labels[0]] if len(labels) == 1 else None
    in_cells = profile is not None and not profile.lists
    if config.label_delimiter is not None and labels and not in_cells:
        what = "lists" if profile is not None else "a column a label"
        raise ConfigError(
            f"the labels stand in {what}, so that nothing stands between them",
            where="label_delimiter",
            remedy="Leave --label-delimiter out.",
        )
    if profile is None or not in_cells or _written_lists(profile):
        return config.label_delimiter, ()
    if config.label_delimiter is not None:
        _check_delimiter(config.label_delimiter, profile, where)
        return config.label_delimiter, ()
    delimiter = _splitter(profile.values)
    if delimiter is not None:
        return delimiter, (f"label delimiter: {delimiter!r} (inferred)",)
    if profile.rows >= FEWEST_ROWS_TO_JUDGE and profile.differs:
        raise DataError(
            f"the label column {profile.name!r} holds no labels that stand again, such as {profile.example!r}",
            where=where,
            remedy="Say what stands between the labels of a row: --label-delimiter; or name another --label-column.",
        )
    return None, ("label delimiter: none (inferred: one label a cell)",)


def _check_delimiter(given: str, profile: Profile, where: str) -> None:
    """Raise DataError where the delimiter that is given splits no cell, and another would.

    Only different cells speak for the other one: a label that is written with a comma stands again as a whole.
    """
    other = _splitter(set(profile.values))
    if other is None or any(given in value for value in profile.values):
        return
    line, cell = next((line, cell) for line, cell in zip(profile.lines, profile.values, strict=True) if other in cell)
    raise DataError(
        f"no cell of the column {profile.name!r} has a {given!r}; {other!r} stands between labels: {cell[:60]!r}",
        where=f"{where}:{line}",
        remedy=f"Write --label-delimiter {other!r}, or leave it out.",
    )


def _written_lists(profile: Profile) -> bool:
    return any(isinstance(parsed(value), list) for value in profile.values)


def _splitter(values: Collection[str]) -> str | None:
    """Return the first delimiter that cuts cells into pieces which stand again in other cells."""
    for delimiter in DELIMITERS:
        cells = [set(_pieces(value, delimiter)) for value in values]
        counts = Counter(piece for cell in cells for piece in cell)
        pieces = [piece for cell in cells if len(cell) > 1 for piece in cell]
        if pieces and sum(counts[piece] > 1 for piece in pieces) >= RECURRING * len(pieces):
            return delimiter
    return None


def _pieces(value: str, delimiter: str | None) -> list[str]:
    return [value] if delimiter is None else value.split(delimiter)


def _labels(cell: object, delimiter: str | None) -> list[str]:
    """Return a cell's labels, stripped, without empty and repeated ones."""
    value = parsed(cell)
    pieces = value if isinstance(value, list) else _pieces("" if value is None else str(value), delimiter)
    stripped = ("" if piece is None else str(piece).strip() for piece in pieces)
    return [piece for piece in dict.fromkeys(stripped) if piece]


def _marked(batch: pa.RecordBatch, schema: Schema, origin: Origin) -> list[list[str]]:
    """Return the names of the columns that say yes, row by row."""
    found: list[list[str]] = [[] for _ in range(batch.num_rows)]
    for name in schema.label_names:
        for row, cell in enumerate(batch.column(name).to_pylist()):
            word = str(cell).strip().lower()
            if word in YES:
                found[row].append(name)
            elif word not in NO:
                raise DataError(
                    f"{cell!r} in the column {name!r} is neither yes nor no",
                    where=origin.place(row),
                    remedy="Write 1 or 0, true or false, yes or no in each column that stands for a label.",
                )
    return found
