"""Right, gold and predicted by name, a row at a time, and the scores that follow: of entities by type, of words by tag.

A row is a sentence and holds any number of each, so rows are what is resampled. Letters on arrays: N rows, T names,
R resamples (or other weightings), K = 3T sums.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from accent.evaluation.boundaries import boundary_interval, effective_trials
from accent.evaluation.intervals import percentiles, resampled_weights
from accent.evaluation.resampling import Metric, bootstrap_comparison
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired
from accent.evaluation.tallies import CLASS_METRICS, Counts, class_metrics
from accent.evaluation.together import only

__all__ = ["NameCounts"]

_Floats = npt.NDArray[np.float64]
_RIGHT, _GOLD, _PREDICTED = range(3)


class NameCounts:
    """How many of each name every row has right, in gold and predicted: three numbers a row and name that it holds.

    A name that turns up without having been announced is counted under itself, after the announced ones.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if len(set(names)) != len(names):
            raise ValueError(f"names must differ, not {list(names)}")
        self.rows = 0
        self._index = {name: index for index, name in enumerate(names)}
        self._place, self._row, self._amount = array("q"), array("q"), array("q")

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the order of the scores."""
        return tuple(self._index)

    def add(self, right: Mapping[str, int], gold: Mapping[str, int], predicted: Mapping[str, int]) -> None:
        """Take in one row."""
        for kind, counts in ((_RIGHT, right), (_GOLD, gold), (_PREDICTED, predicted)):
            for name, count in counts.items():
                self._place.append(3 * self._index.setdefault(name, len(self._index)) + kind)
                self._row.append(self.rows)
                self._amount.append(count)
        self.rows += 1

    def points(self) -> dict[str, float]:
        """Return precision, recall and f1 over all names together, f1_macro and f1_weighted; 0 for 0/0.

        Macro averages run over the names that gold or predictions hold, weights are gold's counts, as in scikit-learn
        and seqeval with zero_division=0. ValueError when there are no rows.
        """
        found = _overall(_counts(self._sums(), np.ones((self.rows, 1))))
        return {name: float(np.nan_to_num(values_R[0], nan=0.0)) for name, values_R in found.items()}

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return those of `points`, then precision/NAME, recall/NAME and f1/NAME of each name, with intervals.

        n is the number of rows; for a name's scores, how often gold holds it. Intervals are percentiles over bootstrap
        resamples of the rows, the same for every score, without those on which it is 0/0. Where a score is 0 or 1 every
        resample agrees, and the interval is Wilson's bound on rows, not on words: those of one row may well be right or
        wrong together. On a single row the interval of any other score is its value.
        """
        sums_KN = self._sums()
        ones = _counts(sums_KN, np.ones((self.rows, 1)))
        given = _by_key(ones, self.names)
        blocks = [
            _by_key(_counts(sums_KN, weights_NR), self.names)
            for weights_NR in resampled_weights(self.rows, seed=seed, resamples=resamples)
        ]
        trials = _trials(sums_KN, self.names)
        support = dict(zip(self.names, ones.labelled_CR[:, 0].astype(int).tolist(), strict=True))
        return {
            key: _score(
                key.partition("/")[0],
                float(np.nan_to_num(value_R[0], nan=0.0)),
                np.concatenate([block[key] for block in blocks]),
                trials=trials[key],
                n=support[key.partition("/")[2]] if "/" in key else self.rows,
            )
            for key, value_R in given.items()
        }

    def weighted(self, name: str) -> Metric:
        """Return one of `points` as a function of how often each row counts; ValueError where there is none such."""
        sums_KN = self._sums()
        return only(lambda weights_NR: _overall(_counts(sums_KN, weights_NR)), name, self.rows)

    def compare(self, other: NameCounts, name: str, *, seed: int) -> Paired:
        """Compare an overall score with another's on the same rows; ValueError where gold shows that they are not."""
        sums_KN, others_KN = self._sums(), other._sums()
        if self.rows != other.rows or not np.array_equal(_gold(sums_KN), _gold(others_KN)):
            raise ValueError(f"a comparison needs the same rows: {self.rows} and {other.rows} differ in what is gold")
        return bootstrap_comparison(_metric(sums_KN, name), _metric(others_KN, name), self.rows, seed=seed)

    def _sums(self) -> sparse.csr_array:
        """Return what each row adds to each sum (K, N); the three sums of a name are neighbours."""
        if not self.rows:
            raise ValueError("scores need at least one row")
        places = (np.array(self._place), np.array(self._row))
        amounts = np.array(self._amount, dtype=np.float64)
        return sparse.csr_array((amounts, places), shape=(3 * len(self._index), self.rows))


