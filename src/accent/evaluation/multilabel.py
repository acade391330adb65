"""Scores of answers that may be several labels a row, or none.

Letters on arrays: N rows, C labels, R resamples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from accent.evaluation.boundaries import class_trials, effective_trials
from accent.evaluation.checks import checked_marks, checked_names, checked_same, checked_shares
from accent.evaluation.label_tallies import LabelTally, jaccard, label_metrics, label_sums, label_tally
from accent.evaluation.precision import average_precisions, precision_curves
from accent.evaluation.ranking import areas, label_rankings
from accent.evaluation.resampling import Metric, bootstrap_comparison
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired
from accent.evaluation.tallies import CLASS_METRICS, class_metrics
from accent.evaluation.temperature import calibration_change, either
from accent.evaluation.thresholds import assigned, checked_thresholds
from accent.evaluation.together import Metrics, as_given, bootstrap_together, only
from accent.growing import Grown

__all__ = ["MultilabelScorer"]

_Floats = npt.NDArray[np.float64]


class MultilabelScorer:
    """A `Scorer` of labels against probabilities; `names` (C,) are the labels'.

    A row is given the labels whose probability reaches `thresholds`: one for all, or one for each label. `temperature`
    is the one that the probabilities stand at, so that the page can say what it changed.
    """

    main = "f1_micro"

    def __init__(
        self,
        names: Sequence[str],
        thresholds: Sequence[float] | npt.NDArray[np.floating] | float = 0.5,
        *,
        temperature: float = 1.0,
    ) -> None:
        self.names = checked_names(names)
        self._temperature = temperature
        self.thresholds_C = checked_thresholds(thresholds, len(self.names))
        self._gold = Grown(np.bool_, (len(self.names),))
        self._probabilities = Grown(np.float64, (len(self.names),))

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in gold (N, C) of 0 and 1 and probabilities (N, C), which need not sum to 1.

        A row's credit is Jaccard's index: labels in both over labels in either, 1 where there are none in either.
        """
        gold_NC = checked_marks("gold", gold, len(self.names))
        probabilities_NC = checked_shares(predictions, len(self.names))
        if len(gold_NC) != len(probabilities_NC):
            raise ValueError(f"{len(gold_NC)} rows of gold do not fit {len(probabilities_NC)} rows of probabilities")
        self._gold.append(gold_NC)
        self._probabilities.append(probabilities_NC)
        return list(jaccard(gold_NC, assigned(probabilities_NC, self.thresholds_C)).tolist())

    def points(self) -> dict[str, float]:
        """Return each overall score as a plain number, and "loss", which is log_loss."""
        values = as_given(self._overall(self._sums()), len(self._gold))
        return {**values, "loss": values["log_loss"]}

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return every score with its interval over resampled rows.

        Keys: f1_micro, f1_macro, f1_weighted, f1_samples (mean over rows), precision_micro, recall_micro, exact (share
        of rows whose labels are all right), cell_accuracy (share of right cells of the table: 1 - Hamming loss),
        log_loss (nats, mean over cells), average_precision_macro and roc_auc_macro, then precision/NAME, recall/NAME
        and f1/NAME for each label. Values are scikit-learn's with zero_division=0; the two that rank are means over the
        labels that some rows have and others do not, and left out when there is none. n is the number of rows; for
        a label's scores, the number of rows that have it.

        At the ends of their scale the scores have Wilson's bound, see `boundaries`. Cells of one row are not
        independent, so there micro scores count a row as one trial.
        """
        rows, sums_KN = len(self._gold), self._sums()
        overall, given = self._overall(sums_KN), label_tally(sums_KN, np.ones((rows, 1)))
        labelled_C = given.labelled_CR[:, 0].astype(int).tolist()

        def metrics(weights_NR: _Floats) -> dict[str, _Floats]:
            by_class = class_metrics(label_tally(sums_KN, weights_NR))
            by_name = {f"{kind}/{name}": by_class[kind][index] for kind, index, name in self._by_label()}
            return {**overall(weights_NR), **by_name}

        n = {f"{kind}/{name}": labelled_C[index] for kind, index, name in self._by_label()}
        return bootstrap_together(metrics, rows, seed=seed, resamples=resamples, trials=self._trials(given), n=n)

    def page(self) -> dict[str, Any]:
        """Return the labels, how many a row has and is given on average, and how many rows have or are given none.

        Where the probabilities stand at another temperature than 1, also what that changed over all cells of the table,
        under "calibration".
        """
        gold_NC, predicted_NC = self._gold.array(), self.predicted_NC
        held = {"gold": gold_NC.sum(axis=1), "predicted": predicted_NC.sum(axis=1)}
        return {
            "classes": list(self.names),
            "labels_per_row": {name: float(counts_N.mean()) for name, counts_N in held.items()},
            "rows_without": {name: int((counts_N == 0).sum()) for name, counts_N in held.items()},
            **self._calibration(),
        }

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        if name == self.main:
            return self._micro()
        return only(self._overall(self._sums()), "log_loss" if name == "loss" else name, len(self._gold))

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Return the difference in f1_micro over the same resampled rows, see `bootstrap_comparison`."""
        checked_same(self._gold.array(), other._gold.array())
        return bootstrap_comparison(self._micro(), other._micro(), len(self._gold), seed=seed)

    @property
    def predicted_NC(self) -> npt.NDArray[np.bool_]:
        """Which rows so far are given which labels."""
        return assigned(self._probabilities.array(), self.thresholds_C)

    def _calibration(self) -> dict[str, Any]:
        if self._temperature == 1.0:
            return {}
        cells = either(self._probabilities.array()).reshape(-1, 2)
        gold = self._gold.array().ravel().astype(np.int64)
        return {"calibration": calibration_change(self._temperature, gold, cells)}

    def _by_label(self) -> list[tuple[str, int, str]]:
        return [(kind, index, name) for kind in CLASS_METRICS for index, name in enumerate(self.names)]

    def _sums(self) -> sparse.csr_array:
        if not len(self._gold):
            raise ValueError("there are no rows to score")
        return label_sums(self._gold.array(), self.predicted_NC, self._probabilities.array())

    def _overall(self, sums_KN: sparse.csr_array) -> Metrics:
        gold_NC, probabilities_NC = self._gold.array(), self._probabilities.array()
        curves = precision_curves(gold_NC, probabilities_NC)
        ranked = label_rankings(gold_NC, probabilities_NC)

        def metrics(weights_NR: _Floats) -> dict[str, _Floats]:
            found = label_metrics(label_tally(sums_KN, weights_NR))
            if ranked:
                found["average_precision_macro"] = average_precisions(curves, weights_NR)
                found["roc_auc_macro"] = areas(ranked, weights_NR)
            return found

        return metrics

    def _micro(self) -> Metric:
        sums_KN = self._sums()
        return lambda weights_NR: label_metrics(label_tally(sums_KN, weights_NR))["f1_micro"]

    def _trials(self, sums: LabelTally) -> dict[str, float]:
        """Return the independent trials behind each score that has Wilson's bound."""
        gold_NC, predicted_NC = self._gold.array(), self.predicted_NC
        rows, labelled_C = float(len(gold_NC)), sums.labelled_CR[:, 0]
        has_N, given_N = gold_NC.any(axis=1), predicted_NC.any(axis=1)
        ranked = effective_trials(np.minimum(labelled_C, rows - labelled_C))
        by_label = class_trials(sums)
        return {
            **dict.fromkeys(("f1_samples", "exact", "cell_accuracy"), rows),
            "f1_micro": float((has_N | given_N).sum()),
            "precision_micro": float(given_N.sum()),
            **dict.fromkeys(("recall_micro", "f1_weighted"), float(has_N.sum())),
            "f1_macro": effective_trials(labelled_C),
            **dict.fromkeys(("average_precision_macro", "roc_auc_macro"), ranked),
            **{f"{kind}/{name}": float(by_label[kind][index]) for kind, index, name in self._by_label()},
        }
