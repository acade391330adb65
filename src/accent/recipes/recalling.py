"""Frozen layers are asked once: what they say of a row is found or computed, and handed to the model from then on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from accent.inference import Predictor
from accent.modeling import Anatomy, Cut
from accent.recipes.assembling import Setup
from accent.recipes.writing import RunWriter
from accent.strategies import ActivationStore, Kept
from accent.tasks import Examples
from accent.training import Examples as LearnerExamples
from accent.training import Learner

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["recall"]


def recall(setup: Setup, learner: Learner, predictor: Predictor, writer: RunWriter) -> None:
    """Let the learner and the predictor ask the frozen layers once about each training and each validation row.

    Where no layer is frozen, the validation rows are still encoded only once. Where the disk does not hold the
    answers, the layers are asked each time.
    """
    store = _store(setup, predictor.model)
    if store is not None:
        training = setup.prepared.training
        with writer.stage("activations", "computing the frozen layers once"):
            kept = _in_turn(setup, store, training)
        _tell(kept, len(training.rows), writer)
        known = replace(training, activations=kept.activations)
        learner.examples = LearnerExamples(known.costs, known.batch, known.windows)
    rows = setup.rows("validation")
    if rows is not None and setup.world.is_main:
        predictor.keep(rows, None if store is None else partial(_recalled, store))


def _store(setup: Setup, model: PreTrainedModel) -> ActivationStore | None:
    """Return where the frozen layers' answers are kept; None where there are none, or they are not to be kept."""
    if not getattr(setup.config.strategy, "cache", False):
        return None
    anatomy = Anatomy.of(model, setup.prepared.task.head)
    frozen = setup.strategy.frozen_layers(anatomy)
    if frozen is None or not Cut.possible(model, anatomy, frozen):
        return None
    cut = Cut(model, anatomy, frozen)
    cut.attach()
    return ActivationStore(cut, precision=setup.precision)


def _in_turn(setup: Setup, store: ActivationStore, examples: Examples) -> Kept:
    """Let the main process compute and the others find; on another machine's disk they compute for themselves."""
    if not setup.world.is_main:
        setup.world.wait()
    kept = store.of(examples.rows, pad_id=examples.pad_id)
    if setup.world.is_main:
        setup.world.wait()
    return kept


def _recalled(store: ActivationStore, examples: Examples) -> Examples:
    return replace(examples, activations=store.of(examples.rows, pad_id=examples.pad_id).activations)


def _tell(kept: Kept, rows: int, writer: RunWriter) -> None:
    facts = {"examples": rows, "bytes": kept.bytes, "seconds": round(kept.seconds, 3), "hit": kept.hit}
    writer.record.training["activations"] = facts | {"kept": kept.activations is not None}
    if kept.activations is None:
        writer.event(
            "warning",
            update=0,
            what=f"what the frozen layers say takes {kept.bytes / 1e9:.1f} GB, more than the cache may hold; "
            "they are computed anew in each epoch",
            remedy="Free space on its disk, or set ACCENT_CACHE to a folder on a larger one.",
        )
    else:
        writer.event("activations", **facts)
