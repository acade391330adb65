"""Distill: a teacher in, a smaller student out, with what it keeps of the teacher measured."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from accent.config.distillation import DistillConfig, is_fitted
from accent.recipes.listening import Listen, ignore
from accent.recipes.outcome import RunOutcome
from accent.recipes.starting import start_run
from accent.recipes.task_students import teach_task
from accent.recipes.text_students import teach_text
from accent.report import DISTILLED
from accent.training import World

__all__ = ["DistillOutcome", "distill"]


@dataclass(frozen=True)
class DistillOutcome(RunOutcome):
    """What a distillation leaves behind."""

    verb = "distill"

    @property
    def worth(self) -> dict[str, Any] | None:
        """What the student keeps of the teacher, how fast and how large it is; None where nothing was scored."""
        return self.scores.get(DISTILLED)


def distill(config: DistillConfig, *, listen: Listen = ignore, began: float | None = None) -> DistillOutcome:
    """Train a smaller student from a teacher, and measure what it keeps of the teacher's score, its speed and size.

    A fine-tuned teacher teaches its task on rows, with or without labels; one that was pretrained, or a base, teaches
    on running text. Raises the errors of teacher, data and run folder before anything is trained. `began` is when a
    time budget begins, by `time.perf_counter`, where that is before this call.
    """
    world = World()
    start = start_run(config, listen, active=world.is_main)
    if began is not None:
        start.writer.began(began)
    teach = teach_task if is_fitted(config.teacher) else teach_text
    with start.lock or nullcontext(), start.writer.recording():
        ended, scores = teach(config, start, world)
    return DistillOutcome(start.writer.folder.path, scores, ended.reason)
