"""Pretrain: running text in, a model that has learned its language out, with what it learned measured."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from accent.config.pretraining import PretrainConfig
from accent.modeling import autocast, layer_paths, save_model, usual_dropout
from accent.objectives import Context, Outputs, PretrainingModel, Tally
from accent.recipes.assembling import Loss, choose_precision
from accent.recipes.fitting import fit
from accent.recipes.grounding import Ground, lay_ground
from accent.recipes.listening import Listen, ignore
from accent.recipes.portrait import portray
from accent.recipes.starting import Start, start_run
from accent.recipes.writing import RunWriter
from accent.records import write_json
from accent.report import write_card, write_report
from accent.seeds import generator
from accent.strategies import RatedParameter
from accent.tasks import Batch
from accent.training import BlockPlan, Costs, Ended, EveryEpoch, Examples, Learner, World

__all__ = ["PretrainOutcome", "TextWatch", "learn_text", "pretrain"]

METRIC = "loss"
WATCHED, WATCHED_BATCH = 1024, 32
"""Blocks of validation text that are looked at while training, at most, and in one batch."""
RESAMPLES = 1000
"""Draws of validation batches, with replacement, for the intervals of scores."""
RATES = {"muon": 2e-3, "adamw": 1e-3}
"""Peak rates from scratch for widths up to 512; wider models take them by the root of 512 over their width."""
CONTINUED = 0.1
"""The share of these rates at which a base goes on."""
MOST_SMALL = 512


@dataclass(frozen=True)
class PretrainOutcome:
    """What a pretraining leaves behind."""

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
        return f"accent pretrain --resume {shlex.quote(str(self.folder))}" if self.interrupted else None


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
    plan = BlockPlan(len(ground.train.starts), config.training.batch_size, seed=config.run.seed)
    watch = TextWatch(ground, learner, config.run.seed)
    ended = fit(
        learner,
        plan,
        config=config.training,
        metric=METRIC,
        start=start,
        evaluate=watch if ground.validation is not None else None,
        rehearse=lambda seconds: _rehearse(learner, plan, watch, seconds),
    )
    learner.finish()
    return ended, _finish(ground, watch, writer, ended, more=more)


def _settle_rate(config: PretrainConfig, ground: Ground, writer: RunWriter) -> PretrainConfig:
    """Put a number in for a learning rate of auto, and write down why."""
    training = config.training
    if training.learning_rate != "auto":
        return config
    width = ground.model.kept.config.hidden_size
    rate = RATES[training.optimizer] * min(1.0, (MOST_SMALL / width) ** 0.5) * (CONTINUED if ground.started else 1.0)
    writer.record.training["learning_rate"] = rate
    writer.record.training["learning_rate_reason"] = (
        f"measured for {training.optimizer} and small models"
        + (f", by the root of {MOST_SMALL} over the width of {width}" if width > MOST_SMALL else "")
        + (", a tenth of it for a base that has learned before" if ground.started else "")
    )
    return replace(config, training=replace(training, learning_rate=rate))


def _learner(config: PretrainConfig, ground: Ground, world: World, precision: str, *, loss: Loss | None) -> Learner:
    blocks = len(ground.train.starts)

    def collate(numbers: np.ndarray[Any, np.dtype[np.int64]]) -> Batch:
        """Make the batch of some blocks of one epoch, by their numbers over all epochs."""
        return _batch(ground, ground.train, numbers % blocks, seed=config.run.seed, epoch=int(numbers[0] // blocks))

    return Learner(
        ground.model,
        _moving(ground),
        examples=Examples(EveryEpoch(_lengths(ground.train)), collate),
        loss=loss or ground.mixture.loss,
        config=config.training,
        seed=config.run.seed,
        world=world,
        autocast=partial(autocast, precision, world.device),
    )


def _moving(ground: Ground) -> list[RatedParameter]:
    """Return all weights; those in layers of the kept model, and of a generator beside it, are named as such."""
    inside = [f"model.{path}." for path in layer_paths(ground.model.kept)]
    if ground.model.generator is not None:
        inside += [f"generator.{path}." for path in layer_paths(ground.model.generator)]
    return [
        RatedParameter(name, parameter, in_layer=name.startswith(tuple(inside)))
        for name, parameter in ground.model.named_parameters()
    ]


def _lengths(context: Context) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the tokens of each block's row."""
    return np.full(len(context.starts), context.length) if context.lengths is None else context.lengths


