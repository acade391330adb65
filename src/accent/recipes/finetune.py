"""Fine-tune: a labelled file in, a fitted, honestly evaluated, usable model out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from accent.config import FinetuneConfig
from accent.errors import ConfigError
from accent.inference import Predictor
from accent.recipes.assembling import Setup, choose_precision, load_base, make_learner, make_plan
from accent.recipes.fitting import fit
from accent.recipes.foreseen import foresee, look_back
from accent.recipes.listening import Listen, ignore
from accent.recipes.outcome import RunOutcome
from accent.recipes.preparing import Prepared, prepare
from accent.recipes.processes import finetune_in_processes, needs_processes
from accent.recipes.rates import settle_rate
from accent.recipes.recalling import recall
from accent.recipes.rehearsal import rehearse
from accent.recipes.saving import merge_model, save_fitted
from accent.recipes.scoring import Scoring, baseline_scores, score_page, split_scores, tune, validation_points
from accent.recipes.starting import BEGAN, Start, Trial, start_run
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder, Status, write_json, write_lines
from accent.report import write_card, write_report
from accent.training import Ended, Learner, World

__all__ = ["FinetuneOutcome", "finetune", "finish_task", "fit_task"]


@dataclass(frozen=True)
class FinetuneOutcome(RunOutcome):
    """What a fine-tuning leaves behind."""

    verb = "finetune"

    @property
    def pair(self) -> bool:
        """Whether a row is two texts."""
        return len(Record.read(RunFolder(self.folder)).data.get("schema", {}).get("text_columns", ())) > 1


def finetune(
    config: FinetuneConfig,
    *,
    listen: Listen = ignore,
    began: float | None = None,
    known: Prepared | None = None,
    trial: Trial | None = None,
) -> FinetuneOutcome:
    """Fit a base to a task, choose the best checkpoint on validation, and score it once on test.

    Raises the errors of data, base and run folder before anything is trained. A run that meets losses that are not
    finite three times in a row ends with its best weights so far and says so in its record. `began` is when a time
    budget begins, by `time.perf_counter`, where that is before this call. `known` is what another run has read of the
    same rows. A `trial` of a search ends before its model is saved and scored.
    """
    if config.seeds > 1:
        raise ConfigError(
            f"seeds asks for {config.seeds} runs, and this is one",
            where="seeds",
            remedy="Use accent.sweep with a list of seeds, or type accent finetune --seeds.",
        )
    if needs_processes(config):
        return FinetuneOutcome(*finetune_in_processes(config, listen, began=began))
    world = World()
    start = replace(start_run(config, listen, active=world.is_main), trial=trial)
    if BEGAN in os.environ:  # this is one of several processes, and the first command began before it
        began = time.perf_counter() - (time.time() - float(os.environ[BEGAN]))
    if began is not None:
        start.writer.began(began)
    with start.lock or nullcontext(), start.writer.recording():
        prepared = prepare(config, start.writer, known=known)
        model = load_base(config, prepared, start.writer)
        foresee(config, start.writer)
        config = settle_rate(config, model, start.writer)
        precision = choose_precision(config.training.precision, world, start.writer)
        setup = Setup(config=config, prepared=prepared, world=world, precision=precision)
        learner = make_learner(setup, model)
        predictor = Predictor.from_parts(model, prepared.encoder, prepared.task, precision=precision)
        recall(setup, learner, predictor, start.writer)
        ended = fit_task(setup, learner, predictor, start)
        if trial is not None:
            return _leave(trial, start.writer, ended)
        scores = finish_task(setup, predictor, start.writer, ended) if world.is_main else {}
    return FinetuneOutcome(start.writer.folder.path, scores, ended.reason)


def fit_task(setup: Setup, learner: Learner, predictor: Predictor, start: Start) -> Ended:
    """Drive the learner over the training rows, watched on the validation rows, and return how it ended."""
    config, plan = setup.config.training, make_plan(setup)
    ended = fit(
        learner,
        plan,
        config=config,
        metric=config.metric or setup.prepared.task.metrics[0],
        start=start,
        evaluate=_validation(setup, predictor),
        stage_of=setup.strategy.stage,
        rehearse=lambda seconds: rehearse(setup, learner, predictor, plan, seconds=seconds),
    )
    learner.finish()
    return ended


def _validation(setup: Setup, predictor: Predictor) -> Callable[[], dict[str, float]] | None:
    """Return what scores the validation rows, or None where there are none; the main process answers for all."""
    rows = setup.rows("validation")
    if rows is None:
        return None

    def evaluate() -> dict[str, float]:
        own = validation_points(predictor, rows) if setup.world.is_main else None
        return setup.world.from_main(own)

    return evaluate


def _leave(trial: Trial, writer: RunWriter, ended: Ended) -> FinetuneOutcome:
    """End a trial of a search: what it leaves are its record, its log and its checkpoints."""
    endings: dict[str, Status] = {"interrupted": "interrupted", "pruned": "pruned", "not finite": "failed"}
    writer.record.training |= {"ended": ended.reason, "trial": trial.number}
    writer.close(endings.get(ended.reason, "trained"), _complaint(ended))
    return FinetuneOutcome(writer.folder.path, {}, ended.reason)


def finish_task(
    setup: Setup,
    predictor: Predictor,
    writer: RunWriter,
    ended: Ended,
    *,
    more: Callable[[Scoring], dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Save the model, score it, and write the pages; an interrupted run keeps only its checkpoint.

    `more` is asked for further entries of scores.json, with the rows that judge the run, where there are any.
    """
    writer.record.training["ended"] = ended.reason
    if ended.reason == "interrupted":
        writer.close("interrupted")
        return {}
    merge_model(setup, predictor)
    validation = setup.rows("validation")
    if validation is not None and predictor.task.tunes:
        predictor.task = tune(predictor, validation)
    save_fitted(setup, predictor, writer.folder.model)
    with writer.stage("evaluation", "scoring"):
        scores = _score(setup, predictor, writer, more=more)
    write_json(writer.folder.scores, scores)
    look_back(writer)
    writer.close("failed" if ended.reason == "not finite" else "done", _complaint(ended))
    write_report(writer.folder)
    write_card(writer.folder)
    return scores


def _score(
    setup: Setup, predictor: Predictor, writer: RunWriter, *, more: Callable[[Scoring], dict[str, Any]] | None
) -> dict[str, Any]:
    """Score every split that is there once; what judges the run is test, or validation where there is no test."""
    scorings = {
        split: Scoring.of(predictor, rows)
        for split in ("validation", "test")
        if (rows := setup.rows(split)) is not None
    }
    if not scorings:
        return {}
    judged = scorings.get("test") or scorings["validation"]
    for scoring in scorings.values():
        if scoring is judged:
            before = predictor.statistics
            write_lines(writer.folder.predictions, scoring.lines())
            writer.record.training["answering"] = predictor.statistics.since(before).to_json()
        else:
            scoring.finish()
    scores = {split: split_scores(scoring.scorer, seed=setup.seed) for split, scoring in scorings.items()}
    against = baseline_scores(setup.prepared.data.splits, judged, seed=setup.seed)
    tuned = {"tuned_on": "validation"} if predictor.task.tunes and "validation" in scorings else {}
    further = {} if more is None else more(judged)
    return scores | score_page(judged.scorer) | tuned | against | further


def _complaint(ended: Ended) -> str | None:
    if ended.reason != "not finite":
        return None
    return f"losses were not finite three times in a row at update {ended.update}; the best weights before are kept"
