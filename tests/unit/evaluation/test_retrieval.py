"""Rankings within groups: scikit-learn's average precision, and values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from accent.evaluation.retrieval import ranked_groups


def test_values_worked_by_hand() -> None:
    # Group 7 ranks wrong, right, right, wrong; group 3 right, wrong; group 5 has no right row, group 9 no wrong one.
    right = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], bool)
    scores = np.array([0.9, 0.8, 0.3, 0.1, 0.6, 0.2, 0.5, 0.4, 0.1])
    groups = np.array([7, 7, 7, 7, 3, 3, 5, 5, 9])
    found = ranked_groups(right, scores, groups)
    assert found.average_precision_G == pytest.approx([1.0, (1 / 2 + 2 / 3) / 2, 1.0], abs=1e-12)
    assert found.reciprocal_rank_G == pytest.approx([1.0, 1 / 2, 1.0], abs=1e-12)
    assert found.points() == pytest.approx({"map": (1 + 7 / 12 + 1) / 3, "mrr": 2.5 / 3}, abs=1e-12)


def test_a_tie_counts_against_the_ranking_in_any_order() -> None:
    for right in ([1, 0, 0, 0], [0, 0, 0, 1]):
        found = ranked_groups(np.array(right, bool), np.full(4, 0.5), np.zeros(4, int))
        assert found.average_precision_G.tolist() == found.reciprocal_rank_G.tolist() == [0.25]


@given(st.data())
def test_average_precision_is_scikit_learns(data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 40))
    right = np.array(data.draw(st.lists(st.booleans(), min_size=rows, max_size=rows)))
    scores = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]), min_size=rows, max_size=rows)))
    groups = np.array(data.draw(st.lists(st.integers(-3, 3), min_size=rows, max_size=rows)))
    found = ranked_groups(right, scores, groups)
    asked = [group for group in np.unique(groups) if right[groups == group].any()]
    if all(right[groups == group].all() for group in asked):
        assert found is None
        return
    precision = [metrics.average_precision_score(right[groups == g], scores[groups == g]) for g in asked]
    wrong_above = [(~right & (groups == g) & (scores >= scores[right & (groups == g)].max())).sum() for g in asked]
    assert found.average_precision_G == pytest.approx(precision, abs=1e-12)
    assert found.reciprocal_rank_G == pytest.approx(1 / (1 + np.array(wrong_above)), abs=1e-12)


def test_intervals_are_those_of_resampled_groups() -> None:
    chance = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 5)
    right = chance.random(1000) < 0.3
    found = ranked_groups(right, right + chance.normal(size=1000), groups)
    scores = found.scores(seed=0)
    for name, values in (("map", found.average_precision_G), ("mrr", found.reciprocal_rank_G)):
        drawn = [chance.choice(values, len(values)).mean() for _ in range(2000)]
        assert scores[name].value == pytest.approx(values.mean(), abs=1e-12)
        assert [scores[name].low, scores[name].high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.006)
        assert scores[name].n == len(values) < 200


def test_a_perfect_ranking_is_not_certain() -> None:
    right = np.array([1, 0] * 10, bool)
    score = ranked_groups(right, right.astype(float), np.repeat(np.arange(10), 2)).scores(seed=0)["map"]
    assert (score.value, score.high, score.n) == (1.0, 1.0, 10)
    assert score.low == pytest.approx(0.7225, abs=1e-3)  # Wilson's bound of 10 of 10