def _counts(sums_KN: sparse.csr_array, weights_NR: _Floats) -> Counts:
    sums_KR = sums_KN @ weights_NR
    return Counts(*(sums_KR[kind::3] for kind in (_RIGHT, _GOLD, _PREDICTED)))


def _overall(sums: Counts) -> dict[str, _Floats]:
    """Return the scores over all names, each (R,); NaN where one is 0/0."""
    right_R, gold_R, predicted_R = (
        counts_TR.sum(axis=0) for counts_TR in (sums.right_CR, sums.labelled_CR, sums.predicted_CR)
    )
    f1_TR = np.nan_to_num(class_metrics(sums)["f1"], nan=0.0)
    used_R = ((sums.labelled_CR + sums.predicted_CR) > 0).sum(axis=0).astype(np.float64)
    return {
        "precision": _ratio(right_R, predicted_R),
        "recall": _ratio(right_R, gold_R),
        "f1": _ratio(2 * right_R, gold_R + predicted_R),
        "f1_macro": _ratio(f1_TR.sum(axis=0), used_R),
        "f1_weighted": _ratio((f1_TR * sums.labelled_CR).sum(axis=0), gold_R),
    }


def _by_key(sums: Counts, names: Sequence[str]) -> dict[str, _Floats]:
    by_name = class_metrics(sums)
    return _overall(sums) | {
        f"{metric}/{name}": by_name[metric][index] for metric in CLASS_METRICS for index, name in enumerate(names)
    }


def _trials(sums_KN: sparse.csr_array, names: Sequence[str]) -> dict[str, float]:
    """Return by score how many rows of equal size it rests on: of the words or entities that its divisor counts."""
    gold_TN, predicted_TN = sums_KN[_GOLD::3], sums_KN[_PREDICTED::3]
    counted = {"precision": predicted_TN, "recall": gold_TN, "f1": gold_TN + predicted_TN}
    by_name = {metric: _equal_rows(counts_TN) for metric, counts_TN in counted.items()}
    together = {metric: sparse.csr_array(counts_TN.sum(axis=0)[None]) for metric, counts_TN in counted.items()}
    overall = {metric: float(_equal_rows(counts_1N)[0]) for metric, counts_1N in together.items()}
    return {
        **overall,
        "f1_macro": effective_trials(by_name["recall"]),
        "f1_weighted": overall["recall"],
        **{f"{metric}/{name}": float(by_name[metric][index]) for metric in by_name for index, name in enumerate(names)},
    }


def _equal_rows(counts_TN: sparse.csr_array) -> _Floats:
    """Return how many rows of equal size make a share vary as these do (T,). Source: Kish, 1965, Survey Sampling."""
    return np.nan_to_num(_ratio(counts_TN.sum(axis=1) ** 2, counts_TN.power(2).sum(axis=1)), nan=0.0)


def _score(metric: str, value: float, drawn_R: _Floats, *, trials: float, n: int) -> Score:
    # Near 0, F1 of few right answers is up to twice their share; near 1 one mistake is often a miss and an invention at
    # once (one word too many), so that F1 loses what a share does.
    scale = metric if value == 0 else "share"
    low, high = boundary_interval(scale, value, trials) or percentiles(drawn_R)
    return Score(value, min(low, value), max(high, value), n)


def _gold(sums_KN: sparse.csr_array) -> _Floats:
    gold_N: _Floats = sums_KN[_GOLD::3].sum(axis=0)
    return gold_N


def _metric(sums_KN: sparse.csr_array, name: str) -> Metric:
    return lambda weights_NR: _overall(_counts(sums_KN, weights_NR))[name]


def _ratio(above_R: _Floats, below_R: _Floats) -> _Floats:
    return np.divide(above_R, below_R, out=np.full_like(above_R, np.nan), where=below_R > 0)
