"""Several settings judged on the same rows: each one's mean over its seeds, and which differ by more than chance.

A setting is run once or with several seeds. What chance there is in its score is that of the rows it was judged on and,
where there are seeds to tell, that of the seed:

- Rows are resampled, the same ones for all settings, so that a row that is hard for all of them cancels out.
- Of seeds there are few, and a bootstrap of three knows ten draws. So their spread s enters as s^2 / n beside the rows'
  variance, and the interval is Student's, with Welch's and Satterthwaite's degrees of freedom, in which the rows count
  as many. Of a setting with a single run the spread is unknown: then the claim is about these models and no others.

Where both settings are single runs the interval is the paired bootstrap's, and of answers that are right or wrong the p
value is McNemar's exact one. All pairs are compared, for which setting is the best is known only afterwards, and their
p values are corrected together (Holm).

Letters on arrays: N rows, R resamples. Sources: Efron and Tibshirani, 1993, ch. 15-16; Welch, 1947, Biometrika 34;
Holm, 1979, Scandinavian Journal of Statistics 6, pp. 65-70.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy import stats

from accent.evaluation.intervals import percentiles, resampled_weights
from accent.evaluation.resampling import Metric
from accent.evaluation.scores import Score
from accent.evaluation.significance import compare_paired

__all__ = ["Difference", "Setting", "Standing", "compare_settings", "holm"]

LEVEL = 0.05
FEWEST, A_PAIR = 2000, 400
"""Resamples at least, and for each pair: as no p value goes below 2 / (1 + R), many pairs must not make all of them
insignificant."""
BOOTSTRAP, MCNEMAR = "paired bootstrap over rows", "McNemar's exact test"
STUDENT = "paired bootstrap over rows, Student's t over seeds"

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What was run, once or with several seeds, and how each run is scored."""

    name: str
    metrics: tuple[Metric, ...]
    """The score of each run as a function of row weights, all on the same rows in the same order."""
    right_N: npt.NDArray[np.bool_] | None = None
    """Which rows the single run has right, where the score is the share of such rows."""


@dataclass(frozen=True)
class Standing:
    """How a setting did."""

    name: str
    score: Score
    """The mean over its runs, with its 95 % interval."""
    values: tuple[float, ...]
    """Each run's."""
    deviation: float | None
    """Standard deviation over the runs (n - 1); None of a single one."""


@dataclass(frozen=True)
class Difference:
    """One setting's score minus another's."""

    one: str
    other: str
    difference: Score
    p_value: float
    """Of this pair alone."""
    adjusted: float
    """Corrected for all pairs."""
    test: str

    @property
    def significant(self) -> bool:
        """Whether the corrected p value is below 0.05."""
        return self.adjusted < LEVEL


