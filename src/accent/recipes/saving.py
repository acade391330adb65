"""The model that a run leaves behind: its weights, or those that moved, and what answering needs beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import accent
from accent.config.show import to_dict
from accent.inference import SETTINGS_FILE, SETTINGS_VERSION, Predictor
from accent.modeling import save_model
from accent.recipes.assembling import Setup
from accent.records import write_json
from accent.strategies import save_changes
from accent.tasks import Task

__all__ = ["merge_model", "save_fitted"]


def merge_model(setup: Setup, predictor: Predictor) -> None:
    """Make of a model whose whole will be saved one of transformers' own: from now on it answers as the saved one."""
    if not setup.strategy.saves_changes:
        setup.strategy.finish(predictor.model)


def save_fitted(setup: Setup, predictor: Predictor, folder: Path) -> None:
    """Write the model folder: the whole model or its changes, as the strategy says, the tokenizer, and accent.json."""
    model, tokenizer = predictor.model, setup.prepared.encoder.tokenizer
    if setup.strategy.saves_changes:
        save_changes(model, tokenizer, setup.strategy, folder, base=setup.prepared.base.name)
    else:
        save_model(model, tokenizer, folder)
    write_json(folder / SETTINGS_FILE, _model_facts(setup, predictor.task))


def _model_facts(setup: Setup, task: Task) -> dict[str, Any]:
    """Return what accent.json says: everything that answering needs beside the weights."""
    base, settings = setup.prepared.base, task.settings()
    return {
        "version": SETTINGS_VERSION,
        "accent": accent.__version__,
        "task": task.kind,
        "labels": settings.pop("labels"),
        "settings": settings,
        "pair": setup.prepared.pair,
        "max_length": setup.prepared.encoder.max_length,
        "long_texts": setup.prepared.encoder.long_texts.to_json(),
        "precision": setup.precision,
        "strategy": to_dict(setup.config.strategy),
        "saved": "changes" if setup.strategy.saves_changes else "whole",
        "base": {"name": base.name, "digest": base.digest, "revision": setup.config.model.revision},
    }
