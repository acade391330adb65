"""MRPC with transformers' Trainer: rows, model and scores."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score
from transformers import AutoModelForSequenceClassification, DataCollatorWithPadding, Trainer

__all__ = ["Peer", "Prepare", "prepare"]

Example = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """What Trainer is given for a task, and how its model is scored."""

    rows: int
    """Training rows, which may be more than one example each."""
    examples: list[Example]
    model: Any
    collate: Any
    score: Callable[[Trainer], dict[str, float]]


Prepare = Callable[[Path, Path, Any, int | None], Peer]
"""Makes a peer from the data's folder, the base's folder, its tokenizer and how many rows of each split to read."""


def prepare(folder: Path, base: Path, tokenizer: Any, limit: int | None) -> Peer:
    """Read pairs of sentences, both in one sequence."""
    train, test = (_examples(folder / f"{split}.tsv", tokenizer, limit) for split in ("train", "test"))
    return Peer(
        rows=len(train),
        examples=train,
        model=AutoModelForSequenceClassification.from_pretrained(base, num_labels=2),
        collate=DataCollatorWithPadding(tokenizer),
        score=lambda trainer: _scores(trainer, test),
    )


def _examples(file: Path, tokenizer: Any, limit: int | None) -> list[Example]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[:limit]
    first, second = ([row[name] for row in rows] for name in ("#1 String", "#2 String"))
    columns = {
        **tokenizer(first, second, truncation=True, max_length=512),
        "labels": [int(row["Quality"]) for row in rows],
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _scores(trainer: Trainer, test: list[Example]) -> dict[str, float]:
    found = trainer.predict(test)  # type: ignore[arg-type]
    answers = np.asarray(found.predictions).argmax(-1)
    return {
        "accuracy": float(accuracy_score(found.label_ids, answers)),
        "f1/1": float(f1_score(found.label_ids, answers)),
    }
