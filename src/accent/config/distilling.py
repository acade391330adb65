"""Settings of a distillation that have no effect, or that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from accent.config.contradictions import Contradiction, clash, idle
from accent.config.distillation import DistillConfig, is_fitted

__all__ = ["distill_rules"]

_LEAVE = "Leave it out."
_LESSONS = ("block_length", "mask_rate", "soft_weight", "token_weight", "attention")
_OF_ROWS = ("validation", "test", "group_column", "split_seed", "label_column", "label_delimiter", "clean", "allow")


def distill_rules(config: DistillConfig) -> Iterator[Contradiction]:
    """Yield what does not go together; a teacher that answers a task is told from others by its accent.json."""
    cause = ("teacher",)
    if is_fitted(config.teacher):
        for name in _LESSONS:
            yield idle(("lessons", name), "the teacher answers a task, and no running text is read", _LEAVE, cause)
        return
    yield idle(("student", "alpha"), "running text has no labels", _LEAVE, cause)
    for name in _OF_ROWS:
        yield idle(("data", name), "the teacher was not fine-tuned, and running text is read", _LEAVE, cause)
    if not config.lessons.mask_rate:
        remedy = "Give a share above 0, such as 0.15."
        yield clash(("lessons", "mask_rate"), "a mask rate of 0 hides nothing to learn from", remedy)
    if not config.lessons.soft_weight and not config.student.hidden_weight and not config.lessons.attention:
        what = "all weights of what the teacher says are 0: nothing is distilled"
        yield clash(("lessons", "soft_weight"), what, "Give --soft-weight 5, or use accent pretrain --base.")
