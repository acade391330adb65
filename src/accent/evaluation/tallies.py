"""Metrics that are functions of sums over rows, for many weightings of the rows at once.

Every metric here follows from five kinds of sums, so one sparse product tallies any number of resamples, and the same
formulas serve the value and its interval.

Letters on arrays: N rows, C classes, R resamples (or other weightings), B bins of confidence, K sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from accent.evaluation.calibration import BINS, bin_of

__all__ = ["CLASS_METRICS", "Counts", "Tally", "class_metrics", "gap_moved", "overall_metrics", "row_sums", "tally"]

CLASS_METRICS = ("precision", "recall", "f1")

_Floats = npt.NDArray[np.float64]
_SMALLEST = np.finfo(np.float64).eps  # a probability of 0 for the right class costs 36.04 rather than infinity


@dataclass(frozen=True)
class Counts:
    """Weighted rows by class, or by label where a row may have several."""

    right_CR: _Floats
    """Rows of the class that were answered with it."""
    labelled_CR: _Floats
    """Rows of the class."""
    predicted_CR: _Floats
    """Rows that were answered with the class."""


@dataclass(frozen=True)
class Tally(Counts):
    """Sums over weighted rows."""

    loss_R: _Floats
    """Sum of -log of the right class's probability, in nats."""
    gap_BR: _Floats
    """Sum of confidence minus number of right answers, by bin of confidence."""


def row_sums(
    labels_N: npt.NDArray[np.int64], probabilities_NC: _Floats, predicted_N: npt.NDArray[np.int64] | None = None
) -> sparse.csr_array:
    """Return what each row adds to each of K = 3C + 1 + B sums, as a sparse (K, N) matrix.

    `predicted_N` are the answers where they are not the most probable classes; confidence is the answer's probability.
    """
    rows, classes = probabilities_NC.shape
    row_N = np.arange(rows)
    predicted_N = probabilities_NC.argmax(axis=1) if predicted_N is None else predicted_N
    confidence_N = probabilities_NC[row_N, predicted_N]
    right_N = predicted_N == labels_N
    loss_N = -np.log(np.clip(probabilities_NC[row_N, labels_N], _SMALLEST, 1.0))
    added = [
        (labels_N[right_N], row_N[right_N], np.ones(int(right_N.sum()))),
        (classes + labels_N, row_N, np.ones(rows)),
        (2 * classes + predicted_N, row_N, np.ones(rows)),
        (np.full(rows, 3 * classes), row_N, loss_N),
        (3 * classes + 1 + bin_of(confidence_N), row_N, confidence_N - right_N),
    ]
    place, column, amount = (np.concatenate(parts) for parts in zip(*added, strict=True))
    return sparse.csr_array((amount, (place, column)), shape=(3 * classes + 1 + BINS, rows))


def tally(sums_KN: sparse.csr_array, weights_NR: _Floats) -> Tally:
    """Return the sums of the rows under each weighting."""
    sums_KR = sums_KN @ weights_NR
    classes = (len(sums_KR) - 1 - BINS) // 3
    right_CR, labelled_CR, predicted_CR = sums_KR[: 3 * classes].reshape(3, classes, -1)
    return Tally(right_CR, labelled_CR, predicted_CR, sums_KR[3 * classes], sums_KR[3 * classes + 1 :])


def overall_metrics(sums: Tally) -> dict[str, _Floats]:
    """Return the metrics over all classes, each (R,).

    Macro averages run over the classes that are labelled or predicted somewhere among the weighted rows, with 0 for
    0/0, as scikit-learn does. Matthews is 0 where all labels or all answers are one class.
    """
    rows_R = sums.labelled_CR.sum(axis=0)
    accuracy_R = sums.right_CR.sum(axis=0) / rows_R
    by_class = {name: np.nan_to_num(values_CR, nan=0.0) for name, values_CR in class_metrics(sums).items()}
    used_R = ((sums.labelled_CR + sums.predicted_CR) > 0).sum(axis=0)
    return {
        "accuracy": accuracy_R,
        **{f"{name}_macro": by_class[name].sum(axis=0) / used_R for name in CLASS_METRICS},
        "f1_micro": accuracy_R,  # with one label and one answer a row, micro precision, recall and F1 are accuracy
        "f1_weighted": (by_class["f1"] * sums.labelled_CR).sum(axis=0) / rows_R,
        "matthews": _matthews(sums),
        "log_loss": sums.loss_R / rows_R,
        "ece": np.abs(sums.gap_BR).sum(axis=0) / rows_R,
    }


def class_metrics(sums: Counts) -> dict[str, _Floats]:
    """Return precision, recall and F1 of each class, each (C, R); NaN where it is 0/0."""
    return {
        "precision": _ratio(sums.right_CR, sums.predicted_CR),
        "recall": _ratio(sums.right_CR, sums.labelled_CR),
        "f1": _ratio(2 * sums.right_CR, sums.labelled_CR + sums.predicted_CR),
    }


def gap_moved(sums: Tally, given: Tally) -> _Floats:
    """Return how far the bins' gaps move from those of the rows as given, as a share of the rows (R,)."""
    moved_R: _Floats = np.abs(sums.gap_BR - given.gap_BR).sum(axis=0) / sums.labelled_CR.sum(axis=0)
    return moved_R


def _matthews(sums: Tally) -> _Floats:
    """Return Matthews' correlation for C classes (R,). Source: Gorodkin, 2004, Comput. Biol. Chem. 28, pp. 367-374."""
    rows_R = sums.labelled_CR.sum(axis=0)
    together_R = rows_R * sums.right_CR.sum(axis=0) - (sums.labelled_CR * sums.predicted_CR).sum(axis=0)
    labels_R = rows_R**2 - (sums.labelled_CR**2).sum(axis=0)
    answers_R = rows_R**2 - (sums.predicted_CR**2).sum(axis=0)
    return np.nan_to_num(_ratio(together_R, np.sqrt(labels_R * answers_R)), nan=0.0)


def _ratio(above: _Floats, below: _Floats) -> _Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
