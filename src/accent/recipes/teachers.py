"""A fine-tuned run as a teacher: its model, its rows' columns, and the labels that it gives where rows have none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa

from accent.config import DataConfig
from accent.config.distillation import DistillConfig
from accent.data import LoadedData, load
from accent.data.layouts import LAYOUTS
from accent.errors import ConfigError, DataError
from accent.inference import (
    Predictor,
    Settings,
    Teacher,
    fetch_base,
    find_model,
    find_own_base,
    read_settings,
    usual_columns,
)
from accent.modeling import CHANGES_FILE, Base, find_base, weight_bytes
from accent.strategies import make_strategy
from accent.tasks import check_imitable, check_labels

__all__ = ["FittedTeacher", "TaughtRows", "find_teacher", "read_rows"]

_IN_LAYERS = frozenset({"adapter", "prefix"})
"""Strategies that leave modules of their own in the layers."""


@dataclass(frozen=True, kw_only=True)
class FittedTeacher:
    """A teacher that answers a task."""

    teacher: Teacher
    settings: Settings
    base: Base
    """Its own weights, as what the student starts from."""
    bytes: int
    """What its weights take up on disk, with those of its base where it holds changes only."""

    @property
    def predictor(self) -> Predictor:
        """What answers."""
        return self.teacher.predictor


@dataclass(frozen=True, kw_only=True)
class TaughtRows:
    """The rows that a student learns from."""

    data: LoadedData
    read: LoadedData
    """The same rows as they were read."""

    @property
    def labelled(self) -> bool:
        """Whether the labels are the rows' own; else they are the teacher's answers."""
        return self.data is self.read


def find_teacher(config: DistillConfig) -> FittedTeacher:
    """Load the fine-tuned run that `config` names. Raises RunError where it is damaged or has no model yet."""
    folder = find_model(config.teacher)
    settings = read_settings(folder)
    fetch_base(config.teacher, base=None, offline=config.run.offline)
    predictor = Predictor.load(config.teacher, precision="fp32")
    check_imitable(predictor.task)
    if settings.saved == "whole":
        base, size = replace(find_base(str(folder)), name=config.teacher), weight_bytes(folder)
    else:
        base, size = _changed(config.teacher, folder, settings, predictor)
    teacher = Teacher(predictor, digest=base.digest, hidden=config.student.hidden_weight > 0)
    return FittedTeacher(teacher=teacher, settings=settings, base=base, bytes=size)


def read_rows(data: DataConfig, found: FittedTeacher, *, teacher: str, seed: int, offline: bool) -> TaughtRows:
    """Read rows for the teacher's task; where they have no labels, the teacher's answers become their labels.

    Raises DataError for labels that the teacher does not know, and for rows of words without tags.
    """
    task = found.predictor.task
    data = usual_columns(teacher, data, labelled=True, offline=offline)
    rows = load(data, task=task.kind, seed=seed, offline=offline, require_labels=False)
    if "label" in rows.splits["train"].column_names:
        rows = load(data, task=task.kind, seed=seed, offline=offline)
        for split in rows.splits.values():
            check_labels(task, split)
        return TaughtRows(data=rows, read=rows)
    if task.head == "tokens":
        raise DataError(
            f"the rows have no tags, and a student of {task.kind} needs them",
            where=data.source,
            remedy="Give rows with words and tags, such as those that the teacher was fine-tuned on.",
        )
    labelled = {name: _answered(split, found.predictor) for name, split in rows.splits.items()}
    return TaughtRows(data=replace(rows, splits=labelled), read=rows)


def _answered(rows: datasets.Dataset, predictor: Predictor) -> datasets.Dataset:
    """Return the rows with the teacher's answers as their labels."""
    task = predictor.task
    labels = [
        _label(answer)
        for _, predictions in predictor.predict(rows, labelled=False)
        for answer in task.answers(predictions)
    ]
    table = rows.with_format("arrow")[:].append_column("label", pa.array(labels, type=LAYOUTS[task.kind].label_type))
    return datasets.Dataset(table)


def _label(answer: dict[str, Any]) -> Any:
    """Return an answer as rows have it in their column of labels."""
    if "labels" in answer:
        return [one["label"] for one in answer["labels"]]
    if "values" in answer:
        return list(answer["values"].values())
    return [answer["value"]] if "value" in answer else answer["label"]


def _changed(teacher: str, folder: Path, settings: Settings, predictor: Predictor) -> tuple[Base, int]:
    """Return the weights of a run that holds changes to its base, merged into the model, and their bytes on disk."""
    strategy = make_strategy(settings.strategy)
    if strategy.kind in _IN_LAYERS:
        raise ConfigError(
            f"the teacher's layers hold modules of {strategy.kind}, which a student cannot keep",
            where=teacher,
            remedy="Give a run of full, partial, gradual, head or lora.",
        )
    strategy.finish(predictor.model)
    own = find_own_base(folder, settings, base=None, offline=True)
    made_of = own.digest.encode() + (folder / CHANGES_FILE).read_bytes() + repr(settings.strategy).encode()
    digest = hashlib.sha256(made_of).hexdigest()
    base = Base(teacher, folder, digest, predictor.model.config.model_type)
    return base, weight_bytes(folder) + weight_bytes(own.folder)
