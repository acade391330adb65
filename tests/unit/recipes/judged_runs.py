"""Run folders made by hand for comparisons: classifiers whose right and wrong rows are chosen one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from accent.evaluation import ClassScorer
from accent.records import Record, RunFolder, one_line, write_bytes, write_json, write_lines

NAMES = ("bad", "good")

__all__ = ["make_judged"]


def make_judged(path: Path, right: Sequence[bool], *, seed: int = 1, first_line: int = 2, **changed: Any) -> Path:
    """Write a run that has the rows right that `right` says; `changed` goes into its record."""
    folder = RunFolder(path)
    gold = np.arange(len(right)) % 2
    told = np.where(right, gold, 1 - gold)
    probabilities = np.where(told[:, None] == np.arange(2), 0.75, 0.25)
    scorer = ClassScorer(NAMES)
    scorer.add(gold, probabilities)
    _record(seed, changed).write(folder)
    scores = {name: score.to_json() for name, score in scorer.scores(seed=seed).items()}
    write_json(folder.scores, {"main": "accuracy", "test": scores})
    lines = (
        {
            "file": f"{path.parent}/rows.csv",
            "line": first_line + row,
            "text": f"text {row}",
            "label": NAMES[gold[row]],
            "answer": {"label": NAMES[told[row]], "scores": dict(zip(NAMES, probabilities[row], strict=True))},
        }
        for row in range(len(right))
    )
    write_lines(folder.predictions, map(one_line, lines))
    write_bytes(folder.model / "model.safetensors", b"x" * 1000)
    return path


def _record(seed: int, changed: dict[str, Any]) -> Record:
    config = {
        "data": {"source": "rows.csv"},
        "model": {"base": "builtin:minilm"},
        "task": {"kind": "classification"},
        "strategy": {"kind": changed.pop("strategy", "full")},
        "training": {"learning_rate": changed.pop("learning_rate", 5e-5)},
        "run": {"output": None, "seed": seed},
    }
    facts: dict[str, Any] = {
        "status": "done",
        "base": {"name": "builtin:minilm", "digest": "d"},
        "data": {"fingerprint": "f"},
        "timings": {"training": 20.0, "total": 25.0},
        "training": {
            "updates": 8,
            "parameters": 1000,
            "trainable": 250,
            "peak_memory": 5_000_000,
            "answering": {"rows_per_second": 90.0},
        },
    }
    return Record(command=["accent"], config=config, seed=seed, **(facts | changed))