def compare_settings(
    settings: Sequence[Setting], rows: int, *, seed: int, bounds: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[list[Standing], list[Difference]]:
    """Return how each setting did and all of their differences, in the order given; `bounds` are those of the score.

    A metric that is undefined on a resample counts as 0.
    """
    pairs = list(combinations(range(len(settings)), 2))
    resamples = max(FEWEST, A_PAIR * len(pairs))
    sampled = _sample(settings, rows, seed=seed, resamples=resamples)
    found = [_compared(sampled[one], sampled[other], rows, seed=seed) for one, other in pairs]
    adjusted = holm([p_value for _, p_value, _ in found])
    differences = [
        Difference(settings[one].name, settings[other].name, difference, p_value, corrected, test)
        for (one, other), (difference, p_value, test), corrected in zip(pairs, found, adjusted, strict=True)
    ]
    return [_standing(one, rows, bounds) for one in sampled], differences


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for being several: the k-th smallest of m times m - k + 1, none below a smaller one's.

    The chance of any false claim among all of them stays below the level, however they hang together.
    """
    order = np.argsort(p_values, kind="stable")
    raised = np.asarray(p_values, dtype=np.float64)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(raised))
    return [float(one) for one in adjusted]


@dataclass(frozen=True)
class _Sampled:
    """A setting's scores on the rows as given and on resamples of them."""

    setting: Setting
    values: tuple[float, ...]
    means_R: _Floats

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def deviation(self) -> float | None:
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None

    @property
    def of_seeds(self) -> tuple[float, int]:
        """The variance of the mean that comes of the seeds, and its degrees of freedom."""
        runs = len(self.values)
        return ((self.deviation or 0.0) ** 2 / runs, runs - 1)


def _sample(settings: Sequence[Setting], rows: int, *, seed: int, resamples: int) -> list[_Sampled]:
    """Score every setting on the rows as given and, draw by draw, on the same resamples of them."""
    blocks: list[list[_Floats]] = [[] for _ in settings]
    for weights_NR in resampled_weights(rows, seed=seed, resamples=resamples):
        for block, setting in zip(blocks, settings, strict=True):
            block.append(_by_run(setting, weights_NR).mean(axis=0))
    return [
        _Sampled(setting, tuple(_by_run(setting, np.ones((rows, 1)))[:, 0].tolist()), np.concatenate(block))
        for setting, block in zip(settings, blocks, strict=True)
    ]


def _by_run(setting: Setting, weights_NR: _Floats) -> _Floats:
    """Return each run's score under each weighting."""
    return np.stack([np.nan_to_num(metric(weights_NR), nan=0.0) for metric in setting.metrics])


def _standing(one: _Sampled, rows: int, bounds: tuple[float, float]) -> Standing:
    low, high = _interval(one.mean, one.means_R, [one])
    within = Score(one.mean, max(bounds[0], min(low, one.mean)), min(bounds[1], max(high, one.mean)), rows)
    return Standing(one.setting.name, within, one.values, one.deviation)


def _compared(one: _Sampled, other: _Sampled, rows: int, *, seed: int) -> tuple[Score, float, str]:
    if one.setting.right_N is not None and other.setting.right_N is not None:
        everywhere = np.ones(rows, dtype=np.int64)
        right_N, others_N = (side.setting.right_N.astype(np.int64) for side in (one, other))  # type: ignore[union-attr]
        paired = compare_paired(everywhere, right_N, others_N, seed=seed)
        return paired.difference, paired.p_value, MCNEMAR
    value, differences_R = one.mean - other.mean, one.means_R - other.means_R
    low, high = _interval(value, differences_R, [one, other])
    difference = Score(value, min(low, value), max(high, value), rows)
    if len(one.values) == len(other.values) == 1:
        return difference, _bootstrap_p(differences_R), BOOTSTRAP
    error, freedom = _error(differences_R, [one, other])
    return difference, _student_p(value, error, freedom, differences_R), STUDENT


def _interval(value: float, drawn_R: _Floats, sides: Sequence[_Sampled]) -> tuple[float, float]:
    """Return percentiles over resampled rows or, where there are seeds, Student's interval that holds both chances."""
    if all(len(side.values) == 1 for side in sides):
        return percentiles(drawn_R)
    error, freedom = _error(drawn_R, sides)
    reach = float(stats.t.ppf(1 - LEVEL / 2, freedom)) * error
    return value - reach, value + reach


def _error(drawn_R: _Floats, sides: Sequence[_Sampled]) -> tuple[float, float]:
    """Return the standard error from rows and seeds, and its degrees of freedom; infinite where seeds do not matter."""
    seeds = [side.of_seeds for side in sides]
    variance = float(np.var(drawn_R)) + sum(part for part, _ in seeds)
    spread = sum(part**2 / freedom for part, freedom in seeds if freedom)
    return float(np.sqrt(variance)), (variance**2 / spread if spread else np.inf)


def _student_p(value: float, error: float, freedom: float, drawn_R: _Floats) -> float:
    if not error:
        return _bootstrap_p(drawn_R)
    return float(2 * stats.t.sf(abs(value) / error, freedom))


def _bootstrap_p(differences_R: _Floats) -> float:
    """Return the two-sided p value of `bootstrap_comparison`."""
    below, above = 1 + int((differences_R <= 0).sum()), 1 + int((differences_R >= 0).sum())
    return min(1.0, 2 * min(below, above) / (1 + len(differences_R)))
