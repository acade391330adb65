"""Intervals of many metrics over the same resamples of the rows.

Letters on arrays: N rows, R resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from accent.evaluation.boundaries import boundary_interval
from accent.evaluation.intervals import percentiles, resampled_weights
from accent.evaluation.resampling import Metric
from accent.evaluation.scores import Score

__all__ = ["Metrics", "as_given", "bootstrap_together", "only"]

_Floats = npt.NDArray[np.float64]

Metrics = Callable[[_Floats], dict[str, _Floats]]
"""Weights (N, R) in, values (R,) out by the metric's name; NaN where a resample leaves a metric undefined."""


def as_given(metrics: Metrics, rows: int) -> dict[str, float]:
    """Return each metric of the rows as they are, 0 where it is undefined, as scikit-learn's zero_division=0 has it."""
    return {name: float(np.nan_to_num(value[0], nan=0.0)) for name, value in metrics(np.ones((rows, 1))).items()}


def only(metrics: Metrics, name: str, rows: int) -> Metric:
    """Return one of the metrics of `rows` rows; ValueError where there is none of that name."""
    known = metrics(np.ones((rows, 1)))
    if name not in known:
        raise ValueError(f"there is no score {name} of these rows, but {', '.join(known)}")
    return lambda weights_NR: metrics(weights_NR)[name]


def bootstrap_together(
    metrics: Metrics,
    rows: int,
    *,
    seed: int,
    resamples: int = 1000,
    trials: Mapping[str, float] | None = None,
    n: Mapping[str, int] | None = None,
) -> dict[str, Score]:
    """Return each metric of `rows` rows with its 95 % percentile interval, widened to hold the value.

    `trials` names the independent trials behind the metrics that have Wilson's bound at the ends of their scale, see
    `boundaries`; `n` what a score says it rests on where that is not all rows. Of `f1/NAME`, the metric is `f1`.
    """
    trials, n = trials or {}, n or {}
    values = as_given(metrics, rows)
    blocks = [metrics(weights_NR) for weights_NR in resampled_weights(rows, seed=seed, resamples=resamples)]
    found = {}
    for name, value in values.items():
        drawn_R = np.concatenate([block[name] for block in blocks])
        end = boundary_interval(name.split("/")[0], value, trials[name]) if name in trials else None
        low, high = end or percentiles(drawn_R)
        found[name] = Score(value, min(low, value), max(high, value), n.get(name, rows))
    return found
