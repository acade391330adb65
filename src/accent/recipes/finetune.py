"""Fine-tune: a labelled file in, a fitted, honestly evaluated, usable model out."""

from __future__ import annotations

import accent
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from accent.config import FinetuneConfig
from accent.evaluation import point_metrics
from accent.inference import Predictor
from accent.modeling import Loaded, autocast, load_classifier, probe_precision, save_model
from accent.recipes.fitting import fit
from accent.recipes.listening import Listen, ignore
from accent.recipes.preparing import Prepared, prepare
from accent.recipes.processes import finetune_in_processes, needs_processes
from accent.recipes.scoring import baseline_scores, prediction_lines, score_page, score_rows
from accent.recipes.starting import Start, start_run
from accent.recipes.writing import RunWriter
from accent.records import plain, write_json, write_lines
from accent.report import write_card, write_report
from accent.strategies import make_strategy
from accent.tasks import Task, make_task
from accent.tokenization import collate, encode_rows
from accent.training import Batch, BatchPlan, Ended, Learner, World

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
    def interrupted(self) -> bool:
        """Whether the run was stopped before its end."""
        return self.ended == "interrupted"

    @property
    def resume_command(self) -> str | None:
        """What to type to go on, where there is something to go on with."""
        return f"accent finetune --resume {self.folder}" if self.interrupted else None


def finetune(config: FinetuneConfig, *, listen: Listen = ignore) -> FinetuneOutcome:
    """Fit a base to a task, choose the best checkpoint on validation, and score it once on test.

    Raises the errors of data, base and run folder before anything is trained. A run that meets losses that are not
    finite three times in a row ends with its best weights so far and says so in its record.
    """
    if needs_processes(config):
        return FinetuneOutcome(*finetune_in_processes(config))
    world = World()
    start = start_run(config, listen, active=world.is_main)
    writer = start.writer
    with writer.recording():
        prepared = prepare(config, writer)
        task = make_task(config.task, prepared.labels)
        loaded = _load_model(config, prepared, writer)
        precision = _choose_precision(config, world, writer)
        learner = _make_learner(config, prepared, task, loaded, world, precision)
        predictor = _make_predictor(loaded, prepared, task, precision)
        plan = BatchPlan(prepared.training_rows.lengths, config.training.batch_size, seed=config.run.seed)
        ended = fit(learner, plan, config.training, start, _validation(prepared, predictor, task, world))
        scores = _finish(config, prepared, task, predictor, ended, start) if world.is_main else {}
    return FinetuneOutcome(writer.folder.path, scores, ended.reason)


def _load_model(config: FinetuneConfig, prepared: Prepared, writer: RunWriter) -> Loaded:
    base = prepared.base
    with writer.stage("base", f"loading {base.name}"):
        loaded = load_classifier(base, prepared.labels, dropout=config.model.dropout, seed=config.run.seed)
    report = loaded.report
    writer.record.base = {
        "name": base.name,
        "digest": base.digest,
        "parameters": report.parameters,
        "load": {
            "loaded": report.loaded,
            "new": list(report.new),
            "discarded": list(report.discarded),
            "parts": report.parts,
        },
    }
    writer.tell("base", writer.record.base)
    return loaded


def _choose_precision(config: FinetuneConfig, world: World, writer: RunWriter) -> str:
    asked = config.training.precision
    training = writer.record.training
    if asked == "auto":
        probe = probe_precision(world.device)
        training["precision_probe"] = plain(probe)
        asked = probe.choice
    # A resumed run keeps its dtype: the probe may say otherwise on a busier machine, and the results would differ.
    training["precision"] = training.get("precision", asked)
    training["threads"] = torch.get_num_threads()
    writer.save()
    return str(training["precision"])


def _make_learner(
    config: FinetuneConfig, prepared: Prepared, task: Task, loaded: Loaded, world: World, precision: str
) -> Learner:
    rows = prepared.training_rows
    targets = torch.from_numpy(task.targets(prepared.training_labels.tolist()))
    pad_id = prepared.encoder.pad_id
    return Learner(
        loaded.model,
        make_strategy(config.strategy).prepare(loaded.model),
        collate=lambda chosen: Batch(collate(rows, chosen, pad_id=pad_id), targets[chosen]),
        loss=task.loss,
        config=config.training,
        seed=config.run.seed,
        world=world,
        autocast=partial(autocast, precision, world.device),
    )


def _make_predictor(loaded: Loaded, prepared: Prepared, task: Task, precision: str) -> Predictor:
    return Predictor.from_parts(loaded.model, prepared.encoder, task, precision=precision)


def _validation(
    prepared: Prepared, predictor: Predictor, task: Task, world: World
) -> Callable[[], dict[str, float]] | None:
    """Return what scores the validation rows, or None where there are none; the main process answers for all."""
    rows = prepared.data.splits.get("validation")
    if rows is None or len(rows) == 0:
        return None
    targets = task.targets(rows["label"][:])
    encoded = encode_rows(rows, prepared.encoder)

    def evaluate() -> dict[str, float]:
        own = point_metrics(targets, predictor.probabilities(encoded)) if world.is_main else None
        return world.from_main(own)

    return evaluate


def _finish(
    config: FinetuneConfig, prepared: Prepared, task: Task, predictor: Predictor, ended: Ended, start: Start
) -> dict[str, Any]:
    """Save the model, score it, and write the pages; an interrupted run keeps only its checkpoint."""
    writer = start.writer
    writer.record.training["ended"] = ended.reason
    if ended.reason == "interrupted":
        writer.close("interrupted")
        return {}
    save_model(predictor.model, prepared.encoder.tokenizer, writer.folder.model)
    write_json(writer.folder.model / "accent.json", _model_facts(config, prepared, task, writer))
    with writer.stage("evaluation", "scoring"):
        scores = _score(config, prepared, task, predictor, writer)
    write_json(writer.folder.scores, scores)
    writer.close("failed" if ended.reason == "not finite" else "done", _complaint(ended))
    write_report(writer.folder)
    write_card(writer.folder)
    return scores


def _score(
    config: FinetuneConfig, prepared: Prepared, task: Task, predictor: Predictor, writer: RunWriter
) -> dict[str, Any]:
    """Score validation and test. The test rows are used here and nowhere else."""
    seed, splits = config.run.seed, prepared.data.splits
    scored = {
        name: score_rows(splits[name], predictor.probabilities(splits[name]), task, seed=seed)
        for name in ("validation", "test")
        if name in splits and len(splits[name]) > 0
    }
    scores: dict[str, Any] = {name: split.scores for name, split in scored.items()}
    judged = scored.get("test") or scored.get("validation")
    if judged is None:
        return scores
    write_lines(writer.folder.predictions, prediction_lines(judged, task))
    return scores | score_page(judged, task) | baseline_scores(splits["train"], judged, task, seed=seed)


def _model_facts(config: FinetuneConfig, prepared: Prepared, task: Task, writer: RunWriter) -> dict[str, Any]:
    return {
        "version": 1,
        "accent": accent.__version__,
        "task": task.kind,
        "labels": list(task.labels),
        "pair": "text_pair" in prepared.data.splits["train"].column_names,
        "max_length": prepared.encoder.max_length,
        "precision": writer.record.training["precision"],
        "base": {"name": prepared.base.name, "digest": prepared.base.digest},
    }


def _complaint(ended: Ended) -> str | None:
    if ended.reason != "not finite":
        return None
    return f"losses were not finite three times in a row at update {ended.update}; the best weights before are kept"
