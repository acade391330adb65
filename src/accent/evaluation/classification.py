"""Scores of a classifier: overall and by class, each with a 95 % interval and its n.

Letters on arrays: N rows, C classes, R resamples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from accent.evaluation.boundaries import boundary_interval, class_trials, overall_trials
from accent.evaluation.checks import Integers, checked, checked_classes
from accent.evaluation.intervals import percentiles, resampled_weights
from accent.evaluation.ranking import Ranking, areas, rankings
from accent.evaluation.resampling import Metric
from accent.evaluation.scores import Score
from accent.evaluation.tallies import CLASS_METRICS, Tally, class_metrics, gap_moved, overall_metrics, row_sums, tally
from accent.evaluation.together import only

__all__ = ["classification_scores", "confusion", "point_metrics", "weighted_metric"]

_Floats = npt.NDArray[np.float64]
_ORDER = (
    "accuracy",
    "precision_macro",
    "recall_macro",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "matthews",
    "roc_auc",
    "log_loss",
    "ece",
)


def classification_scores(
    labels: Integers,
    probabilities: npt.NDArray[np.floating],
    names: tuple[str, ...],
    *,
    seed: int,
    resamples: int = 1000,
    predicted: npt.NDArray[np.int64] | None = None,
) -> dict[str, Score]:
    """Return every score of a classifier on these rows.

    labels (N,) class numbers; probabilities (N, C), rows that sum to 1; names (C,), the classes' names. The answer to a
    row is its most probable class, the first one of a tie, or that of `predicted` (N,).

    Keys: accuracy, precision_macro, recall_macro, f1_macro, f1_micro, f1_weighted, matthews, roc_auc, log_loss (nats),
    ece (10 bins), then precision/NAME, recall/NAME and f1/NAME for each class. Values are scikit-learn's with
    zero_division=0. roc_auc is that of the second of two classes; of more it is the mean of one-against-the-rest over
    the classes that the rows have. It is left out when the rows have one class only. n is the number of rows; for a
    class's scores, the number of rows labelled with it.

    Intervals are percentiles over `resamples` bootstrap resamples of the rows, the same for every metric, leaving out
    the resamples on which a metric is 0/0, and widened to hold the value. Where a metric stands at the end of its scale
    (all right, all wrong) every resample agrees and the bootstrap would claim certainty: there the interval comes from
    Wilson's bound, see `boundaries`. Log loss and ece have no such bound: on a single row their interval is the value.
    ece comes out too high on few rows, and higher still on resamples, so its percentiles would never reach down to a
    well calibrated model's. Its low end is instead the value minus the 97.5 % point of how far the gaps of the bins
    move together from resample to resample, which no ece can fall below by the triangle inequality. With fewer than
    some 30 rows a class the resamples lower macro F1, and its interval leans low.

    Raises ValueError that names what does not fit.
    """
    labels_N, probabilities_NC = checked(labels, probabilities)
    if len(names) != probabilities_NC.shape[1] or len(set(names)) != len(names):
        raise ValueError(f"{probabilities_NC.shape[1]} classes need as many different names, not {list(names)}")
    rows = len(labels_N)
    ranked = rankings(labels_N, probabilities_NC)
    sums_KN = row_sums(labels_N, probabilities_NC, predicted)
    sums = tally(sums_KN, np.ones((rows, 1)))
    given = _metrics(sums_KN, ranked, [np.ones((rows, 1))], sums)
    drawn = _metrics(sums_KN, ranked, resampled_weights(rows, seed=seed, resamples=resamples), sums)
    overall = _overall_scores(given.overall, drawn.overall, overall_trials(sums, ranked), rows)
    overall["ece"] = _lowered(overall["ece"], drawn.gap_moved_R)
    return {**overall, **_class_scores(given.by_class, drawn.by_class, sums, names)}


def point_metrics(
    labels: Integers, probabilities: npt.NDArray[np.floating], predicted: npt.NDArray[np.int64] | None = None
) -> dict[str, float]:
    """Return the overall metrics without intervals, for each evaluation while training.

    The same names and values as in `classification_scores`, and "loss", which is log_loss. ValueError names what does
    not fit.
    """
    labels_N, probabilities_NC = checked(labels, probabilities)
    weights_N1 = np.ones((len(labels_N), 1))
    found = overall_metrics(tally(row_sums(labels_N, probabilities_NC, predicted), weights_N1))
    found["roc_auc"] = areas(rankings(labels_N, probabilities_NC), weights_N1)
    values = {name: float(found[name][0]) for name in _ORDER if not np.isnan(found[name][0])}
    return {**values, "loss": values["log_loss"]}


def weighted_metric(
    labels: Integers,
    probabilities: npt.NDArray[np.floating],
    name: str,
    *,
    predicted: npt.NDArray[np.int64] | None = None,
) -> Metric:
    """Return one of `point_metrics` as a function of how often each row counts; ValueError names what does not fit."""
    labels_N, probabilities_NC = checked(labels, probabilities)
    if name == "roc_auc":
        ranked = rankings(labels_N, probabilities_NC)
        return lambda weights_NR: areas(ranked, weights_NR)
    sums_KN = row_sums(labels_N, probabilities_NC, predicted)
    wanted = "log_loss" if name == "loss" else name
    return only(lambda weights_NR: overall_metrics(tally(sums_KN, weights_NR)), wanted, len(labels_N))


def confusion(labels: Integers, predicted: Integers, classes: int) -> npt.NDArray[np.int64]:
    """Return how many rows of each class (first axis) got each answer (second axis), (C, C).

    labels and predicted (N,) are numbers from 0 to `classes` - 1. ValueError names what does not fit.
    """
    labels_N = checked_classes("labels", labels, classes)
    predicted_N = checked_classes("predicted", predicted, classes)
    if len(labels_N) != len(predicted_N):
        raise ValueError(f"{len(labels_N)} labels do not fit {len(predicted_N)} predictions")
    counts = np.bincount(labels_N * classes + predicted_N, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


@dataclass(frozen=True)
class _Metrics:
    overall: dict[str, _Floats]
    """(R,) by name."""
    by_class: dict[str, _Floats]
    """(C, R) by name; NaN where it is 0/0."""
    gap_moved_R: _Floats
    """How far the gaps of the bins of confidence move from those of the rows as given."""


def _metrics(
    sums_KN: sparse.csr_array, ranked: Sequence[Ranking], weights: Iterable[_Floats], given: Tally
) -> _Metrics:
    """Return every metric under each weighting, block by block of weightings (N, R)."""
    overall, by_class, moved = [], [], []
    for weights_NR in weights:
        sums = tally(sums_KN, weights_NR)
        overall.append({**overall_metrics(sums), "roc_auc": areas(ranked, weights_NR)})
        by_class.append(class_metrics(sums))
        moved.append(gap_moved(sums, given))
    return _Metrics(_joined(overall), _joined(by_class), np.concatenate(moved))


def _joined(blocks: Sequence[dict[str, _Floats]]) -> dict[str, _Floats]:
    return {name: np.concatenate([block[name] for block in blocks], axis=-1) for name in blocks[0]}


def _overall_scores(
    given: dict[str, _Floats], drawn: dict[str, _Floats], trials: dict[str, float], rows: int
) -> dict[str, Score]:
    return {
        name: _score(name, value, drawn[name], trials=trials.get(name), n=rows)
        for name in _ORDER
        for value in [float(given[name][0])]
        if not np.isnan(value)
    }


def _lowered(ece: Score, gap_moved_R: _Floats) -> Score:
    _, most = percentiles(gap_moved_R)
    return replace(ece, low=max(0.0, min(ece.low, ece.value - most)))


def _class_scores(
    given: dict[str, _Floats], drawn: dict[str, _Floats], sums: Tally, names: tuple[str, ...]
) -> dict[str, Score]:
    trials = class_trials(sums)
    labelled_C = sums.labelled_CR[:, 0].astype(int).tolist()
    return {
        f"{metric}/{name}": _score(
            metric,
            float(np.nan_to_num(given[metric][index, 0], nan=0.0)),
            drawn[metric][index],
            trials=float(trials[metric][index]),
            n=labelled_C[index],
        )
        for metric in CLASS_METRICS
        for index, name in enumerate(names)
    }


def _score(metric: str, value: float, drawn_R: _Floats, *, trials: float | None, n: int) -> Score:
    end = None if trials is None else boundary_interval(metric, value, trials)
    low, high = end or percentiles(drawn_R)
    return Score(value, min(low, value), max(high, value), n)
