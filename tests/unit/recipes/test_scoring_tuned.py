"""Validation scores of a task that tunes thresholds: those of the best thresholds, at every evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from datasets import Dataset

from accent.recipes.scoring import validation_points
from accent.tasks import Multilabel
from accent.tasks.decisions import Decision

PROBABILITIES = np.array([[0.30, 0.10], [0.28, 0.02], [0.05, 0.12], [0.02, 0.01], [0.33, 0.03], [0.29, 0.15]] * 3)
LABELS = [["sea", "food"], ["sea"], ["food"], [], ["sea"], ["sea", "food"]] * 3


class Timid:
    """Stands in for a predictor whose probabilities are all below one half, and all in the right order."""

    def __init__(self, *, tunes: bool) -> None:
        self.task = Multilabel(["sea", "food"], decision=Decision(finds_thresholds=tunes))

    def predict(self, rows: Dataset, *, labelled: bool) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        for start in (0, 9):
            yield rows[start : start + 9], PROBABILITIES[start : start + 9]


def test_a_checkpoint_is_judged_at_the_thresholds_it_would_get() -> None:
    rows = Dataset.from_dict({"text": ["x"] * 18, "label": LABELS})
    assert validation_points(Timid(tunes=True), rows)["f1_micro"] == 1.0  # type: ignore[arg-type]


def test_without_tuning_it_is_judged_at_one_half() -> None:
    rows = Dataset.from_dict({"text": ["x"] * 18, "label": LABELS})
    found = Timid(tunes=False)
    assert found.task.tunes is False
    scorer = found.task.scorer()
    for columns, predictions in found.predict(rows, labelled=True):
        found.task.score(scorer, columns, predictions)
    assert scorer.points()["f1_micro"] == 0.0
