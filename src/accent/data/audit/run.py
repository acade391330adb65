"""The audit: every check over all splits, gathered and ordered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from accent.data.audit.classes import Classes, read_classes
from accent.data.audit.conflicts import conflicts
from accent.data.audit.copies import duplicates, find_copies, leaks
from accent.data.audit.findings import Audit, Finding, SplitFacts
from accent.data.audit.labels import one_class, spellings, unseen_labels
from accent.data.audit.lengths import LengthFacts, Lengths, length_facts, measure, tell_lengths, truncation
from accent.data.audit.near_leaks import near_leaks
from accent.data.audit.rows import Codes, Table, read_table
from accent.data.audit.sizes import imbalance, small_classes
from accent.data.audit.texts import empty_rows, quoted_cells

if TYPE_CHECKING:
    from accent.data.loading import LoadedData

__all__ = ["audit"]

_GRAVITY = {"error": 0, "warning": 1, "note": 2}


def audit(
    data: LoadedData,
    *,
    allow: tuple[str, ...] = (),
    lengths: Lengths | None = None,
    max_length: int | None = None,
    seed: int = 0,
) -> Audit:
    """Return all that is worth knowing about `data` before a model learns from it.

    `lengths(texts, pairs)` gives untruncated lengths in tokens (without it nothing is said of lengths), `max_length`
    is where training would cut. `allow` names errors that shall not stop training. The answer does not depend on the
    order of rows inside a split; the seed moves the hash functions of the near-copy search and nothing else.
    """
    table = read_table(data)
    measured = {} if lengths is None else measure(table, lengths)
    classes = read_classes(table)
    found = [*_check(table, classes, seed), *tell_lengths(measured)]
    if max_length is not None and measured:
        found += truncation(table, measured, max_length)
    return Audit(
        findings=tuple(sorted(found, key=lambda finding: _GRAVITY[finding.severity])),
        splits=_facts(table, classes, measured, max_length),
        allow=tuple(allow),
    )


def _check(table: Table, classes: Classes, seed: int) -> Iterator[Finding]:
    """Yield what the checks find, the plainest mistakes first."""
    yield from empty_rows(table)
    yield from quoted_cells(table)
    for check in (one_class, spellings, unseen_labels, small_classes, imbalance):
        yield from check(table, classes)
    copies = find_copies(table)
    yield from conflicts(copies, classes)
    yield from leaks(copies)
    yield from near_leaks(copies, seed=seed)
    yield from duplicates(copies)


def _facts(table: Table, classes: Classes, measured: dict[str, Codes], max_length: int | None) -> dict[str, SplitFacts]:
    facts = {}
    for at, split in enumerate(table.splits):
        counts = {} if split.labels is None else _label_counts(table, classes.label_rows[at])
        lengths = length_facts(measured[split.name], max_length) if measured else LengthFacts()
        facts[split.name] = SplitFacts(rows=len(split), labels=counts, **asdict(lengths))
    return facts


def _label_counts(table: Table, counts: Codes) -> dict[str, int]:
    order = np.argsort(-counts, kind="stable")
    return {table.labels[label]: int(counts[label]) for label in order if counts[label]}
