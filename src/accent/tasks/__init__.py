"""Tasks: what a row asks, how the answer is read, how it is scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from accent.config import TaskConfig
from accent.tasks.adjusting import adjusted
from accent.tasks.checking import check_labels, check_training
from accent.tasks.classification import Classification
from accent.tasks.examples import IGNORED, Batch, Examples
from accent.tasks.gathering import encode_dataset
from accent.tasks.generation import Generation
from accent.tasks.imitating import TAUGHT_HIDDEN, TAUGHT_LOGITS, Imitation, check_imitable
from accent.tasks.multilabel import Multilabel
from accent.tasks.protocol import Columns, Predictions, SummedLoss, Task
from accent.tasks.qa import Qa
from accent.tasks.regression import Regression
from accent.tasks.summarization import Summarization
from accent.tasks.tagging import Tagging

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = [
    "IGNORED",
    "TASKS",
    "TAUGHT_HIDDEN",
    "TAUGHT_LOGITS",
    "Batch",
    "Classification",
    "Columns",
    "Examples",
    "Generation",
    "Imitation",
    "Multilabel",
    "Predictions",
    "Qa",
    "Regression",
    "Summarization",
    "SummedLoss",
    "Tagging",
    "Task",
    "adjusted",
    "check_imitable",
    "check_labels",
    "check_training",
    "encode_dataset",
    "make_task",
]

TASKS: Mapping[str, type[Task]] = {
    "classification": Classification,
    "generation": Generation,
    "multilabel": Multilabel,
    "qa": Qa,
    "regression": Regression,
    "summarization": Summarization,
    "tagging": Tagging,
}
"""Every task by its `kind`."""


def make_task(
    config: TaskConfig,
    splits: Mapping[str, Dataset],
    label_columns: Sequence[str] = (),
    *,
    metric: str | None = None,
) -> Task:
    """Make the task that `config` describes for these rows; several columns of numbers keep their names.

    `metric` is the score that chooses the best checkpoint, where it is not the task's own.
    """
    task = TASKS[config.kind].fit(config, splits)
    if isinstance(task, Classification):
        return task.aiming(metric)
    return task.named(label_columns) if isinstance(task, Regression) and len(label_columns) > 1 else task
