"""Metrics of rows that may have several labels, as functions of sums over weighted rows.

Letters on arrays: N rows, C labels, R resamples (or other weightings), K sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from accent.evaluation.tallies import Counts, class_metrics

__all__ = ["LabelTally", "jaccard", "label_metrics", "label_sums", "label_tally"]

_Floats = npt.NDArray[np.float64]
_Marks = npt.NDArray[np.bool_]
_SMALLEST = np.finfo(np.float64).eps  # a probability of 0 for a label that is there costs 36.04 rather than infinity
_COUNTS = 3  # a label: right, labelled and predicted
_ROW_SUMS = 4  # exact, cells, f1 and loss


@dataclass(frozen=True)
class LabelTally(Counts):
    """Sums over weighted rows: the counts by label, and what each row has of its own."""

    rows_R: _Floats
    """Rows."""
    exact_R: _Floats
    """Rows whose labels are all right."""
    cells_R: _Floats
    """Sum over rows of the share of labels that are rightly there or rightly not there."""
    f1_R: _Floats
    """Sum over rows of the F1 of the row's own labels, 0 where it has none and is given none."""
    loss_R: _Floats
    """Sum over rows of the mean over labels of -log of what was given to the truth, in nats."""


def label_sums(gold_NC: _Marks, predicted_NC: _Marks, probabilities_NC: _Floats) -> sparse.csr_array:
    """Return what each row adds to each of K = 3C + 4 sums, as a sparse (K, N) matrix."""
    right_NC = gold_NC & predicted_NC
    truth_NC = np.where(gold_NC, probabilities_NC, 1 - probabilities_NC)
    held_N = gold_NC.sum(axis=1) + predicted_NC.sum(axis=1)
    by_row = [
        (gold_NC == predicted_NC).all(axis=1),
        (gold_NC == predicted_NC).mean(axis=1),
        2 * right_NC.sum(axis=1) / np.maximum(held_N, 1),
        -np.log(np.clip(truth_NC, _SMALLEST, 1.0)).mean(axis=1),
    ]
    counts = [sparse.csr_array(marks_NC.T.astype(np.float64)) for marks_NC in (right_NC, gold_NC, predicted_NC)]
    return sparse.csr_array(sparse.vstack([*counts, sparse.csr_array(np.stack(by_row).astype(np.float64))]))


def label_tally(sums_KN: sparse.csr_array, weights_NR: _Floats) -> LabelTally:
    """Return the sums of the rows under each weighting."""
    sums_KR = sums_KN @ weights_NR
    right_CR, labelled_CR, predicted_CR = sums_KR[:-_ROW_SUMS].reshape(_COUNTS, -1, weights_NR.shape[1])
    return LabelTally(right_CR, labelled_CR, predicted_CR, weights_NR.sum(axis=0), *sums_KR[-_ROW_SUMS:])


def label_metrics(sums: LabelTally) -> dict[str, _Floats]:
    """Return the metrics over all labels, each (R,).

    f1_macro runs over all labels and f1_weighted weights them by their rows, both with 0 for 0/0, as scikit-learn does
    for several labels a row. f1_micro, precision_micro and recall_micro are NaN where they are 0/0.
    """
    f1_CR = np.nan_to_num(class_metrics(sums)["f1"], nan=0.0)
    every = Counts(*(part.sum(axis=0) for part in (sums.right_CR, sums.labelled_CR, sums.predicted_CR)))
    micro = class_metrics(every)
    labelled_R = every.labelled_CR
    weighted_R = np.divide(
        (f1_CR * sums.labelled_CR).sum(axis=0), labelled_R, out=np.zeros_like(labelled_R), where=labelled_R > 0
    )
    return {
        "f1_micro": micro["f1"],
        "f1_macro": f1_CR.mean(axis=0),
        "f1_weighted": weighted_R,
        "f1_samples": sums.f1_R / sums.rows_R,
        "precision_micro": micro["precision"],
        "recall_micro": micro["recall"],
        "exact": sums.exact_R / sums.rows_R,
        "cell_accuracy": sums.cells_R / sums.rows_R,
        "log_loss": sums.loss_R / sums.rows_R,
    }


def jaccard(gold_NC: _Marks, predicted_NC: _Marks) -> _Floats:
    """Return each row's labels in both over labels in either (N,), 1 where both have none."""
    both_N, either_N = (gold_NC & predicted_NC).sum(axis=1), (gold_NC | predicted_NC).sum(axis=1)
    shares_N: _Floats = np.divide(both_N, either_N, out=np.ones(len(gold_NC)), where=either_N > 0)
    return shares_N
