"""Scores of a tag for every word, such as its part of speech."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from accent.evaluation.name_counts import NameCounts
from accent.evaluation.resampling import Metric
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["TagScorer"]

_OVERALL = ("accuracy", "f1_macro", "f1_weighted")


class TagScorer:
    """Adds up words of rows of tags, one list of tags a row; see `Scorer`.

    accuracy is the share of words with the gold tag; f1_macro, f1_weighted and precision, recall and f1 of each tag are
    those of scikit-learn over all words, with zero_division=0. Intervals resample rows, for words of one sentence are
    not independent; see `NameCounts.scores`. A gold tag that is not among `tags`, which the tagger cannot give, stays
    under its own name: its words are wrong, and its F1 of 0 counts in the averages.

    The credit of a row is the share of its words that are right, and 1 where it has none.
    """

    main = "accuracy"

    def __init__(self, tags: Sequence[str]) -> None:
        self._counts = NameCounts(tags)
        self._pairs: Counter[tuple[str, str]] = Counter()

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in rows of tags and return their credits.

        ValueError names the row that does not fit, and then none of these rows are taken in.
        """
        if len(gold) != len(predictions):
            raise ValueError(f"{len(gold)} rows of gold tags do not fit {len(predictions)} predictions")
        rows = list(zip(gold, predictions, strict=True))
        for number, (tags, predicted) in enumerate(rows):
            if len(tags) != len(predicted):
                raise ValueError(f"row {number} has {len(tags)} gold tags and {len(predicted)} predicted ones")
        return [self._take(tags, predicted) for tags, predicted in rows]

    def points(self) -> dict[str, float]:
        """Return the overall scores without intervals."""
        found = self._counts.points()
        found["accuracy"] = found["recall"]
        return {name: found[name] for name in _OVERALL}

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return the overall scores, n rows, then those of each tag, n words with that tag in gold."""
        found = self._counts.scores(seed=seed, resamples=resamples)
        found["accuracy"] = found["recall"]
        by_tag = {name: score for name, score in found.items() if "/" in name}
        return {name: found[name] for name in _OVERALL} | by_tag

    def page(self) -> dict[str, Any]:
        """Return how many words of each gold tag (first axis) got each tag (second axis)."""
        labels = self._counts.names
        index = {label: place for place, label in enumerate(labels)}
        counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
        for (gold, predicted), count in self._pairs.items():
            counts[index[gold], index[predicted]] = count
        return {"confusion": {"labels": list(labels), "counts": counts.tolist()}}

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        return self._counts.weighted("recall" if name == self.main else name)

    def compare(self, other: TagScorer, *, seed: int) -> Paired:
        """Return this accuracy minus that of another scorer on the same rows, by a paired bootstrap over rows."""
        return self._counts.compare(other._counts, "recall", seed=seed)

    def _take(self, gold: Sequence[str], predicted: Sequence[str]) -> float:
        pairs = Counter(zip(gold, predicted, strict=True))
        self._pairs.update(pairs)
        right = {one: count for (one, other), count in pairs.items() if one == other}
        self._counts.add(right, Counter(gold), Counter(predicted))
        return sum(right.values()) / len(gold) if len(gold) else 1.0
