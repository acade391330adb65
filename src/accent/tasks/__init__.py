"""Tasks: what a row asks, how the answer is read, how it is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from accent.config import TaskConfig
from accent.tasks.classification import Classification
from accent.tasks.protocol import SummedLoss, Task

__all__ = ["TASKS", "Classification", "SummedLoss", "Task", "make_task"]

TASKS: Mapping[str, Callable[..., Task]] = {"classification": Classification}
"""Every task by its `kind`."""


def make_task(config: TaskConfig, labels: Sequence[str]) -> Task:
    """Make the task that `config` describes for these label names."""
    return TASKS[config.kind](labels, label_smoothing=config.label_smoothing)
