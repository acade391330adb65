"""Fine-tune: a labelled file in, a fitted, honestly evaluated, usable model out."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import accent
from accent.config import FinetuneConfig
from accent.inference import Predictor
from accent.modeling import autocast, load_model, probe_precision, save_model
from accent.recipes.fitting import fit
from accent.recipes.listening import Listen, ignore
from accent.recipes.preparing import Prepared, prepare
from accent.recipes.processes import finetune_in_processes, needs_processes
from accent.recipes.scoring import Scoring, baseline_scores, score_page, split_scores, tune, validation_points
from accent.recipes.starting import start_run
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder, plain, write_json, write_lines
from accent.report import write_card, write_report
from accent.strategies import make_strategy
from accent.tasks import Task
from accent.training import BatchPlan, Ended, Examples, Learner, World

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["FinetuneOutcome", "finetune"]


@dataclass(frozen=True)
class FinetuneOutcome:
    """What a fine-tuning leaves behind."""

    folder: Path
    """The run folder."""
    scores: dict[str, Any]
    """The contents of scores.json; empty where the run was interrupted."""
    ended: str
    """done, early stopping, interrupted, or not finite."""

    @property
    def pair(self) -> bool:
        """Whether a row is two texts."""
        return len(Record.read(RunFolder(self.folder)).data.get("schema", {}).get("text_columns", ())) > 1

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before its end."""
        return self.ended == "interrupted"

    @property
    def resume_command(self) -> str | None:
        """What to type to go on, where there is something to go on with."""
        return f"accent finetune --resume {shlex.quote(str(self.folder))}" if self.interrupted else None


def finetune(config: FinetuneConfig, *, listen: Listen = ignore) -> FinetuneOutcome:
    """Fit a base to a task, choose the best checkpoint on validation, and score it once on test.

    Raises the errors of data, base and run folder before anything is trained. A run that meets losses that are not
    finite three times in a row ends with its best weights so far and says so in its record.
    """
    if needs_processes(config):
        return FinetuneOutcome(*finetune_in_processes(config, listen))
    world = World()
    start = start_run(config, listen, active=world.is_main)
    with start.lock or nullcontext(), start.writer.recording():
        prepared = prepare(config, start.writer)
        model = _load_model(config, prepared, start.writer)
        precision = _choose_precision(config, world, start.writer)
        job = _Job(config=config, prepared=prepared, world=world, precision=precision)
        learner = _make_learner(job, model)
        predictor = Predictor.from_parts(model, prepared.encoder, prepared.task, precision=precision)
        plan = BatchPlan(prepared.training.row_lengths, config.training.batch_size, seed=config.run.seed)
        evaluate = _validation(job, predictor)
        metric = config.training.metric or prepared.task.metrics[0]
        ended = fit(learner, plan, config=config.training, metric=metric, start=start, evaluate=evaluate)
        scores = _finish(job, predictor, start.writer, ended) if world.is_main else {}
    return FinetuneOutcome(start.writer.folder.path, scores, ended.reason)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What stays the same from the first update to the last score."""

    config: FinetuneConfig
    prepared: Prepared
    world: World
    precision: str

    @property
    def seed(self) -> int:
        return self.config.run.seed

    def rows(self, split: str) -> Dataset | None:
        """Return a split's rows, or None where there are none."""
        found = self.prepared.data.splits.get(split)
        return found if found is not None and len(found) else None


def _load_model(config: FinetuneConfig, prepared: Prepared, writer: RunWriter) -> PreTrainedModel:
    base = prepared.base
    with writer.stage("base", f"loading {base.name}"):
        loaded = load_model(
            base,
            prepared.task.head,
            prepared.task.labels,
            problem_type=prepared.task.problem_type,
            rename=config.model.rename,
            dropout=config.model.dropout,
            seed=config.run.seed,
        )
    writer.record.base = {
        "name": base.name,
        "digest": base.digest,
        "parameters": loaded.report.parameters,
        "load": plain(loaded.report),
    }
    writer.tell("base", writer.record.base)
    return loaded.model


