"""A student of a fine-tuned teacher: the same task and answers, fewer layers."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import numpy.typing as npt
from torch import Tensor

from accent.config import FinetuneConfig, LearningConfig, ModelConfig, TaskConfig, TrainingConfig
from accent.config.distillation import DistillConfig
from accent.config.long_texts import LongTextsConfig, TruncateConfig, WindowsConfig
from accent.config.show import to_dict
from accent.evaluation import Scorer, bootstrap_ratio
from accent.inference import Lessons, Predictor, Settings
from accent.modeling import (
    FAMILIES,
    HeadName,
    LoadReport,
    Telling,
    make_student,
    parameters_by_part,
    weight_bytes,
)
from accent.recipes.assembling import Setup, choose_precision, make_learner
from accent.recipes.finetune import finish_task, fit_task
from accent.recipes.preparing import Given, Prepared, prepare
from accent.recipes.rates import settle_rate
from accent.recipes.recalling import recall
from accent.recipes.rehearsal import some_rows
from accent.recipes.scoring import Scoring, split_scores
from accent.recipes.starting import Start
from accent.recipes.teachers import FittedTeacher, TaughtRows, find_teacher, read_rows
from accent.recipes.worth import Worth, speeds_in_turns
from accent.recipes.writing import RunWriter
from accent.records import plain
from accent.tasks import TAUGHT_HIDDEN, TAUGHT_LOGITS, Batch, Imitation
from accent.training import Ended, Examples, World

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["teach_task"]

TIMED_ROWS = 1024
"""Rows that teacher and student answer in turns, at most."""
_SHARED = ("task", "strategy", "model", "long_texts")
"""Sections of a fine-tuning's configuration that the record of a student has too: what reads records finds them."""


def teach_task(config: DistillConfig, start: Start, world: World) -> tuple[Ended, dict[str, Any]]:
    """Train a student of a fine-tuned teacher, score it as fine-tuning does, and weigh it against the teacher."""
    writer = start.writer
    with writer.stage("teacher", "loading the teacher, and making the student"):
        found = find_teacher(config)
        student, kept = make_student(found.predictor.model, config.student.layers)
    asked = _as_finetuning(config, found.settings)
    writer.record.config |= {name: to_dict(getattr(asked, name)) for name in _SHARED}
    with writer.stage("data", "reading the data"):
        seed = config.data.seed_of_split(config.run.seed)
        rows = read_rows(config.data, found, teacher=config.teacher, seed=seed, offline=config.run.offline)
    prepared = prepare(asked, writer, given=_given(rows, found))
    _record(writer, found, student, kept, head=prepared.task.head)
    asked = settle_rate(asked, student, writer)
    precision = choose_precision(asked.training.precision, world, writer)
    found.predictor.precision = precision
    setup = Setup(config=asked, prepared=prepared, world=world, precision=precision)
    imitation = Imitation(
        task=prepared.task,
        temperature=config.student.temperature,
        alpha=config.student.alpha if rows.labelled else 1.0,
        hidden_weight=config.student.hidden_weight,
    )
    lessons = _lessons(found, prepared, writer)
    learner = make_learner(setup, student, asked=Telling(student), loss=imitation.loss)
    learner.examples = Examples(prepared.training.costs, partial(_batch, prepared, lessons), prepared.training.windows)
    predictor = Predictor.from_parts(student, prepared.encoder, prepared.task, precision=precision)
    recall(setup, learner, predictor, writer)
    ended = fit_task(setup, learner, predictor, start)
    weigh = partial(_weigh, setup, found, writer, labelled=rows.labelled)
    return ended, finish_task(setup, predictor, writer, ended, more=weigh)


def _given(rows: TaughtRows, found: FittedTeacher) -> Given:
    return Given(data=rows.data, read=rows.read, base=found.base, task=found.predictor.task)


def _as_finetuning(config: DistillConfig, settings: Settings) -> FinetuneConfig:
    """Return the fine-tuning that the student's training is: the teacher's task and lengths, every weight moving."""
    task = next(one() for one in get_args(TaskConfig) if one.kind == settings.task)
    learning = {one.name: getattr(config.training, one.name) for one in fields(LearningConfig)}
    return FinetuneConfig(
        data=config.data,
        model=ModelConfig(base=config.teacher),
        task=task,
        long_texts=_long_texts(settings),
        training=TrainingConfig(**learning, max_length=settings.max_length),
        run=config.run,
    )


