"""Settings of a distillation that have no effect, or that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from accent.config.contradictions import Contradiction, clash, idle
from accent.config.distillation import DistillConfig, has_model, is_fitted

__all__ = ["distill_rules"]

_LEAVE = "Leave it out."
_LESSONS = ("block_length", "mask_rate", "soft_weight", "token_weight", "attention")
_OF_ROWS = ("validation", "test", "group_column", "split_seed", "label_column", "label_delimiter", "clean", "allow")


def distill_rules(config: DistillConfig) -> Iterator[Contradiction]:
    """Yield what does not go together; a teacher that answers a task is told from others by its accent.json.

    Of a run that has no model yet nothing is said: that is no teacher, whatever it is asked for.
    """
    if is_fitted(config.teacher):
        yield from _task_rules(config)
    elif has_model(config.teacher):
        yield from _text_rules(config)


def _task_rules(config: DistillConfig) -> Iterator[Contradiction]:
    for name in _LESSONS:
        yield idle(("lessons", name), "the teacher answers a task, and no running text is read", _LEAVE, ("teacher",))
    if not config.student.alpha and not config.student.hidden_weight:
        what = "alpha and hidden_weight are 0: nothing is learned from the teacher"
        yield clash(("student", "alpha"), what, "Give --alpha 0.5, or use accent finetune.")


def _text_rules(config: DistillConfig) -> Iterator[Contradiction]:
    reason = f"{config.teacher} was not fine-tuned by Accent, and teaches on running text"
    yield idle(("student", "alpha"), reason, _LEAVE, ("teacher",))
    for name in _OF_ROWS:
        yield idle(("data", name), reason, _LEAVE, ("teacher",))
    if not config.lessons.mask_rate:
        remedy = "Give a share above 0, such as 0.15."
        yield clash(("lessons", "mask_rate"), "a mask rate of 0 hides nothing to learn from", remedy)
    if not config.lessons.soft_weight and not config.student.hidden_weight and not config.lessons.attention:
        what = "all weights of what the teacher says are 0: nothing is distilled"
        yield clash(("lessons", "soft_weight"), what, "Give --soft-weight 5, or use accent pretrain --base.")
