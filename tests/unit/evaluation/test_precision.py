"""Weighted average precision is scikit-learn's, over the labels that a weighting tells anything about."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from accent.evaluation.precision import average_precisions, precision_curves


@pytest.mark.parametrize("decimals", [6, 1])
def test_each_weighting_is_scikit_learns(decimals: int) -> None:
    chance = np.random.default_rng(0)
    gold = chance.random((40, 3)) < 0.4
    scores = (gold + chance.normal(size=gold.shape)).round(decimals)
    weights = chance.integers(0, 4, size=(40, 9)).astype(float)
    found = average_precisions(precision_curves(gold, scores), weights)
    expected = [
        np.mean([metrics.average_precision_score(gold[:, k], scores[:, k], sample_weight=weight) for k in range(3)])
        for weight in weights.T
    ]
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_label_of_all_weighted_rows_or_none_is_left_out() -> None:
    gold = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], bool)
    scores = np.array([[0.4, 0.9], [0.8, 0.2], [0.6, 0.7], [0.2, 0.8]])
    # Rows 0 and 1: all have the first label. Rows 2 and 3: none has it. Row 0 alone: nothing is told.
    weights = np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]], float).T
    found = average_precisions(precision_curves(gold, scores), weights)
    assert found == pytest.approx([1.0, 0.5, np.nan], abs=1e-12, nan_ok=True)
    assert precision_curves(np.ones((4, 1), bool), scores[:, :1]) == []
