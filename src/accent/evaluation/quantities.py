"""Scores of answers that are numbers, one or several a row.

Letters on arrays: N rows, K quantities, R resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from accent.evaluation.agreement import agreement, pearson
from accent.evaluation.checks import checked_names, checked_numbers, checked_same
from accent.evaluation.resampling import Metric, bootstrap_comparison
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired
from accent.evaluation.together import Metrics, as_given, bootstrap_together, only
from accent.growing import Grown

__all__ = ["QuantityScorer"]

_Floats = npt.NDArray[np.float64]
_SCORES = ("pearson", "spearman", "mae", "rmse", "r2")
_CORRELATIONS = ("pearson", "spearman")
_FEWEST = 3  # rows: through two points there is always a line
_PAIRS = 500  # in the figure of gold against predicted


class QuantityScorer:
    """A `Scorer` of numbers against numbers; `names` (K,) are the quantities'.

    `spreads` (K,) says how large an error of each quantity halves a row's credit, such as the standard deviation among
    the training rows; 1 where it is not given. It changes no score.
    """

    main = "pearson"

    def __init__(self, names: Sequence[str] = ("value",), *, spreads: Sequence[float] | None = None) -> None:
        self.names = checked_names(names)
        self.spreads_K = np.ones(len(self.names)) if spreads is None else np.asarray(spreads, dtype=np.float64)
        if self.spreads_K.shape != (len(self.names),) or not (self.spreads_K > 0).all():
            raise ValueError(f"spreads must be {len(self.names)} numbers above 0, not {spreads}")
        self._gold = Grown(np.float64, (len(self.names),))
        self._predicted = Grown(np.float64, (len(self.names),))

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in gold and predicted numbers, (N, K) each.

        A row's credit is the mean over its quantities of 1 / (1 + error / spread): 1 where all are exact, 1/2 where
        they are wrong by their spreads, and never quite 0.
        """
        gold_NK = checked_numbers("gold", gold, len(self.names))
        predicted_NK = checked_numbers("predictions", predictions, len(self.names))
        if len(gold_NK) != len(predicted_NK):
            raise ValueError(f"{len(gold_NK)} rows of gold do not fit {len(predicted_NK)} rows of predictions")
        self._gold.append(gold_NK)
        self._predicted.append(predicted_NK)
        return list((1 / (1 + np.abs(predicted_NK - gold_NK) / self.spreads_K)).mean(axis=1).tolist())

    def points(self) -> dict[str, float]:
        """Return each overall score as a plain number, and "loss": the mean squared error, in squares of the units."""
        rows = self._rows()
        values = as_given(self._metrics(), rows)
        return {**{name: values[name] for name in _SCORES}, "loss": values["mse"]}

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return every score with its interval over resampled rows.

        Keys: pearson, spearman, mae, rmse (in the quantity's units) and r2; of several quantities each is the mean over
        them, and pearson/NAME and so on follow. A correlation of numbers that are all the same, and r2 where gold is,
        is 0; resamples in which this happens are left out. mae, rmse, r2 and perfect correlations have no bound of the
        kind that `boundaries` has: where no resample disagrees, their interval is the value. With fewer than 3 rows a
        correlation's interval is -1 to 1, as it is where one is not defined.
        """
        rows, metrics = self._rows(), self._metrics()
        found = bootstrap_together(metrics, rows, seed=seed, resamples=resamples)
        given = metrics(np.ones((rows, 1)))
        told = {name: score for name, score in found.items() if name.split("/")[0] in _SCORES}
        for name, score in told.items():
            if name.split("/")[0] in _CORRELATIONS and (np.isnan(given[name][0]) or score.n < _FEWEST):
                told[name] = replace(score, low=-1.0, high=1.0)
        return told

    def page(self) -> dict[str, Any]:
        """Return of the first quantity how large the errors are, up to 500 evenly chosen rows, and the ranges."""
        last = self._rows() - 1
        gold_N, predicted_N = self._pairs()[0]
        errors_N = np.abs(predicted_N - gold_N)
        chosen = np.unique(np.linspace(0, last, _PAIRS).round().astype(np.int64))
        return {
            "quantities": list(self.names),
            "errors": {
                "p50": float(np.quantile(errors_N, 0.5)),
                "p90": float(np.quantile(errors_N, 0.9)),
                "max": float(errors_N.max()),
            },
            "scatter": np.stack([gold_N[chosen], predicted_N[chosen]], axis=1).tolist(),
            "range": {
                "gold": [float(gold_N.min()), float(gold_N.max())],
                "predicted": [float(predicted_N.min()), float(predicted_N.max())],
            },
        }

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        if name == self.main:
            return self._pearson()
        return only(self._metrics(), "mse" if name == "loss" else name, self._rows())

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Return the difference in pearson over the same resampled rows, see `bootstrap_comparison`."""
        rows = self._rows()
        checked_same(self._gold.array(), other._gold.array())
        return bootstrap_comparison(self._pearson(), other._pearson(), rows, seed=seed)

    def _rows(self) -> int:
        if not len(self._gold):
            raise ValueError("there are no rows to score")
        return len(self._gold)

    def _pairs(self) -> list[tuple[_Floats, _Floats]]:
        return list(zip(self._gold.array().T, self._predicted.array().T, strict=True))

    def _metrics(self) -> Metrics:
        by_quantity = [agreement(gold_N, predicted_N) for gold_N, predicted_N in self._pairs()]

        def metrics(weights_NR: _Floats) -> dict[str, _Floats]:
            found = [metrics_of(weights_NR) for metrics_of in by_quantity]
            overall = {name: _mean(np.stack([one[name] for one in found])) for name in found[0]}
            if len(found) == 1:
                return overall
            named = {f"{name}/{self.names[place]}": one[name] for name in _SCORES for place, one in enumerate(found)}
            return {**overall, **named}

        return metrics

    def _pearson(self) -> Metric:
        by_quantity = [pearson(gold_N, predicted_N) for gold_N, predicted_N in self._pairs()]
        return lambda weights_NR: _mean(np.stack([metric(weights_NR) for metric in by_quantity]))


def _mean(values_KR: _Floats) -> _Floats:
    """Return the mean over the quantities (R,), in which an undefined one counts 0; NaN where all are undefined."""
    mean_R: _Floats = np.nan_to_num(values_KR, nan=0.0).mean(axis=0)
    return np.where(np.isnan(values_KR).all(axis=0), np.nan, mean_R)