def _batch(ground: Ground, context: Context, blocks: Any, *, seed: int, epoch: int) -> Batch:
    prepared = ground.mixture.make(blocks, context=context, seed=seed, epoch=epoch)
    inputs, targets = prepared.tensors()
    return Batch(inputs, targets, prepared.tokens)


class TextWatch:
    """Scores the validation text: always the same blocks, and the same of their tokens hidden."""

    def __init__(self, ground: Ground, learner: Learner, seed: int) -> None:
        self._ground = ground
        self._learner = learner
        self._seed = seed

    def __call__(self) -> dict[str, float]:
        """Return the scores of some blocks, evenly over the text."""
        return self._ground.mixture.scores(self.tallies(WATCHED))

    def of(self, model: PretrainingModel) -> TextWatch:
        """Return what scores another model on the same blocks."""
        return TextWatch(replace(self._ground, model=model), self._learner, self._seed)

    def tallies(self, most: int | None = None) -> list[Tally]:
        """Return the sums of each batch of validation blocks."""
        mixture = self._ground.mixture
        return [mixture.tally(outputs, batch.targets) for batch, outputs in self.answered(self.batches(most))]

    def batches(self, most: int | None = None) -> Iterator[Batch]:
        """Yield validation blocks in batches, at most so many, evenly over the text."""
        context = self._ground.validation
        if context is None:
            return
        count = len(context.starts)
        chosen = np.linspace(0, count - 1, min(count, most or count)).astype(np.int64)
        for blocks in np.array_split(chosen, -(-len(chosen) // WATCHED_BATCH)):
            yield _batch(self._ground, context, blocks, seed=self._seed, epoch=0).to(self._learner.world.device)

    def answered(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Outputs]]:
        """Yield each batch with what the model says of it."""
        model = self._ground.model
        training = model.training
        model.train(False)
        try:
            with torch.inference_mode(), self._learner.autocast():
                for batch in batches:
                    yield batch, model(**batch.inputs)
        finally:
            model.train(training)

    def scores(self) -> dict[str, dict[str, float | int]]:
        """Return the scores of all validation text, with 95 % intervals over resampled batches."""
        tallies = self.tallies()
        blocks = 0 if self._ground.validation is None else len(self._ground.validation.starts)
        values = self._ground.mixture.scores(tallies)
        chance = generator(self._seed, "intervals")
        draws = [
            self._ground.mixture.scores([tallies[place] for place in chance.integers(len(tallies), size=len(tallies))])
            for _ in range(RESAMPLES)
        ]
        found: dict[str, dict[str, float | int]] = {}
        for name, value in values.items():
            low, high = np.nanquantile([draw[name] for draw in draws], (0.025, 0.975)).tolist()
            found[name] = {"value": value, "low": min(low, value), "high": max(high, value), "n": blocks}
        return found


def _rehearse(learner: Learner, plan: BlockPlan, watch: TextWatch, seconds: float) -> tuple[Costs, float]:
    """Return what the parts of this run will cost, and the tokens of an update."""
    rows = plan.batch(0)
    first = _timed(lambda: learner.rehearse(rows))
    again = max(1, min(3, int(0.5 * seconds / max(first, 1e-9))))
    update = min(_timed(lambda: learner.rehearse(rows)) for _ in range(again))
    evaluation = _timed(watch)
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
    watch: TextWatch,
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
    if ground.validation is not None:
        with writer.stage("evaluation", "scoring"):
            scores = {"validation": watch.scores()} | ({} if more is None else more(watch))
        write_json(writer.folder.scores, scores)
    writer.close("failed" if ended.reason == "not finite" else "done")
    write_card(writer.folder)
    write_report(writer.folder)
    return scores
