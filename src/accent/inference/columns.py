"""The columns that a run was trained on, for the files that come to it later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from accent.config import DataConfig
from accent.data.hub import read_hub
from accent.data.reading import Rows, read_file
from accent.data.sources import find_sources
from accent.data.vocabulary import ALL_ROWS, SPLITS
from accent.inference.settings import find_model
from accent.records import Record, RunFolder

__all__ = ["usual_columns"]


def usual_columns(target: str | Path, data: DataConfig, *, labelled: bool, offline: bool = False) -> DataConfig:
    """Return `data` with the run's own columns of texts and labels, where none are named and the file has them.

    `labelled` is whether labels are wanted too. A model folder without its run's record leaves `data` as it is, to be
    inferred. Raises DataError for a file that cannot be read and RunError for a damaged record.
    """
    schema = _schema_beside(find_model(target))
    if not schema:
        return data
    there = _columns(data, offline=offline)
    usual = tuple(name for name in schema["text_columns"] if name in there and name != data.label_column)
    texts = data.text_column or (usual if len(usual) == len(schema["text_columns"]) else ())
    label = data.label_column
    if labelled and label is None and schema["label_column"] in there - set(texts):
        label = schema["label_column"]
    return replace(data, text_column=texts, label_column=label)


def _schema_beside(model: Path) -> dict[str, Any]:
    """Return what the record beside a run's model says of its columns, nothing where there is no record."""
    folder = RunFolder(model.absolute().parent)
    if folder.model != model.absolute() or not folder.record.is_file():
        return {}
    schema: dict[str, Any] = Record.read(folder).data.get("schema", {})
    return schema


def _columns(data: DataConfig, *, offline: bool) -> set[str]:
    """Return the columns of the rows that `load_rows` chooses, by the first of their files."""
    sources = find_sources(data)
    parts = read_hub(sources.hub, offline=offline) if sources.hub else sources.files
    split = next(name for name in ("test", ALL_ROWS, *SPLITS) if name in parts)
    part = parts[split]
    rows = part if isinstance(part, Rows) else read_file(part[0], data)
    return set(rows.columns)
