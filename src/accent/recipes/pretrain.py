"""Pretrain: running text in, a model that has learned its language out, with what it learned measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from accent.config.pretraining import PretrainConfig
from accent.modeling import autocast, layer_paths, save_model, usual_dropout
from accent.objectives import Context
from accent.recipes.assembling import Loss, choose_precision
from accent.recipes.fitting import fit
from accent.recipes.grounding import Ground, lay_ground
from accent.recipes.listening import Listen, ignore
from accent.recipes.outcome import RunOutcome
from accent.recipes.portrait import portray
from accent.recipes.starting import Start, start_run
from accent.recipes.watching import TextWatch
from accent.recipes.writing import RunWriter
from accent.records import write_json
from accent.report import write_card, write_report
from accent.strategies import RatedParameter
from accent.tasks import Batch
from accent.training import BlockPlan, Costs, Ended, EveryEpoch, Examples, GrowingPlan, Learner, Plan, World

__all__ = ["PretrainOutcome", "learn_text", "pretrain"]

METRIC = "loss"
RATES = {"muon": 4e-3, "adamw": 1e-3}
"""Peak rates from scratch for widths up to 512; wider models take them by the root of 512 over their width."""
CONTINUED = {"muon": 2e-4, "adamw": 1e-4}
"""Those at which a base goes on."""
KNOWN = 0.1
"""The share of the rate at which embeddings move that start from counts and sinusoids; at more they forget them."""
MOST_SMALL = 512


@dataclass(frozen=True)
class PretrainOutcome(RunOutcome):
    """What a pretraining leaves behind."""

    verb = "pretrain"


def pretrain(config: PretrainConfig, *, listen: Listen = ignore, began: float | None = None) -> PretrainOutcome:
    """Train a model on running text and score it on documents that were kept aside.

    Raises the errors of corpus, tokenizer, base and run folder before anything is trained. `began` is when a time
    budget begins, by `time.perf_counter`, where that is before this call.
    """
    world = World()
    start = start_run(config, listen, active=world.is_main)
    writer = start.writer
    if began is not None:
        writer.began(began)
    with start.lock or nullcontext(), writer.recording():
        ended, scores = learn_text(config, lay_ground(config, writer), start, world)
    return PretrainOutcome(writer.folder.path, scores, ended.reason)


def learn_text(
    config: PretrainConfig,
    ground: Ground,
    start: Start,
    world: World,
    *,
    loss: Loss | None = None,
    more: Callable[[TextWatch], dict[str, Any]] | None = None,
) -> tuple[Ended, dict[str, Any]]:
    """Train what stands on `ground`, save and score it; return how it ended and the contents of scores.json.

    `loss` stands in the place of the objectives' own. `more` is asked for further entries of scores.json, with what
    scores the validation text, where there is such.
    """
    writer = start.writer
    config = _settle_rate(config, ground, writer)
    precision = choose_precision(config.training.precision, world, writer)
    portray(config, ground, precision, device=world.device, writer=writer)
    learner = _learner(config, ground, world, precision, loss=loss)
    plan = _plan(config, ground)
    watch = None if ground.validation is None else TextWatch(ground, learner, config.run.seed)
    ended = fit(
        learner,
        plan,
        config=config.training,
        metric=METRIC,
        start=start,
        evaluate=watch,
        rehearse=lambda seconds: _rehearse(learner, plan, watch, seconds),
    )
    learner.finish()
    return ended, _finish(ground, watch, writer, ended, more=more)


def _plan(config: PretrainConfig, ground: Ground) -> Plan:
    """Return which blocks stand in which update; a batch of short ones has as many tokens as one of whole ones."""
    training, seed = config.training, config.run.seed
    whole = BlockPlan(len(ground.train.starts), training.batch_size, seed=seed)
    if ground.short is None:
        return whole
    more = training.block_length // ground.short.length
    short = BlockPlan(len(ground.short.starts), training.batch_size * more, seed=seed)
    return GrowingPlan(short, whole, updates=training.short_updates)


def _settle_rate(config: PretrainConfig, ground: Ground, writer: RunWriter) -> PretrainConfig:
    """Return `config` with a number for the learning rate, and put it and its reason into the record.

    A resumed run keeps the rate it began with, though a later Accent may have another.
    """
    facts = writer.record.training
    if "learning_rate" not in facts:
        facts["learning_rate"], facts["learning_rate_reason"] = _choose_rate(config, ground)
    rate = float(facts["learning_rate"])
    if config.training.learning_rate == "auto":
        writer.tell("rate", {"learning_rate": rate, "reason": facts["learning_rate_reason"]})
    return replace(config, training=replace(config.training, learning_rate=rate))


def _choose_rate(config: PretrainConfig, ground: Ground) -> tuple[float, str]:
    asked, optimizer = config.training.learning_rate, config.training.optimizer
    if not isinstance(asked, str):
        return asked, "as given"
    width = ground.model.kept.config.hidden_size
    begun = "for a base that has learned before" if ground.started else "for small models from scratch"
    rate = (CONTINUED if ground.started else RATES)[optimizer]
    if width <= MOST_SMALL:
        return rate, f"usual for {optimizer} {begun}"
    scaled = rate * (MOST_SMALL / width) ** 0.5
    return scaled, f"usual for {optimizer} {begun}, by the root of {MOST_SMALL} over the width of {width}"


def _learner(config: PretrainConfig, ground: Ground, world: World, precision: str, *, loss: Loss | None) -> Learner:
    def collate(names: np.ndarray[Any, np.dtype[np.int64]]) -> Batch:
        """Make the batch of some blocks of one epoch, by their names."""
        context, numbers = (
            (ground.train, names) if names[0] >= 0 or ground.short is None else (ground.short, -1 - names)
        )
        blocks = len(context.starts)
        return ground.batch(context, numbers % blocks, seed=config.run.seed, epoch=int(numbers[0] // blocks))

    short = None if ground.short is None else _lengths(ground.short)
    return Learner(
        ground.model,
        _moving(ground),
        examples=Examples(EveryEpoch(_lengths(ground.train), short), collate),
        loss=loss or ground.mixture.loss,
        config=config.training,
        seed=config.run.seed,
        world=world,
        autocast=partial(autocast, precision, world.device),
    )


def _moving(ground: Ground) -> list[RatedParameter]:
    """Return all weights; those in layers of the kept model, and of a generator beside it, are named as such."""
    known = {id(one) for one in ground.known}
    inside = [f"model.{path}." for path in layer_paths(ground.model.kept)]
    if ground.model.generator is not None:
        inside += [f"generator.{path}." for path in layer_paths(ground.model.generator)]
    return [
        RatedParameter(
            name,
            parameter,
            rate=KNOWN if id(parameter) in known else 1.0,
            in_layer=name.startswith(tuple(inside)),
        )
        for name, parameter in ground.model.named_parameters()
    ]


def _lengths(context: Context) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the tokens of each block's row."""
    return np.full(len(context.starts), context.length) if context.lengths is None else context.lengths


