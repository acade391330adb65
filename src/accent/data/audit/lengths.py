"""Lengths in tokens: how long the rows are, and what the maximum length would cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.data.audit.findings import PLACES_SHOWN, Finding, Place, Severity
from accent.data.audit.rows import Codes, SplitRows, Table
from accent.data.audit.wording import counted, percent, verb

__all__ = [
    "LengthFacts",
    "Lengths",
    "is_completed",
    "length_facts",
    "measure",
    "several_windows",
    "tell_lengths",
    "truncation",
]

Lengths = Callable[[list[str], list[str] | None], npt.NDArray[np.integer]]
"""Untruncated lengths in tokens (rows,) of texts, or of pairs of texts, special tokens included."""

_MANY_CUT = 0.05
_COVERED = 0.99
_SMALLEST_STEP = 64
_CUT = "`--max-length` says how many are read; longer rows are cut."
_IN_WINDOWS = "`--max-length` says how many are read at once; longer rows are read in several windows."


@dataclass(frozen=True, kw_only=True)
class LengthFacts:
    """The lengths of a split in numbers, under the names that they have in SplitFacts."""

    length_mean: float | None = None
    length_p95: float | None = None
    length_max: int | None = None
    truncated_rows: int | None = None
    truncated_tokens: int | None = None


def measure(table: Table, lengths: Lengths) -> dict[str, Codes]:
    """Return the length of each row (N,) of each split, from `lengths` called with 1,000 rows at a time."""
    return {split.name: _measure_split(split, lengths, completed=is_completed(table)) for split in table.splits}


def is_completed(table: Table) -> bool:
    """Say whether rows are prompts with completions: both are read at once, and cut where they are too long."""
    return table.task == "generation" and all("label" in split.dataset.column_names for split in table.splits)


def length_facts(lengths: Codes, max_length: int | None, *, windows: bool = False) -> LengthFacts:
    """Return mean, 95th percentile and maximum of lengths (N,), and what `max_length` cuts: with windows nothing."""
    if not len(lengths):
        return LengthFacts()
    beyond = None if max_length is None else np.maximum(lengths - max_length, 0) * (not windows)
    return LengthFacts(
        length_mean=float(lengths.mean()),
        length_p95=float(np.percentile(lengths, 95)),
        length_max=int(lengths.max()),
        truncated_rows=None if beyond is None else int(np.count_nonzero(beyond)),
        truncated_tokens=None if beyond is None else int(beyond.sum()),
    )


def tell_lengths(lengths: Mapping[str, Codes], *, windows: bool = False) -> Iterator[Finding]:
    """Yield a note on how long the rows of each split are."""
    told = [
        f"{name} {values.mean():,.1f} on average, 95 % up to {np.percentile(values, 95):,.0f}, "
        f"the longest {values.max():,}"
        for name, values in lengths.items()
        if len(values)
    ]
    if told:
        yield Finding(
            kind="lengths",
            severity="note",
            what=f"tokens a row: {'; '.join(told)}",
            remedy=_IN_WINDOWS if windows else _CUT,
            count=sum(map(len, lengths.values())),
        )


def truncation(table: Table, lengths: Mapping[str, Codes], max_length: int) -> Iterator[Finding]:
    """Yield a finding when rows are longer than `max_length`: a warning where it cuts over 5 % of a split."""
    cut = {name: int((values > max_length).sum()) for name, values in lengths.items()}
    count = sum(cut.values())
    if not count:
        return
    told = [_cut_of(name, values, max_length) for name, values in lengths.items() if cut[name]]
    many = any(cut[name] > _MANY_CUT * len(values) for name, values in lengths.items())
    severity: Severity = "warning" if many else "note"
    yield Finding(
        kind="truncation",
        severity=severity,
        what=f"{counted(count, 'row')} {verb(count, 'is', 'are')} longer than {counted(max_length, 'token')} and would "
        f"be cut: {'; '.join(told)}",
        remedy=_longer(np.concatenate(list(lengths.values())), max_length),
        count=count,
        places=_long_rows(table, lengths, max_length),
    )


def several_windows(table: Table, lengths: Mapping[str, Codes], max_length: int) -> Iterator[Finding]:
    """Yield a note when rows are longer than `max_length` and are read in parts that overlap: nothing is cut."""
    long = {name: int((values > max_length).sum()) for name, values in lengths.items()}
    count = sum(long.values())
    if count:
        told = [
            f"{percent(long[name], len(values))} of the {name} rows" for name, values in lengths.items() if long[name]
        ]
        yield Finding(
            kind="windows",
            severity="note",
            what=f"{counted(count, 'row')} {verb(count, 'is', 'are')} longer than {counted(max_length, 'token')} and "
            f"{verb(count, 'is', 'are')} read in several windows: {'; '.join(told)}",
            remedy="Nothing needs to be done: no token is lost, and each window takes the time of a row.",
            count=count,
            places=_long_rows(table, lengths, max_length),
        )


def _measure_split(split: SplitRows, lengths: Lengths, *, completed: bool) -> Codes:
    batches = split.completed_batches() if completed else split.text_batches()
    parts = [np.asarray(lengths(texts, pairs), dtype=np.int64) for texts, pairs in batches]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _cut_of(name: str, lengths: Codes, max_length: int) -> str:
    rows, tokens = int((lengths > max_length).sum()), int(np.maximum(lengths - max_length, 0).sum())
    return (
        f"{percent(rows, len(lengths))} of the {name} rows, {percent(tokens, int(lengths.sum()))} of "
        f"{verb(len(lengths), 'its', 'their')} tokens"
    )


def _longer(lengths: Codes, max_length: int) -> str:
    """Say which power of two covers 99 % of the rows, and what it would still cut."""
    length = _SMALLEST_STEP
    while length <= max_length or (lengths <= length).mean() < _COVERED:
        length *= 2
    left = int((lengths > length).sum())
    rest = f"would cut {counted(left, 'row')}" if left else "would cut none"
    return f"`--max-length {length}` {rest}, where the base reads so many tokens and the time is there."


def _long_rows(table: Table, lengths: Mapping[str, Codes], max_length: int) -> tuple[Place, ...]:
    """Return the first rows that are too long, split by split."""
    found: list[Place] = []
    for split in table.splits:
        tokens = lengths[split.name]
        rows = split.in_file_order(np.flatnonzero(tokens > max_length))[:PLACES_SHOWN]
        found += table.places(split, rows, prefixes=[f"{counted(int(tokens[row]), 'token')}: " for row in rows])
    return tuple(found[:PLACES_SHOWN])
