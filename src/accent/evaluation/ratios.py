"""Scores that are one sum over rows divided by another: means, means over some of the rows, totals a token.

All ratios of the same rows share their resamples, so one matrix product tallies them all.

Letters on arrays: N rows, R resamples, K ratios or kept numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.evaluation.intervals import percentiles, resampled_weights, wilson
from accent.evaluation.resampling import Metric, bootstrap_comparison
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["Ratio", "RowNumbers", "compare_ratios", "mean_of", "ratio_scores", "weighted_ratio"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """A sum over rows divided by another; 0 where the divisor is 0."""

    above_N: _Floats
    """What each row adds above the line."""
    below_N: _Floats
    """What each row adds below the line; rows with 0 are not counted in the score's n."""
    share: bool = True
    """Whether each row's part runs from 0 to 1, so that Wilson's bound holds at the ends of the scale."""

    def value(self) -> float:
        """Return the ratio of the rows as given."""
        below = float(self.below_N.sum())
        return float(self.above_N.sum()) / below if below else 0.0

    def resampled(self, weights_NR: _Floats) -> _Floats:
        """Return the ratio under each weighting of the rows, (R,); NaN where the divisor is 0."""
        return _divided(self.above_N @ weights_NR, self.below_N @ weights_NR)

    def trials(self) -> float:
        """Return how many rows of equal size would make the ratio vary as it does (Kish's effective sample size)."""
        squares = float((self.below_N**2).sum())
        return float(self.below_N.sum()) ** 2 / squares if squares else 0.0


class RowNumbers:
    """The few numbers that a scorer keeps of each row, in the order in which rows came in."""

    def __init__(self) -> None:
        self._blocks: list[_Floats] = []

    def add(self, numbers: Sequence[Sequence[float]]) -> None:
        """Keep K numbers of each of some rows; the same K every time."""
        if numbers:
            self._blocks.append(np.asarray(numbers, dtype=np.float64))

    def columns(self) -> _Floats:
        """Return all rows so far as (K, N). ValueError when there are none."""
        if not self._blocks:
            raise ValueError("a score needs at least one row, and none was added")
        return np.concatenate(self._blocks).T


def mean_of(values_N: _Floats, where_N: npt.NDArray[np.bool_] | None = None, *, share: bool = True) -> Ratio:
    """Return the mean of the rows' values, or of those of the rows that `where_N` marks."""
    counted_N = np.ones(len(values_N)) if where_N is None else where_N.astype(np.float64)
    return Ratio(values_N * counted_N, counted_N, share)


def ratio_scores(ratios: Mapping[str, Ratio], *, seed: int, resamples: int = 1000) -> dict[str, Score]:
    """Return each ratio of the same N rows with its 95 % interval.

    Intervals are percentiles over `resamples` bootstrap resamples of the rows, without those that leave a ratio
    undefined, and widened to hold the value. A share of 0 or 1 is the same in every resample, and the bootstrap would
    claim certainty: there the interval is Wilson's, which is wide enough for partial credit too, since the mean credit
    lies between the share of the rows that are wholly right and the share of those with any credit at all.
    """
    sums_KN = np.stack([each.above_N for each in ratios.values()] + [each.below_N for each in ratios.values()])
    drawn = [
        _divided(*np.split(sums_KN @ weights_NR, 2))
        for weights_NR in resampled_weights(sums_KN.shape[1], seed=seed, resamples=resamples)
    ]
    drawn_KR = np.concatenate(drawn, axis=1)
    return {name: _score(ratio, drawn_R) for (name, ratio), drawn_R in zip(ratios.items(), drawn_KR, strict=True)}


def compare_ratios(one: Ratio, other: Ratio, *, seed: int) -> Paired:
    """Return one ratio minus another over the same rows; ValueError when these cannot be the same rows."""
    rows = len(one.above_N)
    if rows != len(other.above_N):
        raise ValueError(f"a paired comparison needs the same rows, not {rows} and {len(other.above_N)}")
    return bootstrap_comparison(one.resampled, other.resampled, rows, seed=seed)


def weighted_ratio(ratios: Mapping[str, Ratio], name: str) -> Metric:
    """Return one of the ratios as a function of how often each row counts; ValueError where there is none such."""
    if name not in ratios:
        raise ValueError(f"there is no score {name} of these rows, but {', '.join(ratios)}")
    return ratios[name].resampled


def _score(ratio: Ratio, drawn_R: _Floats) -> Score:
    value = ratio.value()
    low, high = wilson(value, ratio.trials()) if ratio.share and value in {0.0, 1.0} else percentiles(drawn_R)
    return Score(value, min(low, value), max(high, value), int((ratio.below_N > 0).sum()))


def _divided(above: _Floats, below: _Floats) -> _Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
