"""A fine-tuning that takes no time: its score is a formula of settings and epochs, and its folder is like a run's."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig, TuneConfig
from accent.config.load import resolve
from accent.recipes import FinetuneOutcome, Listen, ignore
from accent.recipes.pacing import asked_cadence
from accent.recipes.preparing import Prepared
from accent.recipes.starting import Trial
from accent.records import Record, RunFolder, read_json, write_bytes, write_json
from accent.training import BatchPlan
from tests.checkpoints import make_checkpoint
from tests.workflows.small import small_data

__all__ = ["FakeFinetune", "near_a_thousandth", "small_search", "write_job"]

WEIGHTS = 1000
"""Bytes of a fake checkpoint."""


def near_a_thousandth(config: FinetuneConfig, epoch: float) -> float:
    """Return a score that is best at a learning rate of 1e-3, and rises with the epochs."""
    rate = float(config.training.learning_rate)
    return (1.0 - 0.2 * abs(math.log10(rate) + 3.0)) * (1.0 - math.exp(-epoch))


class FakeFinetune:
    """Stands in for `accent.recipes.finetune`, in trials and for the winner."""

    def __init__(self, score: Callable[[FinetuneConfig, float], float] = near_a_thousandth) -> None:
        self.score = score
        self.trials: list[FinetuneConfig] = []
        self.winners: list[FinetuneConfig] = []
        self.pages: list[Path] = []
        """The folders whose page was asked for."""
        self.stop: dict[int, BaseException] = {}
        """What happens in the middle of a trial, by its number."""
        self.interrupt = False
        """Whether the winner's run is interrupted, after its first checkpoint."""

    def __call__(
        self,
        config: FinetuneConfig,
        *,
        listen: Listen = ignore,
        known: Prepared | None = None,
        trial: Trial | None = None,
    ) -> FinetuneOutcome:
        if trial is None:
            return self._winner(config)
        assert known is not None
        self.trials.append(config)
        folder = RunFolder.create(config.run.output, name="trial")
        ended, update = self._train(config, known, listen, trial)
        _record(config, folder, ended, {"updates": update, "tokens": 10 * update, "trial": trial.number})
        write_bytes(folder.checkpoints / "update-00000001" / "weights.safetensors", bytes(WEIGHTS))
        return FinetuneOutcome(folder.path, {}, ended)

    def _train(self, config: FinetuneConfig, known: Prepared, listen: Listen, trial: Trial) -> tuple[str, int]:
        plan = BatchPlan(known.training.row_lengths, config.training.batch_size, seed=0)
        cadence = asked_cadence(config.training, plan)
        listen("start", {"update": 0, "updates": cadence.updates})
        for update in range(1, cadence.updates + 1):
            if trial.number in self.stop and update > 1:
                raise self.stop[trial.number]
            epoch = update / plan.updates_per_epoch
            if cadence.evaluates(update):
                scores = {"f1_macro": self.score(config, epoch)}
                listen("evaluation", {"update": update, "epoch": epoch, "scores": scores})
            if trial.pruned():
                return "pruned", update
        return "done", cadence.updates

    def _winner(self, config: FinetuneConfig) -> FinetuneOutcome:
        self.winners.append(config)
        folder = RunFolder(Path(config.run.resume or config.run.output or ""))
        training = read_json(folder.record)["training"] if config.run.resume else {"updates": 1}
        if self.interrupt:
            Record(command=[], config={}, seed=config.run.seed, status="interrupted", training=training).write(folder)
            return FinetuneOutcome(folder.path, {}, "interrupted")
        _record(config, folder, "done", training)
        scores = {"main": "f1_macro", "test": {"f1_macro": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}}}
        write_json(folder.scores, scores)
        return FinetuneOutcome(folder.path, scores, "done")


def write_job(folder: Path) -> Path:
    """Write the rows and the base of a small job into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *small_data()])
    make_checkpoint(folder / "base", family="bert")
    return folder


def small_search(job: Path, output: Path, **settings: Any) -> TuneConfig:
    """Return a search of learning rates on a small job, 9 epochs of 9 updates a trial; `storage=None` for SQLite."""
    flags = {
        "data": str(job / "rows.csv"),
        "base": str(job / "base"),
        "output": str(output),
        "split": (80.0, 10.0, 10.0),
        "allow": ("leaks", "conflicts"),
        "precision": "fp32",
        "offline": True,
        "epochs": 9.0,
        "batch_size": 8,
        "trials": 8,
        "space": ("learning_rate=1e-5..1e-1 log",),
        "storage": f"{output}.journal",  # quicker than SQLite, the default
    }
    return resolve(TuneConfig, flags=flags | settings, typed=True)


def _record(config: FinetuneConfig, folder: RunFolder, ended: str, training: dict[str, Any]) -> None:
    status: Any = "done" if "trial" not in training or folder.scores.exists() else "trained"
    Record(command=[], config={}, seed=config.run.seed, status=status, training=training | {"ended": ended}).write(
        folder
    )
