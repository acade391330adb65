"""Scores of answers that are one class a row.

Letters on arrays: N rows, C classes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from accent.evaluation.calibration import reliability
from accent.evaluation.checks import checked, checked_names, checked_same
from accent.evaluation.class_thresholds import checked_class_thresholds, chosen
from accent.evaluation.classification import classification_scores, confusion, point_metrics, weighted_metric
from accent.evaluation.resampling import Metric
from accent.evaluation.retrieval import RankedGroups, ranked_groups
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired, compare_paired
from accent.evaluation.temperature import calibration_change
from accent.growing import Grown

__all__ = ["ClassScorer"]

_TWO = 2  # classes, of which the second says that a candidate is right; and rows a group at least, on average


class ClassScorer:
    """A `Scorer` of class numbers against probabilities; `names` (C,) are the classes'.

    `thresholds` (C,) choose the answers, see `class_thresholds`; without them they are the most probable classes.
    `temperature` is the one that the probabilities stand at, so that the page can say what it changed.

    Probabilities are kept as they come, in float64: narrower ones could tie, and then the scores would speak of other
    answers than those that were given. Large tables leave memory for a temporary file, see `Grown`.
    """

    main = "accuracy"

    def __init__(
        self, names: Sequence[str], thresholds: Sequence[float] | None = None, *, temperature: float = 1.0
    ) -> None:
        self.names = checked_names(names)
        self._thresholds_C = None if thresholds is None else checked_class_thresholds(thresholds, len(self.names))
        self._temperature = temperature
        self._targets = Grown(np.int32)
        self._probabilities = Grown(np.float64, (len(self.names),))
        self._groups = Grown(np.int64)

    def add(self, gold: PerRow, predictions: PerRow, groups: Sequence[str] | None = None) -> list[float]:
        """Take in class numbers (N,) and probabilities (N, C); a row's credit is 1 where its answer is right, else 0.

        The answer is the most probable class, or that of the thresholds, the first one of a tie. `groups` (N,), given
        for all rows or for none, says which rows are candidates for one thing, such as answers to one question. With
        two classes the scores then say how well P(second class) ranks each group's rows: "map" and "mrr", see
        `retrieval`. Raises ValueError that names what does not fit, and takes nothing in.
        """
        targets_N, probabilities_NC = checked(np.asarray(gold), np.asarray(predictions))
        if probabilities_NC.shape[1] != len(self.names):
            raise ValueError(f"{probabilities_NC.shape[1]} probabilities a row do not fit {len(self.names)} classes")
        self._add_groups(groups, len(targets_N))
        self._targets.append(targets_N)
        self._probabilities.append(probabilities_NC)
        right_N = (chosen(probabilities_NC, self._thresholds_C) == targets_N).astype(np.float64)
        return list(right_N.tolist())

    def points(self) -> dict[str, float]:
        """Return each overall score as a plain number, "loss", which is log_loss in nats, and "commonest_answer".

        That is the share of rows that got the most frequent answer: at 1, the model says one thing whatever it reads.
        """
        ranked = self._ranked()
        predicted_N = self.predicted_N
        found = point_metrics(self.targets_N, self.probabilities_NC, predicted_N)
        commonest = float(np.bincount(predicted_N).max() / len(predicted_N))
        return {**found, **(ranked.points() if ranked else {}), "commonest_answer": commonest}

    def scores(self, *, seed: int) -> dict[str, Score]:
        """Return the scores of `classification_scores`, and those of the groups' rankings after them."""
        ranked = self._ranked()
        predicted_N = self.predicted_N
        found = classification_scores(
            self.targets_N, self.probabilities_NC, self.names, seed=seed, predicted=predicted_N
        )
        return {**found, **(ranked.scores(seed=seed) if ranked else {})}

    def page(self) -> dict[str, Any]:
        """Return the classes, the confusion table (gold down, answers across) and the reliability diagram's bins.

        Where the probabilities stand at another temperature than 1, also what that changed, under "calibration".
        """
        predicted_N = self.predicted_N
        counts = confusion(self.targets_N, predicted_N, len(self.names))
        bins = reliability(self.targets_N, self.probabilities_NC, predicted=predicted_N)
        return {
            "classes": list(self.names),
            "confusion": {"labels": list(self.names), "counts": counts.tolist()},
            "reliability": [dict(bin_) for bin_ in bins],
            **self._calibration(),
        }

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights; those of rankings are scores of groups, not of rows."""
        return weighted_metric(self.targets_N, self.probabilities_NC, name, predicted=self.predicted_N)

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Return the difference in accuracy with McNemar's exact test, see `compare_paired`."""
        checked_same(self.targets_N, other.targets_N)
        return compare_paired(self.targets_N, self.predicted_N, other.predicted_N, seed=seed)

    @property
    def targets_N(self) -> npt.NDArray[np.int32]:
        """The gold class numbers so far."""
        return self._targets.array()

    @property
    def probabilities_NC(self) -> npt.NDArray[np.float64]:
        """The probabilities so far."""
        return self._probabilities.array()

    @property
    def predicted_N(self) -> npt.NDArray[np.int64]:
        """The answers so far."""
        return chosen(self.probabilities_NC, self._thresholds_C)

    def _calibration(self) -> dict[str, Any]:
        if self._temperature == 1.0:
            return {}
        change = calibration_change(
            self._temperature, self.targets_N, self.probabilities_NC, predicted=self.predicted_N
        )
        return {"calibration": change}

    def _add_groups(self, groups: Sequence[str] | None, rows: int) -> None:
        if len(self._targets) and (groups is not None) != bool(len(self._groups)):
            raise ValueError("groups must be given for all rows or for none")
        if groups is None:
            return
        if len(groups) != rows:
            raise ValueError(f"{len(groups)} groups do not fit {rows} rows")
        self._groups.append(np.array([_number(group) for group in groups], dtype=np.int64))

    def _ranked(self) -> RankedGroups | None:
        groups_N = self._groups.array()
        if len(self.names) != _TWO or not len(groups_N) or len(groups_N) < _TWO * len(np.unique(groups_N)):
            return None
        return ranked_groups(self.targets_N == 1, self.probabilities_NC[:, 1], groups_N)


def _number(group: str) -> int:
    """Return 64 bits that stand for a group's text, which is not kept; a million texts share none (odds 1 : 10^7)."""
    digest = hashlib.blake2b(group.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
