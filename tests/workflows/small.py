"""A small job that workflow tests share: 90 rows of two classes and a tiny BERT made on the spot."""

from __future__ import annotations

import csv
from pathlib import Path

from accent.config import DataConfig, FinetuneConfig, ModelConfig, RunConfig, TrainingConfig
from tests.checkpoints import make_checkpoint

GOOD = ("lovely", "splendid", "warm", "bright", "careful")
BAD = ("awful", "dreary", "cold", "broken", "careless")
THINGS = ("soup", "film", "lamp", "chair", "song", "tent", "bread", "phone", "story")


def small_data() -> list[tuple[str, str]]:
    """Return distinct texts with labels that a tiny model can learn."""
    rows = []
    for number, thing in enumerate(THINGS):
        for good, bad in zip(GOOD, BAD, strict=True):
            rows.append((f"a {good} {thing} number {number * 7} that we kept", "good"))
            rows.append((f"the {thing} was {bad} and number {number * 11} went back", "bad"))
    return rows


def small_config(folder: Path) -> FinetuneConfig:
    """Write data and base into `folder`; return a config of 8 updates with everything on that a resume must keep."""
    data = folder / "rows.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *small_data()])
    base = make_checkpoint(folder / "base", family="bert")
    return FinetuneConfig(
        data=DataConfig(source=str(data), allow=("leaks", "conflicts")),
        model=ModelConfig(base=str(base or folder / "base"), dropout=0.2),
        training=TrainingConfig(
            epochs=8 / 5,
            batch_size=16,
            microbatch_size=10,
            learning_rate=5e-3,
            evaluate_every=2,
            save_every=1,
            early_stopping=9,
            keep=50,
            precision="fp32",
        ),
        run=RunConfig(seed=5, offline=True),
    )
