"""Scores of a split: predicted, scored and written window by window, beside the baselines on the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from accent.evaluation import Scorer
from accent.inference import Predictor, windows_of_columns
from accent.records import one_line
from accent.seeds import generator
from accent.tasks import Columns, Predictions, Task, adjusted

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Scoring", "baseline_scores", "score_page", "split_scores", "tune", "validation_points"]

BASELINE_ROWS = 100_000
"""Training rows that the baselines learn from at most; TF-IDF of more fits no laptop."""
WHOLE = 1.0 - 1e-9
"""From this credit on a row counts as wholly right."""


@dataclass(frozen=True)
class Scoring:
    """A data set on its way through a predictor. Go through `lines` once; then the scorer knows every row."""

    predictor: Predictor
    rows: Dataset
    scorer: Scorer

    @classmethod
    def of(cls, predictor: Predictor, rows: Dataset) -> Scoring:
        """Begin, without predicting anything."""
        return cls(predictor, rows, predictor.task.scorer())

    def finish(self) -> Scorer:
        """Predict and score all rows, and return the scorer."""
        for columns, predictions in self.predictor.predict(self.rows, labelled=True):
            self.predictor.task.score(self.scorer, columns, predictions)
        return self.scorer

    def lines(self) -> Iterator[str]:
        """Yield a line of JSON for each row: where it stands, what it says, its label, the answer, how right it is."""
        task = self.predictor.task
        for columns, predictions in self.predictor.predict(self.rows, labelled=True):
            credits = task.score(self.scorer, columns, predictions)
            expected, answers = task.expected(columns), task.answers(predictions)
            for row, credit in enumerate(credits):
                line = {"file": columns["origin_file"][row], "line": columns["origin_line"][row]}
                line |= {name: columns[name][row] for name in ("text", "text_pair") if name in columns}
                line |= {"label": expected[row], "answer": answers[row], "correct": credit >= WHOLE, "credit": credit}
                yield one_line(line)


def score_page(scorer: Scorer) -> dict[str, Any]:
    """Return what scores.json says of the split that a run is judged by, beside its scores."""
    return {"main": scorer.main, **scorer.page()}


def split_scores(scorer: Scorer, *, seed: int) -> dict[str, Any]:
    """Return each score with its interval, as it stands in scores.json."""
    return {name: score.to_json() for name, score in scorer.scores(seed=seed).items()}


def baseline_scores(splits: Mapping[str, Dataset], judged: Scoring, *, seed: int) -> dict[str, Any]:
    """Fit the baselines on the training rows; return their scores beside `judged` and whether the model differs.

    Where the task tunes a temperature or thresholds on validation rows, each baseline gets its own, from the same rows.
    """
    task = judged.predictor.task
    train = _some(splits["train"], seed)
    watched = splits.get("validation")
    tuned = _tuned_baselines(task, train, watched, seed=seed) if task.tunes and watched else {}
    scores, comparisons = {}, {}
    for name, predictions in task.baselines(train, judged.rows, seed=seed).items():
        own = tuned.get(name, task)
        scorer = own.scorer()
        for columns, part in _in_windows(judged.rows, predictions):
            own.score(scorer, columns, adjusted(own, part))
        found = split_scores(scorer, seed=seed)
        scores[name] = {metric: score for metric, score in found.items() if "/" not in metric}
        paired = judged.scorer.compare(scorer, seed=seed)
        comparisons[name] = {"score": judged.scorer.main, **paired.to_json()}
    return {"baselines": scores, "comparisons": comparisons}


def tune(predictor: Predictor, rows: Dataset) -> Task:
    """Return the predictor's task with what it tunes on these rows, which are predicted once more for it."""
    task = predictor.task
    gold: list[Any] = []
    found: list[Any] = []
    for columns, predictions in predictor.predict(rows, labelled=True):
        gold.extend(task.gold(columns))
        found.extend(predictions)
    return task.tuned(gold, found)


def validation_points(predictor: Predictor, rows: Dataset) -> dict[str, float]:
    """Return the overall scores of the validation rows as plain numbers; those of a task that tunes, as it would be.

    A checkpoint must not be passed over because its probabilities stand elsewhere than the default thresholds.
    """
    task = predictor.task
    if not task.tunes:
        return Scoring.of(predictor, rows).finish().points()
    kept = [name for name in ("label", "text", "text_pair") if name == "label" or "text_pair" in rows.column_names]
    found = [
        ({name: columns[name] for name in kept}, predictions)
        for columns, predictions in predictor.predict(rows, labelled=True)
    ]
    gold = [row for columns, _ in found for row in task.gold(columns)]
    tuned = task.tuned(gold, [row for _, predictions in found for row in predictions])
    scorer = tuned.scorer()
    for columns, predictions in found:
        tuned.score(scorer, columns, adjusted(tuned, predictions))
    return scorer.points()


def _tuned_baselines(task: Task, train: Dataset, rows: Dataset, *, seed: int) -> dict[str, Task]:
    gold = list(task.gold(rows[:]))
    return {name: task.tuned(gold, found) for name, found in task.baselines(train, rows, seed=seed).items()}


def _some(train: Dataset, seed: int) -> Dataset:
    chosen = generator(seed, "baseline-rows").permutation(len(train))[:BASELINE_ROWS]
    return train.select(np.sort(chosen))


def _in_windows(rows: Dataset, predictions: Predictions) -> Iterable[tuple[Columns, Predictions]]:
    start = 0
    for columns in windows_of_columns(rows):
        count = len(columns["text"])
        yield columns, predictions[start : start + count]
        start += count
