"""The columns that a run was trained on, for the files that come to it later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

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
    types = _columns(data, offline=offline)
    there = set(types)
    usual = tuple(name for name in schema["text_columns"] if name in there and name not in data.label_column)
    texts = data.text_column or (usual if len(usual) == len(schema["text_columns"]) else ())
    labels = data.label_column
    if labelled and not labels and set(schema["label_columns"]) <= there - set(texts):
        labels = tuple(schema["label_columns"])
    delimiter = data.label_delimiter
    # A run that split cells into labels splits them the same way later, however few rows there are to infer it from.
    if len(labels) == 1 and labels == tuple(schema["label_columns"]) and types.get(labels[0]) == pa.string():
        delimiter = delimiter or schema.get("label_delimiter")
    return replace(data, text_column=texts, label_column=labels, label_delimiter=delimiter)


def _schema_beside(model: Path) -> dict[str, Any]:
    """Return what the record beside a run's model says of its columns, nothing where there is no record."""
    folder = RunFolder(model.absolute().parent)
    if folder.model != model.absolute() or not folder.record.is_file():
        return {}
    schema: dict[str, Any] = Record.read(folder).data.get("schema", {})
    return schema


def _columns(data: DataConfig, *, offline: bool) -> dict[str, pa.DataType]:
    """Return the columns and types of the rows that `load_rows` chooses, by the first of their files."""
    sources = find_sources(data)
    parts = read_hub(sources.hub, offline=offline) if sources.hub else sources.files
    split = next(name for name in ("test", ALL_ROWS, *SPLITS) if name in parts)
    part = parts[split]
    rows = part if isinstance(part, Rows) else read_file(part[0], data)
    return rows.columns
