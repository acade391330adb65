"""What a column's values look like, from at most 1,000 rows spread evenly over the table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from accent.data.readers import ORIGIN_LINE
from accent.data.store import Stored

__all__ = ["Profile", "profile_columns"]

SAMPLE = 1000
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
# Judged on the sets in the tests: texts hold spaces in over 90 % of rows, identifiers and labels in almost none.
SPACED = 0.3
LONG = 30
DIFFERENT = 0.5
MOST_LABELS = 0.3
FEW = 4


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A column in numbers; empty cells are left out of all but `rows`, lists of all but `name`, `lists` and `rows`."""

    name: str
    lists: bool
    rows: int
    distinct: int
    mean_length: float
    spaced: bool
    numeric: bool
    fractional: bool
    example: str
    values: tuple[str, ...] = field(repr=False)
    """The cells that were looked at."""
    lines: tuple[int, ...] = field(repr=False)
    """The line of each of these cells."""

    @property
    def differs(self) -> bool:
        """Whether more than half of the values are different ones."""
        return self.distinct > DIFFERENT * self.rows

    @property
    def reads_like_text(self) -> bool:
        """Whether the values are words with spaces, and either long or mostly different."""
        return not self.lists and not self.numeric and self.spaced and (self.differs or self.mean_length >= LONG)

    @property
    def reads_like_labels(self) -> bool:
        """Whether a few values stand again and again."""
        few = 1 < self.distinct < self.rows and self.distinct <= max(FEW, MOST_LABELS * self.rows)
        return not self.lists and few and self.mean_length < LONG


def profile_columns(table: Stored) -> dict[str, Profile]:
    """Return the profile of each of the file's own columns, in order."""
    rows = table.facts["rows"]
    stride = max(1, rows // SAMPLE)
    pieces = list(_every(table.batches(), stride))
    columns = [field for field in table.schema if field.name != ORIGIN_LINE]
    lines = [line for piece in pieces for line in piece[ORIGIN_LINE].to_pylist()]
    return {
        field.name: _profile(field, [value for piece in pieces for value in piece[field.name].to_pylist()], lines)
        for field in columns
    }


def _every(batches: Iterable[pa.RecordBatch], stride: int) -> Iterable[pa.RecordBatch]:
    """Yield every `stride`-th row, counted over all batches."""
    passed = 0
    for batch in batches:
        first = -passed % stride
        yield batch.take(pa.array(range(first, batch.num_rows, stride), type=pa.int64()))
        passed += batch.num_rows


def _profile(field: pa.Field, values: list[Any], lines: list[int]) -> Profile:
    lists = pa.types.is_nested(field.type)
    given = [] if lists else [(value, line) for value, line in zip(values, lines, strict=True) if value]
    texts = [value for value, _ in given]
    count = max(1, len(texts))
    distinct = set(texts)
    return Profile(
        name=field.name,
        lists=lists,
        rows=len(values),
        distinct=len(distinct),
        mean_length=sum(map(len, texts)) / count,
        spaced=sum(" " in text.strip() for text in texts) >= SPACED * count and bool(texts),
        numeric=bool(texts) and all(NUMBER.fullmatch(text.strip()) for text in distinct),
        fractional=bool(texts)
        and all(NUMBER.fullmatch(text.strip()) for text in distinct)
        and any("." in text for text in distinct),
        example=_shorten(max(texts, key=len, default="")),
        values=tuple(texts),
        lines=tuple(line for _, line in given),
    )


def _shorten(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG] + "..."
