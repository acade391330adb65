"""Intervals and paired tests of any metric that is a function of sums over weighted rows.

A metric here takes weights (N, R), how often each of N rows stands in each of R resamples, and returns its R values.
With weights of one it is the metric of the rows as given. Letters on arrays: N rows, R resamples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from accent.evaluation.intervals import percentiles, resampled_weights
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["Metric", "bootstrap_comparison", "bootstrap_ratio", "bootstrap_score"]

_LEVEL = 0.05

Metric = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
"""Weights (N, R) in, values (R,) out; NaN where a resample leaves the metric undefined."""


def bootstrap_score(metric: Metric, rows: int, *, seed: int, resamples: int = 1000, n: int | None = None) -> Score:
    """Return a metric of `rows` rows with its 95 % percentile interval, widened to hold the value.

    `n` is what the score says it rests on where that is not the number of rows. A metric that is undefined on the
    rows as given has the value 0, as scikit-learn's zero_division=0 has it.
    """
    value = float(np.nan_to_num(metric(np.ones((rows, 1)))[0], nan=0.0))
    drawn = [metric(weights_NR) for weights_NR in resampled_weights(rows, seed=seed, resamples=resamples)]
    low, high = percentiles(np.concatenate(drawn))
    return Score(value, min(low, value), max(high, value), rows if n is None else n)


def bootstrap_comparison(one: Metric, other: Metric, rows: int, *, seed: int, resamples: int = 2000) -> Paired:
    """Return one metric minus another over the same resampled rows, and a two-sided bootstrap p value.

    p = 2 min((1 + #{d <= 0}) / (1 + R), (1 + #{d >= 0}) / (1 + R)), at most 1, over the R resampled differences d; it
    never claims less than 2 / (1 + R). A metric that is undefined counts as 0.
    Source: Efron and Tibshirani, 1993, An Introduction to the Bootstrap, ch. 15-16.
    """
    value = float(_difference(one, other, np.ones((rows, 1)))[0])
    weights = resampled_weights(rows, seed=seed, resamples=resamples)
    differences_R = np.concatenate([_difference(one, other, weights_NR) for weights_NR in weights])
    low, high = (float(end) for end in np.quantile(differences_R, [0.025, 0.975]))
    below, above = 1 + int((differences_R <= 0).sum()), 1 + int((differences_R >= 0).sum())
    p_value = min(1.0, 2 * min(below, above) / (1 + resamples))
    return Paired(Score(value, min(low, value), max(high, value), rows), p_value, p_value < _LEVEL)


def bootstrap_ratio(one: Metric, other: Metric, rows: int, *, seed: int, resamples: int = 2000) -> Score:
    """Return one metric over another with its 95 % percentile interval; both are of the same resampled rows.

    Resamples in which the other is undefined or not above 0 are left out. Raises ZeroDivisionError where it is so on
    the rows as given.
    """
    value = float(_ratio(one, other, np.ones((rows, 1)))[0])
    if np.isnan(value):
        raise ZeroDivisionError("only a score above 0 has shares")
    weights = resampled_weights(rows, seed=seed, resamples=resamples)
    low, high = percentiles(np.concatenate([_ratio(one, other, weights_NR) for weights_NR in weights]))
    return Score(value, min(low, value), max(high, value), rows)


def _ratio(one: Metric, other: Metric, weights_NR: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above_R, below_R = np.nan_to_num(one(weights_NR), nan=0.0), np.nan_to_num(other(weights_NR), nan=0.0)
    return np.divide(above_R, below_R, out=np.full_like(above_R, np.nan), where=below_R > 0)


def _difference(one: Metric, other: Metric, weights_NR: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return one metric minus another; one that is undefined, as the correlation of a constant is, counts as 0."""
    return np.nan_to_num(one(weights_NR), nan=0.0) - np.nan_to_num(other(weights_NR), nan=0.0)
