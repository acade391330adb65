"""From which probability on a row is given a label, where it may have several.

Letters on arrays: M validation rows, N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.evaluation.checks import checked_marks, checked_shares

__all__ = ["assigned", "checked_thresholds", "tune_thresholds"]

_Floats = npt.NDArray[np.float64]
_EVEN = 0.5


def assigned(probabilities_NC: npt.NDArray[np.floating], thresholds_C: _Floats) -> npt.NDArray[np.bool_]:
    """Return which rows are given which labels (N, C): those whose probability reaches the label's threshold."""
    reached_NC: npt.NDArray[np.bool_] = np.asarray(probabilities_NC, dtype=np.float64) >= thresholds_C
    return reached_NC


def checked_thresholds(thresholds: Sequence[float] | npt.NDArray[np.floating] | float, labels: int) -> _Floats:
    """Return thresholds (C,) from one for all labels or one for each; ValueError when they do not fit."""
    found_C = np.asarray(thresholds, dtype=np.float64)
    if found_C.shape not in {(), (labels,)} or not ((found_C >= 0) & (found_C <= 1)).all():
        raise ValueError(f"thresholds must be one number from 0 to 1, or one for each of {labels} labels")
    return np.broadcast_to(found_C, (labels,)).copy()


def tune_thresholds(
    gold: npt.NDArray[Any], probabilities: npt.NDArray[np.floating], *, least_rows: int = 5
) -> npt.NDArray[np.float64]:
    """Return the threshold (C,) of each label that gives the highest F1 on validation rows.

    gold (M, C) of 0 and 1, probabilities (M, C). The search is exact: it tries a threshold midway between any two
    neighbouring probabilities, and of several that are best takes the one nearest 0.5. A label that fewer than
    `least_rows` rows have keeps 0.5, as so few say little. Raises ValueError that names what does not fit.

    A threshold tuned on few rows flatters itself on them: judge it on other rows.
    """
    labels = np.shape(probabilities)[1] if np.ndim(probabilities) > 1 else 1
    gold_MC, probabilities_MC = checked_marks("gold", gold, labels), checked_shares(probabilities, labels)
    if len(gold_MC) != len(probabilities_MC):
        raise ValueError(f"{len(gold_MC)} rows of gold do not fit {len(probabilities_MC)} rows of probabilities")
    return np.array(
        [
            _best_threshold(own_M, scores_M) if own_M.sum() >= max(1, least_rows) else _EVEN
            for own_M, scores_M in zip(gold_MC.T, probabilities_MC.T, strict=True)
        ]
    )


def _best_threshold(own_M: npt.NDArray[np.bool_], scores_M: _Floats) -> float:
    """Return the best of the thresholds that give the label to the k highest scores, for each k that can be told."""
    order = np.argsort(-scores_M, kind="stable")
    scores_M, right_M = scores_M[order], np.cumsum(own_M[order])
    lower_M = np.append(scores_M[1:], 0.0)
    middle_M = (scores_M + lower_M) / 2
    # Of two neighbouring floats the middle is one of the two, and may be the lower: then the upper one tells them.
    threshold_M = np.where(middle_M > lower_M, middle_M, scores_M)
    told_M = (scores_M > lower_M) | (np.arange(len(scores_M)) == len(scores_M) - 1)
    f1_M = np.where(told_M, 2 * right_M / (np.arange(1, len(scores_M) + 1) + own_M.sum()), -1.0)
    best = threshold_M[f1_M == f1_M.max()]
    return float(best[np.argmin(np.abs(best - _EVEN))])
