"""The model that a run leaves behind: its weights, or those that moved, and what answering needs beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import accent
from accent.config.show import to_dict
from accent.inference import Predictor
from accent.modeling import save_model
from accent.recipes.assembling import Job
from accent.records import write_json
from accent.strategies import save_changes
from accent.tasks import Task

__all__ = ["merge_model", "save_fitted"]


def merge_model(job: Job, predictor: Predictor) -> None:
    """Make of a model whose whole will be saved one of transformers' own: from now on it answers as the saved one."""
    if not job.strategy.saves_changes:
        job.strategy.finish(predictor.model)


def save_fitted(job: Job, predictor: Predictor, folder: Path) -> None:
    """Write the model folder: the whole model or its changes, as the strategy says, the tokenizer, and accent.json."""
    model, tokenizer = predictor.model, job.prepared.encoder.tokenizer
    if job.strategy.saves_changes:
        save_changes(model, tokenizer, job.strategy, folder, base=job.prepared.base.name)
    else:
        save_model(model, tokenizer, folder)
    write_json(folder / "accent.json", _model_facts(job, predictor.task))


def _model_facts(job: Job, task: Task) -> dict[str, Any]:
    """Return what accent.json says: everything that answering needs beside the weights."""
    base, settings = job.prepared.base, task.settings()
    return {
        "version": 3,
        "accent": accent.__version__,
        "task": task.kind,
        "labels": settings.pop("labels"),
        "settings": settings,
        "pair": job.prepared.pair,
        "max_length": job.prepared.encoder.max_length,
        "long_texts": job.prepared.encoder.long_texts.to_json(),
        "precision": job.precision,
        "strategy": to_dict(job.config.strategy),
        "saved": "changes" if job.strategy.saves_changes else "whole",
        "base": {"name": base.name, "digest": base.digest, "revision": job.config.model.revision},
    }
