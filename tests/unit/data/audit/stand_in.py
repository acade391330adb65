"""Data as the reader of files would give it, made from rows in the test itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import datasets
import pyarrow as pa

from accent.config.tasks import TaskName
from accent.data.audit import Audit, Finding
from accent.data.layouts import LAYOUTS
from accent.data.schema import Schema

if TYPE_CHECKING:
    from accent.data.loading import LoadedData

__all__ = ["Row", "findings", "loaded", "loaded_splits", "only", "tagged"]

Row = tuple[Any, ...]
"""(text, label), or (text, second text, label)."""


def loaded(**splits: Sequence[Row]) -> LoadedData:
    """Return data with a given split, whose split NAME stands in NAME.tsv, a row a line."""
    return loaded_splits(splits)


def loaded_splits(
    splits: Mapping[str, Sequence[Row]],
    *,
    task: TaskName = "classification",
    numbers: tuple[str, ...] = (),
    given_split: bool = True,
    order: Mapping[str, Sequence[int]] | None = None,
) -> LoadedData:
    """Return the same for any task; `numbers` names those of regression, `order` shuffles rows, not their file."""
    made = {name: _dataset(name, rows, task) for name, rows in splits.items()}
    for name, places in (order or {}).items():
        made[name] = made[name].select(list(places))
    schema = Schema(text_columns=("text",), label_names=numbers)
    return cast("LoadedData", SimpleNamespace(task=task, splits=made, schema=schema, given_split=given_split))


def tagged(words: str) -> Row:
    """Return a row of tagging made of `Ann/B-PER lives/O`; words stand apart by single spaces."""
    parts = [word.rpartition("/") for word in words.split()]
    starts = [sum(len(word) + 1 for word, _, _ in parts[:at]) for at in range(len(parts))]
    ends = [start + len(word) for start, (word, _, _) in zip(starts, parts, strict=True)]
    text = " ".join(word for word, _, _ in parts)
    return text, {"starts": starts, "ends": ends, "tags": [tag for _, _, tag in parts]}


def findings(audit: Audit, kind: str) -> list[Finding]:
    """Return the findings of one kind."""
    return [one for one in audit.findings if one.kind == kind]


def only(audit: Audit, kind: str) -> Finding:
    """Return the one finding of a kind."""
    (found,) = findings(audit, kind)
    return found


def _dataset(name: str, rows: Sequence[Row], task: TaskName) -> datasets.Dataset:
    columns = {"text": pa.array([row[0] for row in rows], type=pa.string())}
    if rows and len(rows[0]) == 3:
        columns["text_pair"] = pa.array([row[1] for row in rows], type=pa.string())
    columns["label"] = pa.array([row[-1] for row in rows], type=LAYOUTS[task].label_type)
    columns["origin_file"] = pa.array([f"{name}.tsv"] * len(rows), type=pa.string())
    columns["origin_line"] = pa.array(range(1, len(rows) + 1), type=pa.int64())
    return datasets.Dataset(pa.table(columns))
