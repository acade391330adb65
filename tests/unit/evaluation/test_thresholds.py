"""Tuned thresholds are the best ones there are, by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from accent.evaluation.thresholds import assigned, checked_thresholds, tune_thresholds

SHARES = st.one_of(st.sampled_from([0.0, 0.2, 0.5, 1.0, 5e-324, np.nextafter(0.2, 1)]), st.floats(0, 1))


@given(st.lists(st.tuples(st.booleans(), SHARES), min_size=1, max_size=25))
def test_no_threshold_has_a_higher_f1(rows: list[tuple[bool, float]]) -> None:
    gold, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    found = tune_thresholds(gold[:, None], scores[:, None], least_rows=1)
    if not gold.any():
        assert found.tolist() == [0.5]
        return
    tried = [metrics.f1_score(gold, scores >= cut, zero_division=0) for cut in np.append(scores, 0.5)]
    assert metrics.f1_score(gold, assigned(scores[:, None], found)[:, 0]) == pytest.approx(max(tried), abs=1e-12)


def test_thresholds_stand_midway_between_neighbours() -> None:
    gold = np.array([[0, 1], [0, 1], [1, 0], [1, 1]])
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.6, 0.6]])
    # The first label is best cut between 0.2 and 0.3; the second below all its scores, 3 of 4 right (F1 6/7 > 4/5).
    assert tune_thresholds(gold, probabilities, least_rows=2) == pytest.approx([0.25, 0.3], abs=1e-12)


def test_of_equal_thresholds_the_nearest_to_a_half_is_taken() -> None:
    # The highest score alone is 1 right of 1, all four are 2 right of 4: F1 is 2/3 for both.
    gold = np.array([[1], [0], [0], [1]])
    for scores, expected in (([0.95, 0.8, 0.65, 0.45], 0.225), ([0.95, 0.1, 0.05, 0.01], 0.525)):
        assert tune_thresholds(gold, np.array(scores)[:, None], least_rows=1) == pytest.approx([expected], abs=1e-12)


def test_a_rare_label_keeps_a_half() -> None:
    gold = np.array([[1, 1]] * 4 + [[0, 1]] + [[0, 0]] * 5)
    probabilities = np.repeat(np.linspace(0.4, 0.1, 10)[:, None], 2, axis=1)
    found = tune_thresholds(gold, probabilities)
    assert found[0] == 0.5
    assert found[1] == pytest.approx((probabilities[4, 1] + probabilities[5, 1]) / 2, abs=1e-12)


def test_a_probability_that_reaches_the_threshold_gives_the_label() -> None:
    assert assigned(np.array([[0.5, 0.5], [0.49, 0.6]]), np.array([0.5, 0.6])).tolist() == [
        [True, False],
        [False, True],
    ]


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="one for each of 2 labels"):
        checked_thresholds([0.5, 0.5, 0.5], 2)
    with pytest.raises(ValueError, match="from 0 to 1"):
        checked_thresholds(float("nan"), 2)
    with pytest.raises(ValueError, match="gold must be 0 or 1; row 1 has"):
        tune_thresholds(np.array([[0], [2]]), np.array([[0.1], [0.2]]))
    with pytest.raises(ValueError, match="1 rows of gold do not fit 2"):
        tune_thresholds(np.array([[0]]), np.array([[0.1], [0.2]]))
