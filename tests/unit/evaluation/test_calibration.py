"""Bins of confidence are those of scikit-learn's calibration curve."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from accent.evaluation import point_metrics, reliability


@pytest.mark.parametrize("classes", [2, 3, 20])
@pytest.mark.parametrize("bins", [1, 10, 15])
def test_bins_are_scikit_learns(answers, classes: int, bins: int) -> None:
    labels, probabilities = answers(700, classes)
    right = probabilities.argmax(axis=1) == labels
    accuracy, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=bins)
    found = [one for one in reliability(labels, probabilities, bins) if one["n"]]
    assert [one["accuracy"] for one in found] == pytest.approx(accuracy.tolist(), abs=1e-12)
    assert [one["confidence"] for one in found] == pytest.approx(confidence.tolist(), abs=1e-12)


def test_bins_share_out_all_rows_and_cover_the_scale(answers) -> None:
    bins = reliability(*answers(700, 3))
    assert sum(one["n"] for one in bins) == 700
    assert [one["low"] for one in bins] == pytest.approx(np.arange(10) / 10)
    assert [one["high"] for one in bins] == pytest.approx(np.arange(1, 11) / 10)


def test_an_empty_bin_has_no_accuracy() -> None:
    first, *_, last = reliability(np.array([0]), np.array([[1.0, 0.0]]))
    assert first == {"low": 0.0, "high": 0.1, "confidence": None, "accuracy": None, "n": 0}
    assert last == {"low": 0.9, "high": 1.0, "confidence": 1.0, "accuracy": 1.0, "n": 1}


def test_an_edge_belongs_to_the_lower_bin() -> None:
    bins = reliability(np.array([0, 0]), np.array([[0.5, 0.5], [0.9, 0.1]]))
    assert [index for index, one in enumerate(bins) if one["n"]] == [4, 8]


def test_calibration_error_is_the_gap_over_the_bins(answers) -> None:
    labels, probabilities = answers(700, 5)
    gaps = [
        one["n"] * abs(one["accuracy"] - one["confidence"]) for one in reliability(labels, probabilities) if one["n"]
    ]
    assert point_metrics(labels, probabilities)["ece"] == pytest.approx(sum(gaps) / 700, abs=1e-12)


def test_calibration_error_by_hand() -> None:
    # Confidence 0.79 twice, once right: gap 0.29. Confidence 0.6 once, right: gap 0.4.
    probabilities = np.array([[0.79, 0.21], [0.21, 0.79], [0.6, 0.4]])
    assert point_metrics(np.array([0, 0, 0]), probabilities)["ece"] == pytest.approx((2 * 0.29 + 0.4) / 3, abs=1e-12)


def test_bins_are_at_least_one(answers) -> None:
    with pytest.raises(ValueError, match="bins must be at least 1, not 0"):
        reliability(*answers(5, 2), bins=0)
