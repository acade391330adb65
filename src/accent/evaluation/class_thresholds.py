"""Which class is answered where the most probable one is not the best answer.

Each class has a threshold, and the answer is the class whose probability is the largest multiple of its own:

    answer = argmax_c p_c / t_c,    t_c > 0,    sum_c t_c = 1

Even thresholds give the most probable class. Of two classes, the second is answered where p_2 > t_2. Probabilities stay
as they are: they say how likely an answer is, thresholds which of them are worth giving.

Letters on arrays: M validation rows, N rows, C classes, R places of a threshold that are tried.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from accent.evaluation.checks import Integers, checked
from accent.evaluation.tallies import Tally, overall_metrics

__all__ = ["GOALS", "checked_class_thresholds", "chosen", "tune_class_thresholds"]

GOALS = ("f1_macro", "accuracy", "f1_micro", "f1_weighted", "matthews")
"""Scores that thresholds can be tuned for, the default first: those that look at answers, not at probabilities."""

_Floats = npt.NDArray[np.float64]
_SMALLEST = np.finfo(np.float64).tiny
_TWO = 2
_ROUNDS = 4
_PLACES = 256
"""Places of one class's threshold that are tried where there are more than two classes."""
_FARTHEST = 30.0
"""The largest logarithm of a threshold against another."""
_APART = 1e-9
"""Rows that need offsets closer than this are won together: rounding could exchange them."""


def chosen(
    probabilities: npt.NDArray[np.floating], thresholds: Sequence[float] | _Floats | None
) -> npt.NDArray[np.int64]:
    """Return the answers (N,) to rows of probabilities (N, C), the first of a tie; None stands for even thresholds."""
    multiples = np.asarray(probabilities, dtype=np.float64)
    if thresholds is not None:
        multiples = multiples / np.asarray(thresholds, dtype=np.float64)
    return np.asarray(multiples.argmax(axis=-1), dtype=np.int64)


def checked_class_thresholds(thresholds: Sequence[float] | _Floats, classes: int) -> _Floats:
    """Return thresholds (C,) that sum to 1; ValueError when they are not one for each class, all above 0."""
    found_C = np.asarray(thresholds, dtype=np.float64)
    if found_C.shape != (classes,) or not ((found_C > 0) & np.isfinite(found_C)).all():
        raise ValueError(f"thresholds must be one number above 0 for each of {classes} classes")
    return np.asarray(found_C / found_C.sum())


def tune_class_thresholds(
    labels: Integers, probabilities: npt.NDArray[np.floating], *, goal: str = GOALS[0], least_rows: int = 5
) -> _Floats:
    """Return the thresholds (C,) that give validation rows a high score.

    labels (M,) class numbers, probabilities (M, C), rows that sum to 1; `goal` is one of GOALS. Of two classes the
    search is exact: every place between two neighbouring rows is tried, and the middle of the best one is taken. Of
    more, one threshold after the other moves to its best place while the others stand (coordinate search), four times
    round at most. A class that fewer than `least_rows` rows have keeps its own, as so few say little. Raises
    ValueError that names what does not fit.

    Thresholds tuned on few rows flatter themselves on them: judge them on other rows.
    """
    if goal not in GOALS:
        raise ValueError(f"thresholds can be tuned for {', '.join(GOALS)}, not for {goal}")
    labels_M, probabilities_MC = checked(labels, probabilities)
    logs_MC = np.log(np.clip(probabilities_MC, _SMALLEST, 1.0))
    classes = logs_MC.shape[1]
    told = np.flatnonzero(np.bincount(labels_M, minlength=classes) >= least_rows)
    if classes == _TWO:
        told = told[1:]  # of two thresholds that sum to 1 one is free, and both classes must be told to place it
    search = _Search(labels_M, logs_MC, goal)
    for _ in range(_ROUNDS):
        moved = [search.move(int(one)) for one in told]
        if not any(moved):
            break
    return np.asarray(softmax(-search.offsets_C))


