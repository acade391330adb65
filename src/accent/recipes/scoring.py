"""Scores from rows and probabilities: intervals, confusion, reliability, baselines, and a line for each prediction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from accent.evaluation import (
    baselines,
    classification_scores,
    compare_paired,
    confusion,
    reliability,
)
from accent.records import one_line
from accent.seeds import generator
from accent.tasks import Task

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Scored", "baseline_scores", "prediction_lines", "score_page", "score_rows"]

BASELINE_ROWS = 100_000
"""Training rows that the baselines learn from at most; TF-IDF of more fits no laptop."""


@dataclass(frozen=True)
class Scored:
    """A split with the answers to it. Legend: B rows, C classes."""

    rows: Dataset
    targets_B: npt.NDArray[np.int64]
    probabilities_BC: npt.NDArray[np.float64]
    scores: dict[str, Any]
    """Each metric's score as it stands in scores.json."""

    @property
    def predicted_B(self) -> npt.NDArray[np.int64]:
        """The class that each row is given."""
        return np.asarray(self.probabilities_BC.argmax(axis=1), dtype=np.int64)


def score_rows(rows: Dataset, probabilities_BC: npt.NDArray[np.float64], task: Task, *, seed: int) -> Scored:
    """Score the answers to `rows` against their labels, each metric with its interval."""
    targets = task.targets(rows["label"][:])
    scores = classification_scores(targets, probabilities_BC, task.labels, seed=seed)
    return Scored(rows, targets, probabilities_BC, {name: score.to_json() for name, score in scores.items()})


def score_page(scored: Scored, task: Task) -> dict[str, Any]:
    """Return what scores.json says of the split that a run is judged by, beside the scores themselves."""
    counts = confusion(scored.targets_B, scored.predicted_B, len(task.labels))
    return {
        "classes": list(task.labels),
        "confusion": {"labels": list(task.labels), "counts": counts.tolist()},
        "reliability": [dict(bin_) for bin_ in reliability(scored.targets_B, scored.probabilities_BC)],
    }


def baseline_scores(train: Dataset, scored: Scored, task: Task, *, seed: int) -> dict[str, Any]:
    """Fit the baselines on the training rows; return their scores and whether the model differs (paired)."""
    chosen = generator(seed, "baseline-rows").permutation(len(train))[:BASELINE_ROWS]
    train = train.select(np.sort(chosen))
    answers = baselines(
        _texts(train), task.targets(train["label"][:]), _texts(scored.rows), len(task.labels), seed=seed
    )
    scores, comparisons = {}, {}
    for name, probabilities in answers.items():
        found = classification_scores(scored.targets_B, probabilities, task.labels, seed=seed)
        scores[name] = {metric: score.to_json() for metric, score in found.items() if "/" not in metric}
        paired = compare_paired(scored.targets_B, scored.predicted_B, probabilities.argmax(axis=1), seed=seed)
        comparisons[name] = {
            "difference": paired.difference.to_json(),
            "p_value": paired.p_value,
            "significant": paired.significant,
        }
    return {"baselines": scores, "comparisons": comparisons}


def prediction_lines(scored: Scored, task: Task) -> Iterator[str]:
    """Yield a line of JSON for each row: where it stands, what it says, the label, the answer."""
    for index, row in enumerate(scored.rows):
        answer = task.answer(scored.probabilities_BC[index])
        line = {"file": row["origin_file"], "line": row["origin_line"], "text": row["text"]}
        if "text_pair" in row:
            line["text_pair"] = row["text_pair"]
        line |= {"label": row["label"], "answer": answer, "correct": answer["label"] == row["label"]}
        yield one_line(line)


def _texts(rows: Dataset) -> list[str]:
    if "text_pair" not in rows.column_names:
        return list(rows["text"][:])
    return [f"{one} {other}" for one, other in zip(rows["text"][:], rows["text_pair"][:], strict=True)]
