"""One learning rate for the whole run: the user's, or the recommended one where auto is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from accent.config import FinetuneConfig
from accent.recipes.writing import RunWriter
from accent.strategies import recommended_rate

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["settle_rate"]


def settle_rate(config: FinetuneConfig, model: PreTrainedModel, writer: RunWriter) -> FinetuneConfig:
    """Return `config` with a number for the learning rate, and put it and its reason into the record.

    A resumed run keeps the rate it began with, though a later Accent may recommend another.
    """
    facts = writer.record.training
    if "learning_rate" not in facts:
        facts["learning_rate"], facts["learning_rate_reason"] = _choose(config, model)
        writer.save()
    rate = float(facts["learning_rate"])
    if config.training.learning_rate == "auto":
        writer.tell("rate", {"learning_rate": rate, "reason": facts["learning_rate_reason"]})
    return replace(config, training=replace(config.training, learning_rate=rate))


def _choose(config: FinetuneConfig, model: PreTrainedModel) -> tuple[float, str]:
    asked = config.training.learning_rate
    if isinstance(asked, str):
        found = recommended_rate(config.strategy.kind, model.config.model_type, width=model.config.hidden_size)
        return found.rate, f"recommended {found.reason}"
    return asked, "as given"
