"""Average precision of weighted rows, for many weightings at once; built like the areas in `ranking`.

Average precision is the mean, over the rows that have the label, of the share of such rows among all that score at
least as high. Letters on arrays: N rows, C labels, R resamples, G distinct scores among the label's own rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

__all__ = ["PrecisionCurve", "average_precisions", "precision_curves"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PrecisionCurve:
    """One label's rows and the others, by the label's scores in ascending order."""

    own_GN: sparse.csr_array
    """1 where a row with the label has the g-th score."""
    others_GN: sparse.csr_array
    """1 where the g-th score is the highest that another row reaches."""


def precision_curves(gold_NC: npt.NDArray[np.bool_], probabilities_NC: _Floats) -> list[PrecisionCurve]:
    """Return the curves of the labels that some rows have and others do not."""
    return [
        _curve(own_N, scores_N)
        for own_N, scores_N in zip(gold_NC.T, probabilities_NC.T, strict=True)
        if own_N.any() and not own_N.all()
    ]


def average_precisions(curves: Sequence[PrecisionCurve], weights_NR: _Floats) -> _Floats:
    """Return the mean over the labels that some weighted rows have and others do not (R,); NaN where there is none."""
    rows_R = weights_NR.sum(axis=0)
    total_R, present_R = np.zeros_like(rows_R), np.zeros_like(rows_R)
    for curve in curves:
        own_GR = curve.own_GN @ weights_NR
        right_GR = _from_the_top(own_GR)
        seen_GR = right_GR + _from_the_top(curve.others_GN @ weights_NR)
        share_GR = np.divide(right_GR, seen_GR, out=np.zeros_like(seen_GR), where=seen_GR > 0)
        own_R = right_GR[0]
        present = (own_R > 0) & (own_R < rows_R)
        total_R += np.divide(np.einsum("gr,gr->r", own_GR, share_GR), own_R, out=np.zeros_like(rows_R), where=present)
        present_R += present
    mean_R: _Floats = np.divide(total_R, present_R, out=np.full_like(total_R, np.nan), where=present_R > 0)
    return mean_R


def _curve(is_own_N: npt.NDArray[np.bool_], scores_N: _Floats) -> PrecisionCurve:
    own, others = np.flatnonzero(is_own_N), np.flatnonzero(~is_own_N)
    distinct_G, group = np.unique(scores_N[own], return_inverse=True)
    reached = np.searchsorted(distinct_G, scores_N[others], side="right") - 1
    counted = reached >= 0
    shape = (len(distinct_G), len(scores_N))
    return PrecisionCurve(
        own_GN=sparse.csr_array((np.ones(len(own)), (group, own)), shape=shape),
        others_GN=sparse.csr_array((np.ones(int(counted.sum())), (reached[counted], others[counted])), shape=shape),
    )


def _from_the_top(amounts_GR: _Floats) -> _Floats:
    return np.cumsum(amounts_GR[::-1], axis=0)[::-1]
