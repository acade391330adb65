"""Intervals at the ends of a metric's scale, where a bootstrap cannot see doubt.

When all rows are right (or all wrong), every resample is as well, and percentiles would claim certainty. A share has
Wilson's bound there; the other metrics take it over from the share that they are made of, on the number of
independent trials that stand behind them. That number is exact for shares (accuracy, recall, precision) and an
approximation for macro averages, Matthews and ROC-AUC.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from accent.evaluation.intervals import wilson
from accent.evaluation.ranking import Ranking
from accent.evaluation.tallies import Counts, Tally

__all__ = ["boundary_interval", "class_trials", "effective_trials", "overall_trials"]

_Floats = npt.NDArray[np.float64]


def boundary_interval(metric: str, value: float, trials: float) -> tuple[float, float] | None:
    """Return the 95 % interval of a metric that stands at an end of its scale; None when it does not.

    F1 is 2J / (1 + J) of the share J = right / (labelled or predicted), so its bound is that of J, moved along.
    Matthews is read as twice the balanced accuracy minus 1, which it is for two classes of equal size.
    """
    lowest = -1.0 if metric == "matthews" else 0.0
    if value not in {lowest, 1.0}:
        return None
    low, high = wilson((value - lowest) / (1 - lowest), trials)
    if metric == "f1":
        low, high = 2 * low / (1 + low), 2 * high / (1 + high)
    return lowest + (1 - lowest) * low, lowest + (1 - lowest) * high


def overall_trials(sums: Tally, ranked: Sequence[Ranking]) -> dict[str, float]:
    """Return the trials behind each overall metric that has a Wilson bound; `sums` are those of the rows as given."""
    rows = float(sums.labelled_CR.sum())
    by_class = effective_trials(sums.labelled_CR[:, 0])
    return {
        **dict.fromkeys(("accuracy", "f1_micro", "f1_weighted"), rows),
        **dict.fromkeys(("precision_macro", "recall_macro", "f1_macro", "matthews"), by_class),
        "roc_auc": effective_trials(np.array([float(min(ranking.own, ranking.others)) for ranking in ranked])),
    }


def class_trials(sums: Counts) -> dict[str, _Floats]:
    """Return the trials behind precision, recall and F1 of each class, each (C,)."""
    right_C, labelled_C, predicted_C = sums.right_CR[:, 0], sums.labelled_CR[:, 0], sums.predicted_CR[:, 0]
    return {"precision": predicted_C, "recall": labelled_C, "f1": labelled_C + predicted_C - right_C}


def effective_trials(trials_C: _Floats) -> float:
    """Return the trials that one share would need to vary as little as the mean of the classes' shares does.

    The mean of C shares on m_c trials each has the variance p (1 - p) sum(1 / m_c) / C^2.
    """
    present = trials_C[trials_C > 0]
    return float(len(present) ** 2 / (1 / present).sum()) if len(present) else 0.0
