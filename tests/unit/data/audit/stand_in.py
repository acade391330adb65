"""Data as the reader of files would give it, made from rows in the test itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import datasets

from accent.data.audit import Audit, Finding

if TYPE_CHECKING:
    from accent.data.loading import LoadedData

__all__ = ["Row", "findings", "loaded", "loaded_splits", "only"]

Row = tuple[str, ...]
"""(text, label), or (text, second text, label)."""


def loaded(**splits: Sequence[Row]) -> LoadedData:
    """Return data with a given split, whose split NAME stands in NAME.tsv, a row a line."""
    return loaded_splits(splits)


def loaded_splits(
    splits: Mapping[str, Sequence[Row]],
    *,
    given_split: bool = True,
    order: Mapping[str, Sequence[int]] | None = None,
) -> LoadedData:
    """Return the same; `order` shuffles a split's rows, not its file."""
    made = {name: _dataset(name, rows) for name, rows in splits.items()}
    for name, places in (order or {}).items():
        made[name] = made[name].select(list(places))
    return cast("LoadedData", SimpleNamespace(splits=made, given_split=given_split))


def findings(audit: Audit, kind: str) -> list[Finding]:
    """Return the findings of one kind."""
    return [one for one in audit.findings if one.kind == kind]


def only(audit: Audit, kind: str) -> Finding:
    """Return the one finding of a kind."""
    (found,) = findings(audit, kind)
    return found


def _dataset(name: str, rows: Sequence[Row]) -> datasets.Dataset:
    columns: dict[str, list[str] | list[int]] = {"text": [row[0] for row in rows]}
    if rows and len(rows[0]) == 3:
        columns["text_pair"] = [row[1] for row in rows]
    columns["label"] = [row[-1] for row in rows]
    columns["origin_file"] = [f"{name}.tsv"] * len(rows)
    columns["origin_line"] = list(range(1, len(rows) + 1))
    return datasets.Dataset.from_dict(columns)