class _Search:
    """A coordinate search over offsets, the negative logarithms of thresholds: the answer is argmax log p + offset."""

    def __init__(self, labels_M: npt.NDArray[np.int64], logs_MC: _Floats, goal: str) -> None:
        self.offsets_C = np.zeros(logs_MC.shape[1])
        self._labels_M = labels_M
        self._labelled_C1 = np.bincount(labels_M, minlength=logs_MC.shape[1])[:, None].astype(np.float64)
        self._logs_MC = logs_MC
        self._goal = goal
        self._best = -np.inf

    def move(self, one: int) -> bool:
        """Move one class's offset to its best place and return whether the score is better than before."""
        others_MC = self._logs_MC + self.offsets_C
        others_MC[:, one] = -np.inf
        rival_M = others_MC.argmax(axis=1)
        # A row is answered with this class from the offset on at which it overtakes the best of the others.
        needed_M = np.clip(others_MC.max(axis=1) - self._logs_MC[:, one], -_FARTHEST, _FARTHEST)
        first_M = rival_M > one  # of a tie the first class is answered
        order_M = np.lexsort((~first_M, needed_M))
        own = self.offsets_C[one]
        won = int(((needed_M < own) | ((needed_M == own) & first_M)).sum())
        offsets_R, counts_R = self._places(needed_M[order_M], own, won)
        values_R = self._values(one, self._labels_M[order_M], rival_M[order_M], counts_R)
        self._best = max(self._best, values_R[0])  # the first place is where the offset stands
        best_R = np.flatnonzero(values_R >= values_R.max() - 1e-12)
        if values_R.max() <= self._best + 1e-12:
            return False
        self._best = values_R.max()
        self.offsets_C[one] = offsets_R[best_R[np.argmin(np.abs(offsets_R[best_R]))]]
        return True

    def _places(self, needed_M: _Floats, own: float, won: int) -> tuple[_Floats, npt.NDArray[np.int64]]:
        """Return the offsets that are tried, the present one first, and how many rows each one wins.

        All lie within _FARTHEST: rows that need more either way do not change hands.
        """
        wins_R = np.flatnonzero(np.diff(needed_M) > _APART) + 1
        if self._logs_MC.shape[1] > _TWO and len(wins_R) > _PLACES:
            wins_R = wins_R[np.linspace(0, len(wins_R) - 1, _PLACES).astype(np.int64)]
        between_R = (needed_M[wins_R - 1] + needed_M[wins_R]) / 2
        low, high = needed_M[0], needed_M[-1]
        none = [max(low - 1.0, (low - _FARTHEST) / 2)] if low > -_FARTHEST else []
        every = [min(high + 1.0, (high + _FARTHEST) / 2)] if high < _FARTHEST else []
        offsets_R = np.concatenate([[own], none, between_R, every])
        counts_R = np.concatenate([[won], [0] * len(none), wins_R, [len(needed_M)] * len(every)])
        return offsets_R, counts_R.astype(np.int64)

    def _values(
        self,
        one: int,
        labels_M: npt.NDArray[np.int64],
        rival_M: npt.NDArray[np.int64],
        wins_R: npt.NDArray[np.int64],
    ) -> _Floats:
        """Return the goal at each place; rows stand in the order in which this class wins them from their rivals."""
        predicted_CR = _left(rival_M, wins_R, len(self.offsets_C))
        right = rival_M == labels_M
        right_CR = _left(rival_M[right], _before(right, wins_R), len(self.offsets_C))
        predicted_CR[one] = wins_R
        right_CR[one] = _before(labels_M == one, wins_R)
        none_R = np.zeros(len(wins_R))
        labelled_CR = np.broadcast_to(self._labelled_C1, right_CR.shape)
        return overall_metrics(Tally(right_CR, labelled_CR, predicted_CR, none_R, none_R[None]))[self._goal]


def _before(marks_M: npt.NDArray[np.bool_], wins_R: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many of the first `wins_R` rows are marked (R,)."""
    return np.asarray(np.concatenate([[0], np.cumsum(marks_M)])[wins_R], dtype=np.int64)


def _left(rival_M: npt.NDArray[np.int64], wins_R: npt.NDArray[np.int64], classes: int) -> _Floats:
    """Return how many rows each class keeps (C, R) when the first `wins_R` of them are won from it."""
    edges_R = np.sort(wins_R)
    part_M = np.searchsorted(edges_R, np.arange(len(rival_M)), side="right")
    width = len(edges_R) + 1
    kept = np.bincount(rival_M * width + part_M, minlength=classes * width).reshape(classes, width)
    from_part = kept[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.asarray(from_part[:, np.searchsorted(edges_R, wins_R) + 1], dtype=np.float64)
