"""How well predicted numbers agree with gold ones, for many weightings of the rows at once.

Each function prepares one quantity and returns metrics of weights, exact for whole weights: a row of weight 2 counts
like two equal rows, and ranks are those of the resample, not of all rows.

Letters on arrays: N rows, R resamples, V distinct values, S sums.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from accent.evaluation.resampling import Metric
from accent.evaluation.together import Metrics

__all__ = ["agreement", "pearson", "spearman"]

_Floats = npt.NDArray[np.float64]
_ROUNDING = 1e-12  # of the squares that it comes from: a variance below this is what rounding leaves of none


def agreement(gold_N: _Floats, predicted_N: _Floats) -> Metrics:
    """Return the metrics pearson, spearman, mae, rmse, r2 and mse; NaN where there is no spread to compare with.

    r2 is 1 - squared errors / squared distances of gold from its mean, of the weighted rows.
    """
    linear, ranked = pearson(gold_N, predicted_N), spearman(gold_N, predicted_N)
    errors_N, centred_N = predicted_N - gold_N, gold_N - np.median(gold_N)
    sums_SN = np.stack([np.abs(errors_N), errors_N**2, centred_N, centred_N**2])

    def metrics(weights_NR: _Floats) -> dict[str, _Floats]:
        rows_R = weights_NR.sum(axis=0)
        missed_R, squares_R, centred_R, centred_squares_R = sums_SN @ weights_NR
        spread_R = _spread(centred_squares_R, centred_R, rows_R)
        return {
            "pearson": linear(weights_NR),
            "spearman": ranked(weights_NR),
            "mae": missed_R / rows_R,
            "rmse": np.sqrt(squares_R / rows_R),
            "r2": 1 - _divided(squares_R, spread_R),
            "mse": squares_R / rows_R,
        }

    return metrics


def pearson(gold_N: _Floats, predicted_N: _Floats) -> Metric:
    """Return Pearson's correlation as a metric of weights."""
    gold_N, predicted_N = _near_zero(gold_N), _near_zero(predicted_N)
    sums_SN = np.stack([gold_N, predicted_N, gold_N**2, predicted_N**2, gold_N * predicted_N])

    def metric(weights_NR: _Floats) -> _Floats:
        rows_R = weights_NR.sum(axis=0)
        gold_R, predicted_R, gold_squares_R, predicted_squares_R, products_R = sums_SN @ weights_NR
        spreads_R = _spread(gold_squares_R, gold_R, rows_R) * _spread(predicted_squares_R, predicted_R, rows_R)
        return np.clip(_divided(products_R - gold_R * predicted_R / rows_R, np.sqrt(spreads_R)), -1, 1)

    return metric


def spearman(gold_N: _Floats, predicted_N: _Floats) -> Metric:
    """Return Spearman's rank correlation as a metric of weights; equal values share the mean of their ranks."""
    value_of_gold, value_of_predicted = _values(gold_N), _values(predicted_N)

    def metric(weights_NR: _Floats) -> _Floats:
        gold_NR, predicted_NR = _ranks(value_of_gold, weights_NR), _ranks(value_of_predicted, weights_NR)
        together_R = np.einsum("nr,nr,nr->r", weights_NR, gold_NR, predicted_NR)
        spreads_R = _squares(weights_NR, gold_NR) * _squares(weights_NR, predicted_NR)
        return np.clip(_divided(together_R, np.sqrt(spreads_R)), -1, 1)

    return metric


def _near_zero(values_N: _Floats) -> _Floats:
    """Return the values about their median and at most 1 apart from it: sums of squares then lose no digits.

    The median, because of equal values it is that value to the last digit, which their mean need not be.
    """
    centred_N = values_N - np.median(values_N)
    reach = float(np.abs(centred_N).max())
    return centred_N / reach if reach > 0 else centred_N


def _spread(squares_R: _Floats, sums_R: _Floats, rows_R: _Floats) -> _Floats:
    spread_R = squares_R - sums_R**2 / rows_R
    return np.where(spread_R > _ROUNDING * squares_R, spread_R, 0.0)


def _values(values_N: _Floats) -> npt.NDArray[np.intp]:
    _, place_N = np.unique(values_N, return_inverse=True)
    return place_N


def _ranks(place_N: npt.NDArray[np.intp], weights_NR: _Floats) -> _Floats:
    """Return each row's mean rank in each resample minus the mean of all ranks (N, R): whole numbers or halves."""
    order = np.argsort(place_N, kind="stable")
    first_V = np.flatnonzero(np.concatenate([[True], np.diff(place_N[order]) > 0]))
    rows_VR = np.add.reduceat(weights_NR[order], first_V, axis=0)
    ranks_VR = np.cumsum(rows_VR, axis=0)
    ranks_VR -= (rows_VR + ranks_VR[-1]) / 2
    ranked_NR: _Floats = ranks_VR[place_N]
    return ranked_NR


def _squares(weights_NR: _Floats, ranks_NR: _Floats) -> _Floats:
    squares_R: _Floats = np.einsum("nr,nr,nr->r", weights_NR, ranks_NR, ranks_NR)
    return squares_R


def _divided(above: _Floats, below: _Floats) -> _Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
