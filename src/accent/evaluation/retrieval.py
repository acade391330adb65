"""How well right rows are ranked above wrong ones within groups, such as candidate answers to one question.

A tie between a right and a wrong row counts against the ranking, so that no order of the rows in a file can help.
Letters on arrays: N rows, G groups that have a right row, R resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.evaluation.scores import Score
from accent.evaluation.together import as_given, bootstrap_together

__all__ = ["RankedGroups", "ranked_groups"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankedGroups:
    """Two numbers for each group that has a right row; groups without one are left out, as trec_eval does."""

    average_precision_G: _Floats
    """Mean over the right rows of the share of right rows among those that score at least as high."""
    reciprocal_rank_G: _Floats
    """1 / (1 + wrong rows that score at least as high as the best right one)."""

    def points(self) -> dict[str, float]:
        """Return mean average precision and mean reciprocal rank over the groups."""
        return as_given(self._metrics, len(self.average_precision_G))

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return both with their 95 % intervals, for which groups are resampled; n is the number of groups."""
        groups = len(self.average_precision_G)
        trials = dict.fromkeys(("map", "mrr"), float(groups))
        return bootstrap_together(self._metrics, groups, seed=seed, resamples=resamples, trials=trials)

    def _metrics(self, weights_GR: _Floats) -> dict[str, _Floats]:
        groups_R = weights_GR.sum(axis=0)
        return {
            "map": self.average_precision_G @ weights_GR / groups_R,
            "mrr": self.reciprocal_rank_G @ weights_GR / groups_R,
        }


def ranked_groups(
    right_N: npt.NDArray[np.bool_], scores_N: npt.NDArray[np.floating], groups_N: npt.NDArray[np.integer]
) -> RankedGroups | None:
    """Rank each group's rows by score, highest first; None where no group has both a right and a wrong row.

    groups_N holds any whole number for each group. Average precision is scikit-learn's, ties included; of a score that
    is the same for all rows it is the share of right rows.
    """
    _, group_N = np.unique(groups_N, return_inverse=True)
    order = np.lexsort((-scores_N, group_N))
    right_N, scores_N, group_N = right_N[order], scores_N[order], group_N[order]
    first_N, tie_end_N = _places(group_N, scores_N)
    rights_N = np.cumsum(right_N)
    found_N: npt.NDArray[np.int64] = (rights_N - (rights_N - right_N)[first_N])[tie_end_N]
    seen_N = tie_end_N - first_N + 1
    own_G, rows_G = np.bincount(group_N, weights=right_N), np.bincount(group_N)
    if not ((own_G > 0) & (own_G < rows_G)).any():
        return None
    precision_G = np.bincount(group_N, weights=right_N * found_N / seen_N)
    reciprocal_G = np.zeros(len(own_G))
    np.maximum.at(reciprocal_G, group_N, right_N / (1 + seen_N - found_N))
    kept_G = own_G > 0
    return RankedGroups(precision_G[kept_G] / own_G[kept_G], reciprocal_G[kept_G])


def _places(
    group_N: npt.NDArray[np.intp], scores_N: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return for each sorted row where its group begins and where the rows that tie with it end."""
    place_N = np.arange(len(group_N))
    begins_N = np.concatenate([[True], group_N[1:] != group_N[:-1]])
    breaks_N = begins_N | np.concatenate([[True], scores_N[1:] != scores_N[:-1]])
    first_N = np.maximum.accumulate(np.where(begins_N, place_N, 0))
    ends = np.concatenate([np.flatnonzero(breaks_N)[1:] - 1, [len(group_N) - 1]])
    return first_N, ends[np.cumsum(breaks_N) - 1]
