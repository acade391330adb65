"""The audit: every check over all splits, gathered and ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from accent.config.tasks import TaskName
from accent.data.audit.answers import long_answers, unanswered
from accent.data.audit.classes import Classes, read_classes
from accent.data.audit.conflicts import conflicts
from accent.data.audit.copies import duplicates, find_copies, leaks, shared_contexts
from accent.data.audit.findings import Audit, Finding, SplitFacts
from accent.data.audit.labels import one_class, spellings, unseen_labels, unseen_tags
from accent.data.audit.lengths import (
    LengthFacts,
    Lengths,
    is_completed,
    length_facts,
    measure,
    several_windows,
    tell_lengths,
    truncation,
)
from accent.data.audit.near_leaks import near_leaks
from accent.data.audit.reading import read_table
from accent.data.audit.rows import Codes, SplitRows, Table
from accent.data.audit.sizes import imbalance, small_classes, small_labels
from accent.data.audit.tags import stray_tags
from accent.data.audit.texts import empty_rows, quoted_cells
from accent.data.audit.verdicts import read_verdicts

if TYPE_CHECKING:
    from accent.data.loading import LoadedData

__all__ = ["audit"]

_GRAVITY = {"error": 0, "warning": 1, "note": 2}

_CLASS_CHECKS: Mapping[TaskName, tuple[Callable[[Table, Classes], Iterator[Finding]], ...]] = {
    "classification": (one_class, spellings, unseen_labels, small_classes, imbalance),
    "multilabel": (spellings, unseen_labels, small_labels),
    "tagging": (unseen_tags,),
}
"""What is asked of the classes, where labels have such."""
_LABEL_CHECKS: Mapping[TaskName, tuple[Callable[[Table], Iterator[Finding]], ...]] = {
    "tagging": (stray_tags,),
    "qa": (long_answers, unanswered),
}
"""What is asked of each label by itself."""


def audit(
    data: LoadedData,
    *,
    allow: tuple[str, ...] = (),
    lengths: Lengths | None = None,
    max_length: int | None = None,
    windows: bool = False,
    seed: int = 0,
) -> Audit:
    """Return all that is worth knowing about `data` before a model learns from it; its task says what is asked.

    `lengths(texts, pairs)` gives untruncated lengths in tokens (without it nothing is said of lengths), `max_length`
    is where training would cut, or with `windows` go on in another window. `allow` names errors that shall not stop
    training. The answer does not depend on the order of rows inside a split; the seed moves the hash functions of the
    near-copy search and nothing else.
    """
    table = read_table(data)
    measured = {} if lengths is None else measure(table, lengths)
    windows = windows and not is_completed(table)
    classes = read_classes(table)
    found = [*_check(table, classes, seed), *tell_lengths(measured, windows=windows)]
    if max_length is not None and measured:
        found += (several_windows if windows else truncation)(table, measured, max_length)
    facts = [length_facts(measured[split.name], max_length, windows=windows) for split in table.splits if measured]
    return Audit(
        findings=tuple(sorted(found, key=lambda finding: _GRAVITY[finding.severity])),
        splits=_facts(table, classes, facts or [LengthFacts() for _ in table.splits]),
        allow=tuple(allow),
    )


def _check(table: Table, classes: Classes, seed: int) -> Iterator[Finding]:
    """Yield what the checks find, the plainest mistakes first."""
    yield from empty_rows(table)
    yield from quoted_cells(table)
    for check in _CLASS_CHECKS.get(table.task, ()):
        yield from check(table, classes)
    for ask in _LABEL_CHECKS.get(table.task, ()):
        yield from ask(table)
    copies, verdicts = find_copies(table), read_verdicts(table, classes)
    if verdicts is not None:
        yield from conflicts(copies, verdicts)
    yield from leaks(copies)
    yield from near_leaks(copies, seed=seed)
    yield from shared_contexts(table)
    yield from duplicates(copies)


def _facts(table: Table, classes: Classes, lengths: list[LengthFacts]) -> dict[str, SplitFacts]:
    return {
        split.name: SplitFacts(
            rows=len(split),
            labels=_label_counts(table, classes.label_rows[at]),
            numbers=_number_facts(table, split),
            **asdict(lengths[at]),
        )
        for at, split in enumerate(table.splits)
    }


def _label_counts(table: Table, counts: Codes) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable")
    return {table.labels[label]: int(counts[label]) for label in order if counts[label]}


def _number_facts(table: Table, split: SplitRows) -> dict[str, dict[str, float]]:
    if split.labels is None or not len(split):
        return {}
    columns = zip(table.numbers, split.labels.measures_NM.T, strict=False)
    return {
        name: {"min": float(found.min()), "mean": float(found.mean()), "max": float(found.max())}
        for name, found in columns
    }
