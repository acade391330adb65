"""Recipes: each verb end to end. They print nothing; a listener hears what happens."""

from __future__ import annotations

from accent.recipes.check import check
from accent.recipes.demo import demo, demo_config
from accent.recipes.doctor import doctor
from accent.recipes.evaluate import evaluate
from accent.recipes.finetune import FinetuneOutcome, finetune
from accent.recipes.inspect import inspect
from accent.recipes.listening import Listen, ignore
from accent.recipes.predict import Answers, predict
from accent.recipes.report import report

__all__ = [
    "Answers",
    "FinetuneOutcome",
    "Listen",
    "check",
    "demo",
    "demo_config",
    "doctor",
    "evaluate",
    "finetune",
    "ignore",
    "inspect",
    "predict",
    "report",
]
