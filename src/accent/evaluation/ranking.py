"""ROC-AUC of weighted rows, for many weightings at once.

The area is the share of (row of the class, other row) pairs that the scores put in the right order, half for a tie. The
order of the scores is the same in every resample; only the weights change. So each class keeps two sparse matrices that
turn weights into counts, and a resample costs one product instead of one sort.

Letters on arrays: N rows, C classes, R resamples, G distinct scores among the class's own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["Ranking", "areas", "label_rankings", "rankings"]


_TWO = 2  # classes whose areas are one and the same, so that one of them is enough


@dataclass(frozen=True)
class Ranking:
    """One class against the rest, with its rows' scores in ascending order."""

    own_GN: sparse.csr_array
    """1 where a row of the class has the g-th score."""
    passed_GN: sparse.csr_array
    """Share of another row that the g-th score is the first to pass; of a tie, a half here and a half at the next."""
    own: int
    """Rows of the class."""
    others: int
    """Rows of the other classes."""


def rankings(labels_N: npt.NDArray[np.int64], probabilities_NC: npt.NDArray[np.float64]) -> list[Ranking]:
    """Return what the area is averaged over: the second of two classes; of more, each that is present."""
    classes = probabilities_NC.shape[1]
    asked = [1] if classes == _TWO else range(classes)
    ranked = [_rank(labels_N == index, probabilities_NC[:, index]) for index in asked]
    return [ranking for ranking in ranked if ranking.own and ranking.others]


def label_rankings(gold_NC: npt.NDArray[np.bool_], probabilities_NC: npt.NDArray[np.float64]) -> list[Ranking]:
    """Return the rankings of labels of which a row may have several: those that some rows have and others do not."""
    ranked = [_rank(own_N, scores_N) for own_N, scores_N in zip(gold_NC.T, probabilities_NC.T, strict=True)]
    return [ranking for ranking in ranked if ranking.own and ranking.others]


def areas(ranked: Sequence[Ranking], weights_NR: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean area over the classes that are present under each weighting (R,); NaN where none is."""
    rows_R = weights_NR.sum(axis=0)
    total_R = np.zeros(weights_NR.shape[1])
    present_R = np.zeros(weights_NR.shape[1])
    for ranking in ranked:
        own_GR = ranking.own_GN @ weights_NR
        below_GR = np.cumsum(ranking.passed_GN @ weights_NR, axis=0)
        own_R = own_GR.sum(axis=0)
        pairs_R = own_R * (rows_R - own_R)
        ordered_R = np.einsum("gr,gr->r", own_GR, below_GR)
        total_R += np.divide(ordered_R, pairs_R, out=np.zeros_like(total_R), where=pairs_R > 0)
        present_R += pairs_R > 0
    return np.divide(total_R, present_R, out=np.full_like(total_R, np.nan), where=present_R > 0)


def _rank(is_own_N: npt.NDArray[np.bool_], scores_N: npt.NDArray[np.float64]) -> Ranking:
    own, others = np.flatnonzero(is_own_N), np.flatnonzero(~is_own_N)
    distinct_G, group = np.unique(scores_N[own], return_inverse=True)
    shape = (len(distinct_G), len(scores_N))
    first_equal = np.searchsorted(distinct_G, scores_N[others], side="left")
    first_above = np.searchsorted(distinct_G, scores_N[others], side="right")
    place, column = np.concatenate([first_equal, first_above]), np.concatenate([others, others])
    passed = place < len(distinct_G)
    return Ranking(
        own_GN=sparse.csr_array((np.ones(len(own)), (group, own)), shape=shape),
        passed_GN=sparse.csr_array((np.full(int(passed.sum()), 0.5), (place[passed], column[passed])), shape=shape),
        own=len(own),
        others=len(others),
    )
