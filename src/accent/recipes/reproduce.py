"""Reproduce: run a run again from its record, and say whether the scores agree or what may have moved them."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from accent.config import FinetuneConfig, ReproduceConfig, TrainingConfig
from accent.config.load import resolve
from accent.data import load
from accent.errors import RunError
from accent.modeling import find_base
from accent.recipes.finetune import finetune
from accent.recipes.listening import Listen, ignore
from accent.records import Record, RunFolder, machine_facts, read_json, versions, write_json

__all__ = ["reproduce"]

EQUAL, WITHIN, OUTSIDE = "equal to the last digit", "within the interval", "outside the interval"
MACHINE = ("processor", "cores", "features", "platform")
"""What of a machine may move the last digits of sums."""


def reproduce(config: ReproduceConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Run the run in `config.target` again into a new folder; what is found also stands in its reproduce.json.

    Data and base must be the same, or RunError says which is not, before anything is trained. Versions and machine may
    differ, and are told. Precision and learning rate are the recorded ones; a run with a time budget is taken with the
    updates that it had, as a clock never goes twice alike. The scores agree where they are equal to the last digit, or
    where the score that the run is named by lies within the interval that it had; where it does not, RunError says so.
    """
    folder = RunFolder.open(config.target)
    record = Record.read(folder)
    if record.status != "done" or not folder.scores.exists():
        remedy = f"Let it go on to its end first: {record.resume_command(config.target)}"
        raise RunError(f"the run is not done, but {record.status}", where=config.target, remedy=remedy)
    if record.verb != "finetune":
        remedy = f"Run it again yourself: accent {record.verb} --config {shlex.quote(str(folder.config))} --output DIR"
        raise RunError("only fine-tuned runs are reproduced and compared", where=config.target, remedy=remedy)
    again = _config(folder, record, config)
    listen("stage", {"what": "checking data and base"})
    _check_inputs(again, record)
    differing = [*_differing(record), *_budgeted(record)]
    for what in differing:
        listen("note", {"what": what})
    outcome = finetune(again, listen=listen)
    if outcome.interrupted:
        return {"run": str(folder.path), "again": str(outcome.folder), "interrupted": True}
    found = {
        "run": str(folder.path),
        "again": str(outcome.folder),
        "differing": differing,
        "weights": _weights(folder) == _weights(RunFolder(outcome.folder)),
        **_compared(read_json(folder.scores), outcome.scores),
    }
    write_json(outcome.folder / "reproduce.json", found)
    if not found["agrees"]:
        raise _disagreement(found, config.target)
    return found


def _config(folder: RunFolder, record: Record, asked: ReproduceConfig) -> FinetuneConfig:
    """Return the run's configuration with a new folder, and with what was chosen for it when it began."""
    begun = resolve(FinetuneConfig, file=folder.config)
    run = replace(begun.run, output=asked.output, resume=None, offline=asked.offline or begun.run.offline)
    return replace(begun, run=run, training=_training(begun.training, record.training))


def _training(begun: TrainingConfig, facts: Mapping[str, Any]) -> TrainingConfig:
    """Return settings that leave nothing to this machine, its clock or a later Accent's recommendation."""
    settled = replace(begun, precision=facts.get("precision", begun.precision))
    if begun.learning_rate == "auto":
        settled = replace(settled, learning_rate=facts.get("learning_rate", "auto"))
    budget = facts.get("time_budget")
    if budget is None:
        return settled
    every = begun.evaluate_every or budget.get("evaluate_every")
    return replace(settled, time_budget=None, epochs=None, updates=budget["ends"][-1][1], evaluate_every=every)


def _check_inputs(config: FinetuneConfig, record: Record) -> None:
    """Refuse other rows or another base than the run had: its scores could not be expected of them."""
    seed = config.data.seed_of_split(config.run.seed)
    data = load(config.data, task=config.task.kind, seed=seed, offline=config.run.offline)
    if data.fingerprint != record.data.get("fingerprint"):
        raise RunError(
            "the data is not what the run had: its rows have another fingerprint",
            where=config.data.source,
            remedy="Put the data back as it was: record.json names the files and their digests under data.files.",
        )
    base = find_base(config.model.base, revision=config.model.revision, offline=config.run.offline)
    if base.digest != record.base.get("digest"):
        raise RunError(
            "the base is not what the run had: its digest differs",
            where=base.name,
            remedy="Put the base back as it was; of a Hub base, name the commit with --set model.revision=COMMIT.",
        )


def _differing(record: Record) -> list[str]:
    """Say what differs from the run: versions, the machine, and the threads that share sums."""
    now = versions()
    names = sorted(record.versions.keys() | now.keys())
    found: list[tuple[str, Any, Any]] = [(name, record.versions.get(name), now.get(name)) for name in names]
    machine = machine_facts()
    found += [(name, record.machine.get(name), machine.get(name)) for name in MACHINE]
    found.append(("threads", record.training.get("threads"), torch.get_num_threads()))
    return [f"{name} was {_plain(then)} and is {_plain(here)}" for name, then, here in found if then != here]


def _budgeted(record: Record) -> list[str]:
    """Say what is not as it was where a time budget made the length: the rates, where the end was moved."""
    budget = record.training.get("time_budget")
    if budget is None:
        return []
    moves = [update for update, _ in budget["ends"][1:]]
    taken = f"a time budget of {budget['seconds']:g} s was given and {budget['ends'][-1][1]} updates are taken for it"
    if not moves:
        return [taken]
    return [f"{taken}; the run moved its end at update {_plain(moves)}, so that its rates were others"]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "missing")


def _weights(folder: RunFolder) -> dict[str, str]:
    """Return the SHA-256 of each file of weights by its name."""
    files = sorted(folder.model.glob("*.safetensors"))
    return {file.name: _digest(file) for file in files}


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _compared(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the scores of each split agree, and the one that the run is named by on the split that judged it."""
    splits = [name for name in ("test", "validation") if then.get(name)]
    main = str(then.get("main"))
    scores = {
        split: {
            name: {"then": score["value"], "now": _value(now, split, name), "low": score["low"], "high": score["high"]}
            for name, score in then[split].items()
            if "/" not in name
        }
        for split in splits
    }
    equal = all(then[split] == now.get(split) for split in splits)
    named = scores[splits[0]][main] if splits else None
    inside = named is None or (named["now"] is not None and named["low"] <= named["now"] <= named["high"])
    agreement = EQUAL if equal else WITHIN if inside else OUTSIDE
    split = splits[0] if splits else None
    return {"agrees": agreement != OUTSIDE, "agreement": agreement, "main": main, "split": split, "scores": scores}


def _value(scores: Mapping[str, Any], split: str, name: str) -> float | None:
    found = scores.get(split, {}).get(name)
    return None if found is None else float(found["value"])


def _disagreement(found: Mapping[str, Any], target: str) -> RunError:
    score = found["scores"][found["split"]][found["main"]]
    now = "missing" if score["now"] is None else f"{score['now']:.4f}"
    what = f"the scores do not agree: {found['main']} was {score['then']:.4f} and is {now}"
    outside = f"outside of [{score['low']:.4f}, {score['high']:.4f}]"
    differing = "; ".join(found["differing"]) or "nothing that the record knows of"
    return RunError(f"{what}, {outside}", where=target, remedy=f"What differs from the run: {differing}.")
