"""What a layout offers: which columns a task reads, and how the rows of a file become standard rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import pyarrow as pa

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data.profiles import Profile
from accent.data.schema import Found, Schema

__all__ = ["Documents", "Label", "Layout", "Origin", "Standard"]

Documents = Literal["line", "paragraph", "file"]

Label = Any
"""A row's label as the standard column gives it back: a str, a list or a dict, by the layout's `label_type`."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the rows of one batch stand, for messages, and a count of what was done to them.

    `lines` has each row's line (or record number) in the file `name`; `counts` adds up over all batches of a split.
    """

    name: str
    lines: Sequence[int]
    counts: Counter[str] = field(default_factory=Counter)

    def place(self, row: int) -> str:
        """Return `file:line` of the batch's row `row`, counted from 0."""
        return f"{self.name}:{self.lines[row]}"


@dataclass(frozen=True, kw_only=True)
class Standard:
    """The standard columns of one batch of N rows: one or two of texts, and the labels where there are such.

    `words` are the places of words in the texts, for a layout with a `word_type` and rows without labels.
    """

    texts: tuple[pa.Array, ...]
    labels: pa.Array | None = None
    words: pa.Array | None = None


class Layout(Protocol):
    """Which columns a task reads, and what their cells become.

    A standard row has `text` (str), for pairs `text_pair` (str), and where there are labels `label` of `label_type`;
    where there are none, it has `words` of `word_type` if the layout has one.
    """

    task: ClassVar[TaskName]
    """The task whose rows are laid out so."""
    label_type: ClassVar[pa.DataType]
    """The Arrow type of the column `label`."""
    word_type: ClassVar[pa.DataType | None]
    """The Arrow type of the column `words`, which rows without labels have where each word gets its own answer."""
    documents: ClassVar[Documents]
    """What a row of a plain text file is where nobody says; without labels to learn from it is always a line."""
    points_into_text: ClassVar[bool]
    """Whether labels name places in the texts by character: then no cleaning step may change a text."""
    one_context: ClassVar[bool]
    """Whether rows that share their second text stay in one split that Accent cuts, where no group column is named."""

    def find(self, profiles: Mapping[str, Profile], config: DataConfig, *, where: str, require_labels: bool) -> Found:
        """Return the columns that are read of a file with these profiles, and what was inferred.

        Columns that `config` names must be there. Without `require_labels` the labels may be missing. Raises DataError
        for columns that are missing or cannot be told apart, and for data that is laid out for another task, with its
        `--task`.
        """
        ...

    def fit(self, schema: Schema, columns: Collection[str], *, where: str) -> Schema:
        """Return `schema` as it stands in another file with these columns, such as that of the test split.

        Raises DataError where the file lacks a column that is needed.
        """
        ...

    def convert(self, batch: pa.RecordBatch, schema: Schema, origin: Origin) -> Standard:
        """Return a batch of the file's own columns as standard columns; empty text cells become "".

        Raises DataError with `file:line` for a cell that is no label of this layout.
        """
        ...

    def notes(self, counts: Mapping[str, int]) -> tuple[str, ...]:
        """Say in words what `convert` has counted in `Origin.counts`, over all splits."""
        ...

    def key(self, label: Label) -> str:
        """Return the label in words: two labels that mean the same have the same key, others have different ones.

        It is blank where the label is missing, and only there: a row may well have no label (multilabel) or no answer
        (qa), and says so in its key.
        """
        ...

    def classes(self, label: Label) -> Sequence[str]:
        """Return the different classes that the label holds, in order of appearance; none where there are no classes.

        The class itself for classification, the labels of a row for multilabel, the types of entities (or the plain
        tags, such as parts of speech) for tagging, and nothing for numbers and for texts.
        """
        ...

    def stratum(self, label: Label) -> str:
        """Return the class by which rows are spread evenly over the splits, "" where there is none."""
        ...
