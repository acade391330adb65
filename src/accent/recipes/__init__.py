"""Recipes: each verb end to end. They print nothing; a listener hears what happens."""

from __future__ import annotations

from accent.recipes.check import check
from accent.recipes.compare import compare
from accent.recipes.demo import demo, demo_config
from accent.recipes.distill import DistillOutcome, distill
from accent.recipes.doctor import doctor
from accent.recipes.evaluate import evaluate
from accent.recipes.finetune import FinetuneOutcome, finetune
from accent.recipes.inspect import inspect
from accent.recipes.listening import Listen, ignore
from accent.recipes.outcome import RunOutcome
from accent.recipes.plan import plan
from accent.recipes.predict import predict
from accent.recipes.pretrain import PretrainOutcome, pretrain
from accent.recipes.report import report
from accent.recipes.reproduce import reproduce
from accent.recipes.sweep import sweep
from accent.records import Answers

__all__ = [
    "Answers",
    "DistillOutcome",
    "FinetuneOutcome",
    "Listen",
    "PretrainOutcome",
    "RunOutcome",
    "check",
    "compare",
    "demo",
    "demo_config",
    "distill",
    "doctor",
    "evaluate",
    "finetune",
    "ignore",
    "inspect",
    "plan",
    "predict",
    "pretrain",
    "report",
    "reproduce",
    "sweep",
]
