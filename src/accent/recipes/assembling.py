"""What a training is made of: the rows and settings that stay the same, the model, and the learner that moves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from accent.config import FinetuneConfig
from accent.config.types import Precision
from accent.modeling import Anatomy, autocast, load_model, probe_precision, reinit_layers, still_modules
from accent.recipes.preparing import Prepared
from accent.recipes.writing import RunWriter
from accent.records import plain
from accent.strategies import Strategy, make_strategy, rated
from accent.tasks import Examples as Encoded
from accent.tasks import SummedLoss
from accent.training import BatchPlan, Examples, Learner, World, compact_vocabulary

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Loss", "Setup", "choose_precision", "load_base", "make_learner", "make_plan"]

Loss = Callable[[Any, Mapping[str, Tensor]], SummedLoss]
"""Compares what a model says of a batch with its targets."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What stays the same from the first update to the last score."""

    config: FinetuneConfig
    prepared: Prepared
    world: World
    precision: str

    @property
    def seed(self) -> int:
        """The one seed of the run."""
        return self.config.run.seed

    @cached_property
    def strategy(self) -> Strategy:
        """The strategy, one for the whole run."""
        return make_strategy(self.config.strategy)

    def rows(self, split: str) -> Dataset | None:
        """Return a split's rows, or None where there are none."""
        found = self.prepared.data.splits.get(split)
        return found if found is not None and len(found) else None


def load_base(config: FinetuneConfig, prepared: Prepared, writer: RunWriter) -> PreTrainedModel:
    """Return the base with the task's output layer; what was loaded stands in the record."""
    base = prepared.base
    with writer.stage("base", f"loading {base.name}"):
        loaded = load_model(
            base,
            prepared.task.head,
            prepared.task.labels,
            problem_type=prepared.task.problem_type,
            rename=config.model.rename,
            dropout=config.model.dropout,
            prior=None if config.training.sampler == "balanced" else prepared.task.prior(prepared.training),
            seed=config.run.seed,
        )
        anatomy = Anatomy.of(loaded.model, prepared.task.head)
        anew = reinit_layers(
            loaded.model,
            anatomy,
            config.model.reinit_layers,
            frozen=make_strategy(config.strategy).frozen_layers(anatomy),
            seed=config.run.seed,
        )
    writer.record.base = {
        "name": base.name,
        "digest": base.digest,
        "parameters": loaded.report.parameters,
        "load": plain(loaded.report),
        "begun_anew": list(anew),
    }
    writer.tell("base", writer.record.base)
    return loaded.model


def choose_precision(asked: Precision, world: World, writer: RunWriter) -> str:
    """Return the dtype to multiply in. A resumed run keeps the one it began with: its numbers depend on it."""
    training = writer.record.training
    if "precision" not in training:
        chosen: str = asked
        if asked == "auto":
            probe = probe_precision(world.device)
            training["precision_probe"] = plain(probe)
            chosen = probe.choice
        training["precision"] = chosen
    training["threads"] = torch.get_num_threads()
    writer.save()
    return str(training["precision"])


def make_plan(setup: Setup) -> BatchPlan:
    """Return which rows stand in which update."""
    training, config = setup.prepared.training, setup.config.training
    classes = training.row_labels if config.sampler == "balanced" else None
    return BatchPlan(training.row_lengths, config.batch_size, seed=setup.seed, classes=classes)


def make_learner(
    setup: Setup,
    model: PreTrainedModel,
    *,
    texts: Encoded | None = None,
    asked: nn.Module | None = None,
    loss: Loss | None = None,
) -> Learner:
    """Return what moves the model, as the strategy says; new modules are in the model from now on.

    `texts` are all training texts, where the setup's are some of them: the tokens that they use are trained. `asked` is
    what answers around the model where its own answer is not enough for the loss, `loss` one in place of the task's.
    """
    training = setup.prepared.training
    anatomy = Anatomy.of(model, setup.prepared.task.head)
    model.to(setup.world.device)  # type: ignore[arg-type]
    moving = rated(setup.strategy.prepare(model, anatomy, seed=setup.seed), anatomy, setup.config.training)
    vocabulary = compact_vocabulary(model, moving, texts or training)
    learner = Learner(
        asked or model,
        moving if vocabulary is None else vocabulary.within(moving),
        examples=Examples(training.lengths, training.batch, training.windows),
        loss=loss or setup.prepared.task.loss,
        config=setup.config.training,
        seed=setup.seed,
        world=setup.world,
        autocast=partial(autocast, setup.precision, setup.world.device),
    )
    if vocabulary is not None:
        learner.compact(vocabulary)
    learner.still = still_modules(model, anatomy, setup.strategy.frozen_layers(anatomy))
    return learner