def _long_texts(settings: Settings) -> LongTextsConfig:
    own = settings.long_texts
    return WindowsConfig(stride=own.stride, pool=own.pool) if own.windows else TruncateConfig(kept_part=own.kept_part)


def _record(
    writer: RunWriter, found: FittedTeacher, student: PreTrainedModel, kept: tuple[int, ...], *, head: HeadName
) -> None:
    """Write down what the student was made of, in the form of a loaded base."""
    parameters, total = student.num_parameters(), found.predictor.model.config.num_hidden_layers
    report = LoadReport(
        loaded=len(list(student.parameters())),
        new=(),
        discarded=(),
        parts=parameters_by_part(student, FAMILIES[found.base.family], head),
        parameters=parameters,
    )
    writer.record.base = {
        "name": found.base.name,
        "digest": found.base.digest,
        "parameters": parameters,
        "load": plain(report),
        "layers": [place + 1 for place in kept],
        "layers_of": total,
    }
    writer.tell("base", writer.record.base)
    layers = ", ".join(str(place + 1) for place in kept)
    writer.tell("note", {"what": f"the student has layers {layers} of {total}"})


def _lessons(found: FittedTeacher, prepared: Prepared, writer: RunWriter) -> Lessons:
    with writer.stage("lessons", "asking the teacher once"):
        lessons = found.teacher.lessons(prepared.training)
    facts = {"examples": len(prepared.training.rows), "bytes": lessons.bytes, "hit": lessons.hit}
    writer.record.training["lessons"] = facts | {"kept": lessons.kept}
    if not lessons.kept:
        writer.event(
            "warning",
            update=0,
            what=f"what the teacher says takes {lessons.bytes / 1e9:.1f} GB, more than the cache may hold; it is asked "
            "in every update",
            remedy="Free space on its disk, or set ACCENT_CACHE to a folder on a larger one.",
        )
    return lessons


def _batch(prepared: Prepared, lessons: Lessons, chosen: npt.NDArray[np.int64]) -> Batch:
    """Return the tensors of some examples, what the teacher says of them among the targets."""
    batch = prepared.training.batch(chosen)
    logits, hidden_BTD = lessons.batch(chosen)
    taught: dict[str, Tensor] = {TAUGHT_LOGITS: logits} | ({} if hidden_BTD is None else {TAUGHT_HIDDEN: hidden_BTD})
    return Batch(batch.inputs, batch.targets | taught, batch.known)


def _weigh(setup: Setup, found: FittedTeacher, writer: RunWriter, judged: Scoring, *, labelled: bool) -> dict[str, Any]:
    """Score the teacher on the rows that judge the student, and time both in turns; return entries of scores.json."""
    other = Scoring.of(found.predictor, judged.rows)
    other.finish()
    main, scores = judged.scorer.main, split_scores(other.scorer, seed=setup.seed)
    rows = some_rows(judged.rows, TIMED_ROWS)
    student, teacher = (partial(_answer, one, rows) for one in (judged.predictor, found.predictor))
    worth = Worth(
        score=main,
        split="test" if setup.rows("test") is not None else "validation",
        student=split_scores(judged.scorer, seed=setup.seed)[main],
        teacher=scores[main],
        kept=_kept(judged.scorer, other.scorer, len(judged.rows), seed=setup.seed),
        speed=speeds_in_turns(student, teacher),
        student_bytes=weight_bytes(writer.folder.model),
        teacher_bytes=found.bytes,
        agreement=not labelled,
    )
    return {"teacher": scores} | worth.tell(writer)


def _answer(predictor: Predictor, rows: Any) -> None:
    for _ in predictor.predict(rows, labelled=False):
        pass


def _kept(student: Scorer, teacher: Scorer, rows: int, *, seed: int) -> dict[str, Any] | None:
    """Return the student's score over the teacher's with its 95 % interval, over the same resampled rows of both."""
    one, other = student.weighted(student.main), teacher.weighted(student.main)
    try:
        kept = bootstrap_ratio(one, other, rows, seed=seed)
    except ZeroDivisionError:
        return None
    if kept.low == kept.high:  # every resample agrees; for the difference there is a bound all the same
        apart, whole = student.compare(teacher, seed=seed).difference, teacher.points()[student.main]
        kept = replace(kept, low=1.0 + apart.low / whole, high=1.0 + apart.high / whole)
    return kept.to_json()
