"""Predictions that a task's temperature has not met yet: those of the task before it was tuned, and of baselines."""

from __future__ import annotations

from accent.tasks.classification import Classification
from accent.tasks.multilabel import Multilabel
from accent.tasks.protocol import Predictions, Task

__all__ = ["adjusted"]


def adjusted(task: Task, predictions: Predictions) -> Predictions:
    """Return predictions that were made without the task's temperature as they are with it; others are as they were."""
    return task.adjusted(predictions) if isinstance(task, (Classification, Multilabel)) else predictions
