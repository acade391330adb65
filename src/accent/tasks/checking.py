"""What a task checks beyond what every task does: before training, and before a file is scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from accent.config import LongTextsConfig
from accent.tasks.generation import Generation
from accent.tasks.labels import refuse_unknown
from accent.tasks.protocol import Task
from accent.tasks.tagging import Tagging
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["check_labels", "check_training"]


def check_training(task: Task, splits: Mapping[str, Dataset], encoder: Encoder, long_texts: LongTextsConfig) -> None:
    """Refuse rows and settings that could only fail once something is trained. Raises ConfigError and DataError."""
    if isinstance(task, Generation):
        task.check(splits, encoder, long_texts)


def check_labels(task: Task, rows: Dataset) -> tuple[str, ...]:
    """Return what is to be said of the rows' labels, such as tags that the model can never give.

    Raises DataError with `file:line` for classes that the model does not know, and for tags that it would misread.
    """
    if isinstance(task, Tagging):
        return task.check(rows)
    refuse_unknown(rows, task.labels)
    return ()
