"""Whether two classifiers differ on the same rows by more than chance.

Only rows that one gets right and the other wrong tell them apart. The interval of the difference resamples all rows;
the p value is McNemar's exact one, a coin toss on the rows that tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from accent.evaluation.checks import Integers
from accent.evaluation.intervals import percentiles, wilson
from accent.evaluation.scores import Score
from accent.seeds import generator

__all__ = ["Paired", "compare_paired"]

_LEVEL = 0.05


@dataclass(frozen=True)
class Paired:
    """The accuracy of one classifier minus that of another on the same rows."""

    difference: Score
    """Accuracy of a minus accuracy of b, from -1 to 1."""
    p_value: float
    """McNemar's exact two-sided p value."""
    significant: bool
    """Whether the p value is below 0.05."""

    def to_json(self) -> dict[str, object]:
        """Return the comparison as it stands in `scores.json`."""
        return {
            "difference": self.difference.to_json(),
            "p_value": self.p_value,
            "significant": self.significant,
        }


def compare_paired(
    labels: Integers, predicted_a: Integers, predicted_b: Integers, *, seed: int, resamples: int = 10_000
) -> Paired:
    """Return the accuracy of a minus that of b with its 95 % bootstrap interval, and McNemar's exact test.

    labels, predicted_a and predicted_b (N,) are class numbers. A resample of rows matters only through how many rows a
    alone gets right and how many b alone does, so these counts are drawn (multinomial) instead of the rows. Where
    every resample would agree (a and b are right on the same rows, or one alone on all rows) the interval is Wilson's
    bound on the share of rows that tell them apart, to both sides when there is none. When no row tells them apart the
    p value is 1. Raises ValueError that names what does not fit.

    Source: McNemar, 1947, Psychometrika 12, pp. 153-157; exact as the binomial test of the discordant rows.
    """
    right_a, right_b = _right("predicted_a", predicted_a, labels), _right("predicted_b", predicted_b, labels)
    rows, only_a, only_b = len(right_a), int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    value = (only_a - only_b) / rows
    low, high = _interval(rows, only_a, only_b, seed=seed, resamples=resamples)
    told = only_a + only_b
    p_value = float(stats.binomtest(only_a, told, 0.5).pvalue) if told else 1.0
    return Paired(Score(value, min(low, value), max(high, value), rows), p_value, p_value < _LEVEL)


def _right(name: str, predicted: Integers, labels: Integers) -> npt.NDArray[np.bool_]:
    if np.ndim(labels) != 1 or not len(labels):
        raise ValueError(f"labels must be (rows,) with at least one row, not {np.shape(labels)}")
    if np.shape(predicted) != np.shape(labels):
        raise ValueError(f"{name} {np.shape(predicted)} does not fit labels {np.shape(labels)}")
    return np.equal(predicted, labels)


def _interval(rows: int, only_a: int, only_b: int, *, seed: int, resamples: int) -> tuple[float, float]:
    if only_a == only_b == 0:
        _, most = wilson(0.0, rows)
        return -most, most
    if rows in (only_a, only_b):
        low, high = wilson(1.0, rows)
        return (2 * low - 1, high) if only_a else (-high, 1 - 2 * low)
    return percentiles(_drawn_differences(rows, only_a, only_b, seed=seed, resamples=resamples))


def _drawn_differences(rows: int, only_a: int, only_b: int, *, seed: int, resamples: int) -> npt.NDArray[np.float64]:
    if resamples < 1:
        raise ValueError(f"a bootstrap needs at least one resample, not {resamples}")
    shares = np.array([only_a, only_b, rows - only_a - only_b]) / rows
    counts = generator(seed, "paired bootstrap").multinomial(rows, shares, size=resamples)
    return (counts[:, 0] - counts[:, 1]) / rows
