"""Labels of a file that a saved model is to be scored on, checked before anything is predicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accent.tasks.labels import refuse_unknown
from accent.tasks.protocol import Task
from accent.tasks.tagging import Tagging

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["check_labels"]


def check_labels(task: Task, rows: Dataset) -> tuple[str, ...]:
    """Return what is to be said of the rows' labels, such as tags that the model can never give.

    Raises DataError with `file:line` for classes that the model does not know, and for tags that it would misread.
    """
    if isinstance(task, Tagging):
        return task.check(rows)
    refuse_unknown(rows, task.labels)
    return ()