def _rehearse(learner: Learner, plan: Plan, watch: TextWatch | None, seconds: float) -> tuple[Costs, float]:
    """Return what the parts of this run will cost, and the tokens of an update."""
    rows = plan.batch(0)
    first = _timed(lambda: learner.rehearse(rows))
    again = max(1, min(3, int(0.5 * seconds / max(first, 1e-9))))
    update = min(_timed(lambda: learner.rehearse(rows)) for _ in range(again))
    evaluation = 0.0 if watch is None else _timed(watch)
    weights = 4.0 * learner.trainable(learner.last_stage)
    checkpoint = 3 * weights / 200e6
    costs = Costs(update=update, evaluation=evaluation, checkpoint=checkpoint, scoring=2.0, ending=checkpoint + 2.0)
    return costs, float(learner.tokens_of(rows))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _finish(
    ground: Ground,
    watch: TextWatch | None,
    writer: RunWriter,
    ended: Ended,
    *,
    more: Callable[[TextWatch], dict[str, Any]] | None,
) -> dict[str, Any]:
    """Save the model, score it, and close the record; an interrupted run keeps only its checkpoint."""
    writer.record.training["ended"] = ended.reason
    writer.record.training["objective"] = ground.mixture.name
    if ended.reason == "interrupted":
        writer.close("interrupted")
        write_report(writer.folder)
        return {}
    usual_dropout(ground.model.kept.config)
    save_model(ground.model.kept, ground.tokenizer, writer.folder.model)
    scores: dict[str, Any] = {}
    if watch is not None:
        with writer.stage("evaluation", "scoring"):
            scores = {"validation": watch.scores()} | ({} if more is None else more(watch))
        write_json(writer.folder.scores, scores)
    writer.close("failed" if ended.reason == "not finite" else "done")
    write_card(writer.folder)
    write_report(writer.folder)
    return scores
