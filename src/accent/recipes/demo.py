"""Demo: the main job on data and a base that come with the package, offline."""

from __future__ import annotations

from accent.config import DataConfig, FinetuneConfig, RunConfig, TrainingConfig
from accent.recipes.finetune import FinetuneOutcome, finetune
from accent.recipes.listening import Listen, ignore

__all__ = ["demo", "demo_config"]


def demo_config(output: str | None = None, *, seed: int = 42) -> FinetuneConfig:
    """Return what the demo runs: film, food and product reviews, and MiniLM."""
    return FinetuneConfig(
        data=DataConfig(source="builtin:reviews"),
        training=TrainingConfig(epochs=8.0, learning_rate=1e-4),
        run=RunConfig(output=output, seed=seed, offline=True),
    )


def demo(output: str | None = None, *, seed: int = 42, listen: Listen = ignore) -> FinetuneOutcome:
    """Check, fine-tune, evaluate and report on `builtin:reviews` with `builtin:minilm`."""
    return finetune(demo_config(output, seed=seed), listen=listen)