def _choose_precision(config: FinetuneConfig, world: World, writer: RunWriter) -> str:
    """Return the dtype to multiply in. A resumed run keeps the one it began with: its numbers depend on it."""
    training, asked = writer.record.training, config.training.precision
    if "precision" not in training:
        if asked == "auto":
            probe = probe_precision(world.device)
            training["precision_probe"] = plain(probe)
            asked = probe.choice
        training["precision"] = asked
    training["threads"] = torch.get_num_threads()
    writer.save()
    return str(training["precision"])


def _make_learner(job: _Job, model: PreTrainedModel) -> Learner:
    training = job.prepared.training
    return Learner(
        model,
        make_strategy(job.config.strategy).prepare(model),
        examples=Examples(training.lengths, training.batch, training.windows),
        loss=job.prepared.task.loss,
        config=job.config.training,
        seed=job.seed,
        world=job.world,
        autocast=partial(autocast, job.precision, job.world.device),
    )


def _validation(job: _Job, predictor: Predictor) -> Callable[[], dict[str, float]] | None:
    """Return what scores the validation rows, or None where there are none; the main process answers for all."""
    rows = job.rows("validation")
    if rows is None:
        return None

    def evaluate() -> dict[str, float]:
        own = validation_points(predictor, rows) if job.world.is_main else None
        return job.world.from_main(own)

    return evaluate


def _finish(job: _Job, predictor: Predictor, writer: RunWriter, ended: Ended) -> dict[str, Any]:
    """Save the model, score it, and write the pages; an interrupted run keeps only its checkpoint."""
    writer.record.training["ended"] = ended.reason
    if ended.reason == "interrupted":
        writer.close("interrupted")
        return {}
    validation = job.rows("validation")
    if validation is not None and predictor.task.tunes:
        predictor.task = tune(predictor, validation)
    save_model(predictor.model, job.prepared.encoder.tokenizer, writer.folder.model)
    write_json(writer.folder.model / "accent.json", _model_facts(job, predictor.task))
    with writer.stage("evaluation", "scoring"):
        scores = _score(job, predictor, writer)
    write_json(writer.folder.scores, scores)
    writer.close("failed" if ended.reason == "not finite" else "done", _complaint(ended))
    write_report(writer.folder)
    write_card(writer.folder)
    return scores


def _score(job: _Job, predictor: Predictor, writer: RunWriter) -> dict[str, Any]:
    """Score every split that is there once; what judges the run is test, or validation where there is no test."""
    scorings = {
        split: Scoring.of(predictor, rows) for split in ("validation", "test") if (rows := job.rows(split)) is not None
    }
    if not scorings:
        return {}
    judged = scorings.get("test") or scorings["validation"]
    for scoring in scorings.values():
        if scoring is judged:
            write_lines(writer.folder.predictions, scoring.lines())
        else:
            scoring.finish()
    scores = {split: split_scores(scoring.scorer, seed=job.seed) for split, scoring in scorings.items()}
    against = baseline_scores(job.prepared.data.splits, judged, seed=job.seed)
    tuned = {"tuned_on": "validation"} if predictor.task.tunes and "validation" in scorings else {}
    return scores | score_page(judged.scorer) | tuned | against


def _model_facts(job: _Job, task: Task) -> dict[str, Any]:
    """Return what accent.json says: everything that answering needs beside the weights."""
    base, settings = job.prepared.base, task.settings()
    return {
        "version": 2,
        "accent": accent.__version__,
        "task": task.kind,
        "labels": settings.pop("labels"),
        "settings": settings,
        "pair": job.prepared.pair,
        "max_length": job.prepared.encoder.max_length,
        "long_texts": job.prepared.encoder.long_texts.to_json(),
        "precision": job.precision,
        "base": {"name": base.name, "digest": base.digest},
    }


def _complaint(ended: Ended) -> str | None:
    if ended.reason != "not finite":
        return None
    return f"losses were not finite three times in a row at update {ended.update}; the best weights before are kept"
