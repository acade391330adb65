"""Plan: before a training, measure what it would cost with each strategy, and recommend one."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from accent.config import FinetuneConfig, PlanConfig
from accent.config.quantities import bytes_of, seconds_of
from accent.config.show import to_dict
from accent.errors import UserError
from accent.recipes.assembling import Setup, choose_precision, make_plan
from accent.recipes.foreseen import PLAN_FILE, PLAN_LAYOUT
from accent.recipes.listening import Listen, ignore
from accent.recipes.predicting import Prediction, predict
from accent.recipes.preparing import Prepared, prepare
from accent.recipes.recommending import Situation, recommend
from accent.recipes.tried import Tried, try_strategy
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder, machine_facts, make_folders, write_json
from accent.training import World, device_memory

__all__ = ["plan"]

MOST = 0.99
"""The share of the training rows that the recommended length holds whole."""
STEP = 8
"""Lengths are rounded up to multiples of this."""


def plan(config: PlanConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Return what a run with each strategy will cost, and which is recommended; with `--output` in plan.json there.

    The rows are read and audited as for a training, and each strategy is tried in a process of its own. Strategies that
    do not work with the task or the base are left out with the reason; errors of the data are raised.
    """
    first = config.finetunings[0]
    with tempfile.TemporaryDirectory(prefix="accent-plan-") as scratch:
        writer = _writer(first, Path(scratch) / "run", listen)
        prepared = prepare(first, writer)
        facts = {
            "audit": prepared.audit.to_json(),
            "precision": choose_precision(first.training.precision, World(), writer),
            "updates_tried": config.plan.updates_tried,
            "range_test": config.plan.range_test,
        }
        predictions: list[Prediction] = []
        left_out: list[dict[str, str]] = []
        for one in config.finetunings:
            listen("stage", {"what": f"trying {one.strategy.kind}"})
            try:
                tried = try_strategy(one, Path(scratch) / one.strategy.kind, facts)
            except UserError as error:
                left_out.append({"strategy": one.strategy.kind, "what": error.what, "remedy": error.remedy})
            else:
                predictions.append(_predict(one, prepared, tried, writer))
    found = _document(config, prepared, predictions, writer.record) | {"left_out": left_out}
    if config.run.output is not None:
        make_folders(Path(config.run.output))
        write_json(Path(config.run.output) / PLAN_FILE, found)
    return found


def _writer(config: FinetuneConfig, folder: Path, listen: Listen) -> RunWriter:
    make_folders(folder)
    return RunWriter(RunFolder(folder), Record(command=[], config={}, seed=config.run.seed), None, listen)


def _predict(config: FinetuneConfig, prepared: Prepared, tried: Tried, writer: RunWriter) -> Prediction:
    timings, precision = writer.record.timings, str(writer.record.training["precision"])
    return predict(
        config,
        tried,
        make_plan(Setup(config=config, prepared=prepared, world=World(), precision=precision)),
        rows={name: len(rows) for name, rows in prepared.data.splits.items()},
        tunes=prepared.task.tunes,
        preparing=timings["data"] + timings["audit"],
    )


def _document(
    config: PlanConfig, prepared: Prepared, predictions: Sequence[Prediction], record: Record
) -> dict[str, Any]:
    """Return what plan.json says."""
    situation = _situation(config, prepared)
    recommended = recommend(predictions, situation)
    chosen = next((one for one in predictions if one.strategy == recommended.strategy), None)
    return {
        "layout": PLAN_LAYOUT,
        "config": to_dict(config),
        "data": {"source": config.data.source, "fingerprint": record.data["fingerprint"], "rows": record.data["rows"]},
        "base": {"name": prepared.base.name, "digest": prepared.base.digest},
        "precision": record.training["precision"],
        "machine": record.machine,
        "versions": record.versions,
        "situation": asdict(situation),
        "runs": {one.strategy: asdict(one) for one in predictions},
        "recommended": {
            "strategy": recommended.strategy,
            "reasons": list(recommended.reasons),
            "settings": {} if chosen is None else _settings(config, prepared, chosen),
        },
    }


def _situation(config: PlanConfig, prepared: Prepared) -> Situation:
    limits, machine, device = config.plan, machine_facts()["memory"], device_memory()
    asked = None if limits.memory is None else bytes_of(limits.memory)
    return Situation(
        rows=len(prepared.data.splits["train"]),
        smallest_class=_smallest_class(prepared),
        memory=machine if asked is None or device is not None else asked,
        device_memory=device if asked is None or device is None else asked,
        memory_is_asked=asked is not None,
        seconds=None if limits.time is None else seconds_of(limits.time),
        tasks=limits.tasks,
        batch_size=config.training.batch_size,
        microbatch=config.training.microbatch_size or config.training.batch_size,
    )


def _smallest_class(prepared: Prepared) -> tuple[str, int] | None:
    """Return the class with the fewest training rows, where each row has one."""
    if prepared.task.kind != "classification":
        return None
    names = prepared.task.labels
    counts = np.bincount(prepared.training.row_labels, minlength=len(names)).tolist()
    return min(zip(names, counts, strict=True), key=lambda pair: pair[1])


def _settings(config: PlanConfig, prepared: Prepared, chosen: Prediction) -> dict[str, Any]:
    """Return the settings that go with the recommended strategy."""
    lengths = prepared.training.lengths
    enough = STEP * math.ceil(float(np.quantile(lengths, MOST)) / STEP)
    return {
        "strategy": chosen.strategy,
        "learning_rate": chosen.suggested_rate or chosen.learning_rate,
        "batch_size": config.training.batch_size,
        "max_length": min(enough, prepared.encoder.max_length),
    }
