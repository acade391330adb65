"""Temperature: one number that makes probabilities mean what they say, and changes no most probable answer.

Logits z are divided by the temperature T: p = softmax(z / T). Above 1 it takes confidence away, below 1 it adds some.
Since log p is z up to a constant a row, probabilities are enough: p(T) = softmax(log p / T). T is the one with the
least negative log-likelihood on validation rows (Guo et al. 2017, arXiv 1706.04599, section 4.2), which is convex in
1 / T.

Letters on arrays: M validation rows, N rows, C classes, ... any axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import softmax

from accent.evaluation.checks import Integers, checked
from accent.evaluation.classification import point_metrics

__all__ = ["calibration_change", "either", "fit_temperature", "tempered"]

_Floats = npt.NDArray[np.float64]
_SMALLEST = np.finfo(np.float64).tiny
_HOTTEST = 20.0
_TOLD = ("ece", "log_loss")


def tempered(probabilities: npt.NDArray[np.floating], temperature: float) -> _Floats:
    """Return probabilities (..., C) as they are at another temperature, each row summing to 1.

    `tempered(tempered(p, T), 1 / T)` is p again, up to rounding and to probabilities below 1e-308.
    """
    if temperature == 1.0:
        return np.asarray(probabilities, dtype=np.float64)
    return np.asarray(softmax(_logs(probabilities) / temperature, axis=-1))


def either(probabilities: npt.NDArray[np.floating]) -> _Floats:
    """Return the probabilities of labels (...) as those of two classes (..., 2): not given, and given."""
    given = np.asarray(probabilities, dtype=np.float64)
    return np.stack([1.0 - given, given], axis=-1)


def fit_temperature(labels: Integers, probabilities: npt.NDArray[np.floating]) -> float:
    """Return the temperature, from 1/20 to 20, with the least negative log-likelihood on validation rows.

    labels (M,) class numbers, probabilities (M, C), rows that sum to 1. Targets are smoothed by 1 / (M + 1), as if one
    more row had every class in equal parts: where all answers are right, the likelihood alone would ask for certainty.
    Probabilities that are all even say nothing, and keep 1. Raises ValueError that names what does not fit.
    """
    labels_M, probabilities_MC = checked(labels, probabilities)
    logs_MC = _logs(probabilities_MC)
    rows, classes = logs_MC.shape
    smoothing = 1.0 / (rows + 1)
    wanted = (1.0 - smoothing) * logs_MC[np.arange(rows), labels_M].mean() + smoothing * logs_MC.mean()

    def slope(sharpness: float) -> float:
        """Return the derivative of the mean negative log-likelihood by 1 / T."""
        shares_MC = softmax(sharpness * logs_MC, axis=1)
        return float((shares_MC * logs_MC).sum() / rows - wanted)

    if np.allclose(probabilities_MC, 1.0 / classes, rtol=0, atol=1e-12):
        return 1.0
    if slope(1.0 / _HOTTEST) >= 0.0:
        return _HOTTEST
    if slope(_HOTTEST) <= 0.0:
        return 1.0 / _HOTTEST
    return float(1.0 / brentq(slope, 1.0 / _HOTTEST, _HOTTEST, xtol=1e-10))


def calibration_change(
    temperature: float,
    labels: Integers,
    probabilities: npt.NDArray[np.floating],
    *,
    predicted: npt.NDArray[np.int64] | None = None,
) -> dict[str, Any]:
    """Return what scores.json says of a temperature: calibration error and log loss without it and with it.

    labels (N,) class numbers; probabilities (N, C) as they are at the temperature; `predicted` (N,) are the answers
    where they are not the most probable classes.
    """
    before = point_metrics(labels, tempered(probabilities, 1.0 / temperature), predicted)
    after = point_metrics(labels, probabilities, predicted)
    told = {name: {"before": before[name], "after": after[name]} for name in _TOLD}
    return {"temperature": temperature, **told}


def _logs(probabilities: npt.NDArray[np.floating]) -> _Floats:
    return np.log(np.clip(np.asarray(probabilities, dtype=np.float64), _SMALLEST, 1.0))
