"""Where rows come from and how they are read, cleaned and split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Len

from accent.config.types import (
    Allowance,
    CleaningStep,
    ColumnNames,
    Format,
    NonNegativeInt,
    PositiveInt,
    SplitShare,
    Text,
)

__all__ = ["DataConfig", "ReadingConfig", "adds_up"]

_ROUNDING = 0.1


@dataclass(frozen=True, kw_only=True)
class ReadingConfig:
    """How a file is read, as far as that cannot be inferred."""

    format: Format | None = None
    """The file format; without it, read off the file's name and first bytes."""
    encoding: Text | None = None
    """The text encoding, such as latin-1. Without it UTF-8; a file that is not, but whose bytes are plausible western
    European text, is read as latin-1 (or cp1252), and that is noted."""
    delimiter: Text | None = None
    """The character between CSV columns; without it, inferred from the name and the first lines."""
    quoting: Literal["minimal", "none"] | None = None
    """Quotes enclose cells (minimal) or are plain characters (none); without it, minimal for CSV and none for TSV."""
    header: Literal["first", "none"] | None = None
    """Whether the first line names the columns; without it, inferred from the first rows."""
    columns: ColumnNames | None = None
    """Names of all columns, in order, for a file without a header."""


@dataclass(frozen=True, kw_only=True)
class DataConfig(ReadingConfig):
    """Rows of text with labels: a file, a folder of splits, `builtin:NAME` or a Hub data set."""

    source: Text
    """A file, a folder that holds train/validation/test files, builtin:NAME, or a Hub data set's name."""
    validation: Text | None = None
    """A file of validation rows."""
    test: Text | None = None
    """A file of test rows."""
    split: Annotated[tuple[SplitShare, ...], Len(3, 3)] = (80.0, 10.0, 10.0)
    """Percent of rows for train, validation and test, where the source brings no split of its own."""
    split_seed: NonNegativeInt | None = None
    """The seed of that split, so that runs with several seeds share their rows; without it, the run's own."""
    group_column: Text | None = None
    """Rows with the same value here (a document, an author) stay in one split."""
    text_column: Annotated[ColumnNames, Len(0, 2)] = ()
    """The column of texts; give it twice for pairs. Without it, inferred from the columns' names and contents."""
    label_column: ColumnNames = ()
    """The column of labels; several times for one column a label (multilabel) or a number (regression). Without it,
    inferred from the columns' names and contents."""
    label_delimiter: Text | None = None
    """What stands between the labels of a row (multilabel); without it, inferred: | ; or a comma."""
    documents: Literal["line", "paragraph", "file"] | None = None
    """What a row of a plain text file is; without it a line, and for generation a paragraph: what stands between blank
    lines."""
    clean: tuple[CleaningStep, ...] = ()
    """Cleaning steps, done in the order given; how many rows each changed is reported."""
    limit: PositiveInt | None = None
    """At most this many rows of each split, the first in the file's order."""
    allow: tuple[Allowance, ...] = ()
    """Audit errors that do not stop the run."""

    def seed_of_split(self, seed: int) -> int:
        """Return the seed that rows are split by, where the run's is `seed`."""
        return seed if self.split_seed is None else self.split_seed


def adds_up(shares: Sequence[float]) -> bool:
    """Tell whether percentages make a whole; 33.3,33.3,33.3 do, because thirds cannot be written exactly."""
    return round(abs(sum(shares) - 100.0), 9) <= _ROUNDING
