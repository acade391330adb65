"""A student of a pretrained teacher: what it says of running text, learned from the text and from the teacher."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from accent.config.distillation import DistillConfig, TextLessonsConfig, as_pretraining, has_model
from accent.config.paths import typed_path
from accent.config.show import to_dict
from accent.errors import BaseModelError, ConfigError, RunError
from accent.modeling import Base, find_base, make_student, spread_layers, weight_bytes
from accent.objectives import LessonWeights, Mixture, Tally, TaughtModel, lesson_loss
from accent.recipes.grounding import OWN_OBJECTIVE, lay_ground
from accent.recipes.pretrain import learn_text
from accent.recipes.starting import Start
from accent.recipes.watching import RESAMPLES, TextWatch
from accent.recipes.worth import Worth, speeds_in_turns
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder
from accent.seeds import generator
from accent.training import Ended, World

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["teach_text"]

TIMED_BLOCKS = 128
"""Validation blocks that teacher and student read in turns, at most."""
SCORE = "accuracy"
"""What teacher and student are compared on: the share of predicted tokens that are right."""
_TAUGHT = frozenset({"mlm", "clm"})
"""What a teacher of a family must have learned, to have likely tokens to teach."""
_SHARED = ("corpus", "objective")
"""Sections of a pretraining's configuration that the record of a student has too: what reads records finds them."""


def teach_text(config: DistillConfig, start: Start, world: World) -> tuple[Ended, dict[str, Any]]:
    """Train a student of a pretrained teacher on running text, and weigh it against the teacher."""
    writer, asked = start.writer, as_pretraining(config)
    _check_ended(config.teacher)
    base = find_base(config.teacher, offline=config.run.offline)
    _check_same(base, writer)
    _check_family(base.family, config.lessons)
    writer.record.config |= {name: to_dict(getattr(asked, name)) for name in _SHARED}
    ground = lay_ground(asked, writer, check=partial(_check_teacher, config, writer))
    teacher = ground.model.kept.to(world.device)  # type: ignore[arg-type]
    with writer.stage("model", "making the student"):
        student, kept = make_student(teacher, config.student.layers)
        model = TaughtModel(student, teacher, mapped=config.lessons.attention > 0)
        _record(writer, model, kept)
    loss = lesson_loss(_weights(config, ground.mixture), ground.mixture.loss)
    weigh = partial(_weigh, model, ground.mixture, writer, teacher_bytes=weight_bytes(base.folder))
    return learn_text(asked, replace(ground, model=model), start, world, loss=loss, more=weigh)


def _check_ended(teacher: str) -> None:
    if has_model(teacher):
        return
    remedy = f"Let it go on to its end: {Record.read(RunFolder(typed_path(teacher))).resume_command(teacher)}"
    raise RunError("the teacher has no model yet", where=teacher, remedy=remedy)


def _check_same(teacher: Base, writer: RunWriter) -> None:
    """Refuse to go on with another teacher: a resumed run must learn from the one that it began with."""
    if writer.record.base.get("digest", teacher.digest) != teacher.digest:
        raise RunError(
            "the teacher has changed since the run was begun",
            where=teacher.name,
            remedy="Put the teacher back as it was, or start a new run.",
        )


def _check_family(family: str, lessons: TextLessonsConfig) -> None:
    objective = OWN_OBJECTIVE.get(family, "mlm")
    if objective not in _TAUGHT:
        raise ConfigError(
            f"a teacher of type {family!r} learned {objective}, and has no likely tokens to teach",
            where="teacher",
            remedy="Give a teacher of bert, roberta, albert, distilbert, modernbert or gpt2, or a fine-tuned run.",
        )
    if objective == "clm" and lessons.mask_rate != TextLessonsConfig().mask_rate:
        raise ConfigError(
            f"mask_rate has no effect: a teacher of type {family!r} hides no token",
            where="lessons.mask_rate",
            remedy="Leave it out.",
        )


def _check_teacher(config: DistillConfig, writer: RunWriter, teacher: PreTrainedModel) -> None:
    """Refuse a teacher without its head, as what one drawn at random says teaches nothing, and too few layers."""
    if writer.record.base["load"]["new"]:
        raise BaseModelError(
            "the teacher was saved without the head that predicts tokens, and has nothing to teach",
            where=config.teacher,
            remedy=f"Pretrain it first (accent pretrain CORPUS --base {config.teacher}), or give a fine-tuned run.",
        )
    spread_layers(teacher.config.num_hidden_layers, config.student.layers)


def _weights(config: DistillConfig, mixture: Mixture) -> LessonWeights:
    lessons = config.lessons
    return LessonWeights(
        soft=lessons.soft_weight,
        tokens=lessons.token_weight,
        hidden=config.student.hidden_weight,
        attention=lessons.attention,
        temperature=config.student.temperature,
        rate=1.0 if mixture.name == "clm" else lessons.mask_rate,
    )


def _record(writer: RunWriter, model: TaughtModel, kept: tuple[int, ...]) -> None:
    """Write down which of the teacher's layers the student has."""
    total = model.teacher.kept.config.num_hidden_layers
    writer.record.base |= {
        "parameters": model.kept.num_parameters(),
        "layers": [place + 1 for place in kept],
        "layers_of": total,
    }
    writer.record.base["load"]["loaded"] = len(list(model.kept.parameters()))
    layers = ", ".join(str(place + 1) for place in kept)
    writer.tell("note", {"what": f"the student has layers {layers} of {total}"})


def _weigh(
    model: TaughtModel, mixture: Mixture, writer: RunWriter, watch: TextWatch, *, teacher_bytes: int
) -> dict[str, Any]:
    """Score the teacher on the validation text, and time both on the same blocks; return entries of scores.json."""
    other = watch.of(model.teacher)
    said, told = watch.tallies(), other.tallies()
    scores = other.scores(told)
    batches = list(watch.batches(TIMED_BLOCKS))
    student, teacher = (partial(_read, one, batches) for one in (watch, other))
    own = watch.scores(said)[SCORE]
    worth = Worth(
        score=f"{SCORE} of predicted tokens",
        split="validation",
        student=own,
        teacher=scores[SCORE],
        kept=_kept(mixture, said, told, seed=writer.record.seed, blocks=int(own["n"])),
        speed=speeds_in_turns(student, teacher),
        student_bytes=weight_bytes(writer.folder.model),
        teacher_bytes=teacher_bytes,
    )
    return {"teacher": scores} | worth.tell(writer)


def _kept(
    mixture: Mixture, said: Sequence[Tally], told: Sequence[Tally], *, seed: int, blocks: int
) -> dict[str, Any] | None:
    """Return the student's score over the teacher's, with its 95 % interval over the same resampled batches of both."""

    def share(places: Sequence[int]) -> float:
        own, taught = (mixture.scores([tallies[place] for place in places])[SCORE] for tallies in (said, told))
        return own / taught if taught else float("nan")

    value = share(range(len(said)))
    if np.isnan(value):
        return None
    chance = generator(seed, "intervals")
    draws = [share(chance.integers(len(said), size=len(said)).tolist()) for _ in range(RESAMPLES)]
    low, high = np.nanquantile(draws, (0.025, 0.975)).tolist()
    return {"value": value, "low": min(low, value), "high": max(high, value), "n": blocks}


def _read(watch: TextWatch, batches: list[Any]) -> None:
    deque(watch.answered(batches), maxlen=0)
