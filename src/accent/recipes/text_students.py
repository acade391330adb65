"""A student of a pretrained teacher: what it says of running text, learned from the text and from the teacher."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from typing import Any

from accent.config.distillation import DistillConfig, as_pretraining
from accent.errors import BaseModelError, ConfigError
from accent.modeling import find_base, make_student, weight_bytes
from accent.objectives import LessonWeights, TaughtModel, lesson_loss
from accent.recipes.grounding import OWN_OBJECTIVE, lay_ground
from accent.recipes.pretrain import TextWatch, learn_text
from accent.recipes.starting import Start
from accent.recipes.worth import Worth, speeds_in_turns
from accent.recipes.writing import RunWriter
from accent.training import Ended, World

__all__ = ["teach_text"]

TIMED_BLOCKS = 128
"""Validation blocks that teacher and student read in turns, at most."""
SCORE = "accuracy"
"""What teacher and student are compared on: the share of predicted tokens that are right."""
_TAUGHT = frozenset({"mlm", "clm"})
"""What a teacher of a family must have learned, to have likely tokens to teach."""


def teach_text(config: DistillConfig, start: Start, world: World) -> tuple[Ended, dict[str, Any]]:
    """Train a student of a pretrained teacher on running text, and weigh it against the teacher."""
    writer, asked = start.writer, as_pretraining(config)
    base = find_base(config.teacher, offline=config.run.offline)
    _check_family(base.family)
    ground = lay_ground(asked, writer)
    _check_head(writer, config.teacher)
    teacher = ground.model.kept.to(world.device)  # type: ignore[arg-type]
    with writer.stage("model", "making the student"):
        student, kept = make_student(teacher, config.student.layers)
        model = TaughtModel(student, teacher, mapped=config.lessons.attention > 0)
        _record(writer, model, kept)
    lessons = config.lessons
    weights = LessonWeights(
        soft=lessons.soft_weight,
        tokens=lessons.token_weight,
        hidden=config.student.hidden_weight,
        attention=lessons.attention,
        temperature=config.student.temperature,
        rate=1.0 if ground.mixture.name == "clm" else lessons.mask_rate,
    )
    loss = lesson_loss(weights, ground.mixture.loss)
    weigh = partial(_weigh, model, writer, teacher_bytes=weight_bytes(base.folder))
    return learn_text(asked, replace(ground, model=model), start, world, loss=loss, more=weigh)


def _check_family(family: str) -> None:
    objective = OWN_OBJECTIVE.get(family, "mlm")
    if objective not in _TAUGHT:
        raise ConfigError(
            f"a teacher of type {family!r} learned {objective}, and has no likely tokens to teach",
            where="teacher",
            remedy="Give a teacher of bert, roberta, albert, distilbert, modernbert or gpt2, or a fine-tuned run.",
        )


def _check_head(writer: RunWriter, teacher: str) -> None:
    """Refuse a teacher that was saved without its head: what a head drawn at random says teaches nothing."""
    if writer.record.base["load"]["new"]:
        raise BaseModelError(
            "the teacher was saved without the head that predicts tokens, and has nothing to teach",
            where=teacher,
            remedy=f"Pretrain it first: accent pretrain CORPUS --base {teacher}; or give a fine-tuned run.",
        )


def _record(writer: RunWriter, model: TaughtModel, kept: tuple[int, ...]) -> None:
    """Write down which of the teacher's layers the student has."""
    writer.record.base |= {
        "parameters": sum(one.numel() for one in model.kept.parameters()),
        "layers": [place + 1 for place in kept],
    }
    layers = ", ".join(str(place + 1) for place in kept)
    total = model.teacher.kept.config.num_hidden_layers
    writer.tell("note", {"what": f"the student has layers {layers} of {total}"})


def _weigh(model: TaughtModel, writer: RunWriter, watch: TextWatch, *, teacher_bytes: int) -> dict[str, Any]:
    """Score the teacher on the validation text, and time both on the same blocks; return entries of scores.json."""
    other = watch.of(model.teacher)
    own, taught = watch.scores(), other.scores()
    batches = list(watch.batches(TIMED_BLOCKS))
    student, teacher = (partial(_read, one, batches) for one in (watch, other))
    score, reached = own[SCORE], taught[SCORE]["value"]
    kept = None if not reached else {name: score[name] / reached for name in ("value", "low", "high")}
    worth = Worth(
        score=f"{SCORE} of predicted tokens",
        split="validation",
        student=score,
        teacher=taught[SCORE],
        kept=None if kept is None else kept | {"n": score["n"]},
        speed=speeds_in_turns(student, teacher),
        student_bytes=weight_bytes(writer.folder.model),
        teacher_bytes=teacher_bytes,
    )
    return {"teacher": taught} | worth.tell(writer)


def _read(watch: TextWatch, batches: list[Any]) -> None:
    deque(watch.answered(batches), maxlen=0)
