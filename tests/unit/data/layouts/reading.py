"""Rows of files that a test writes, laid out for a task."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from accent.config.data import DataConfig
from accent.config.tasks import TaskName
from accent.data import load, load_rows
from accent.errors import UserError

__all__ = ["Write", "jsonl", "notes", "refused", "rows"]

Write = Callable[[str, str | bytes], Path]


def jsonl(records: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a JSON Lines file."""
    return "".join(json.dumps(record) + "\n" for record in records)


def rows(path: Path, task: TaskName, *, require_labels: bool = True, **config: Any) -> list[dict[str, Any]]:
    """Return the standard rows of a file in its order, without their origins."""
    data = DataConfig(source=str(path), **config)
    found = load_rows(data, task=task, require_labels=require_labels)
    return [{name: value for name, value in row.items() if not name.startswith("origin")} for row in found]


def notes(path: Path, task: TaskName, **config: Any) -> tuple[str, ...]:
    """Return what is said when the file is loaded."""
    return load(DataConfig(source=str(path), **config), task=task, seed=0).notes


def refused(path: Path, task: TaskName, *, require_labels: bool = True, **config: Any) -> UserError:
    """Return the error that the file is refused with; it has two lines."""
    with pytest.raises(UserError) as caught:
        rows(path, task, require_labels=require_labels, **config)
    assert len(str(caught.value).splitlines()) == 2
    return caught.value
