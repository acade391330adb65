"""Weighted agreement equals SciPy's and scikit-learn's on rows repeated as often as their weights say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from accent.evaluation.agreement import agreement, pearson, spearman

VALUES = st.one_of(st.sampled_from([0.0, 0.1, 1.0, 2.0, 2.5]), st.floats(-100, 100, width=32))


def plain(gold: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    correlated = len(set(gold.tolist())) > 1 and len(set(predicted.tolist())) > 1
    return {
        "pearson": stats.pearsonr(gold, predicted).statistic if correlated else np.nan,
        "spearman": stats.spearmanr(gold, predicted).statistic if correlated else np.nan,
        "mae": metrics.mean_absolute_error(gold, predicted),
        "rmse": metrics.root_mean_squared_error(gold, predicted),
        "r2": metrics.r2_score(gold, predicted) if len(set(gold.tolist())) > 1 else np.nan,
        "mse": metrics.mean_squared_error(gold, predicted),
    }


@given(st.data())
def test_a_weight_of_two_is_two_rows(data: st.DataObject) -> None:
    rows = data.draw(st.integers(2, 15))
    gold, predicted = (np.array(data.draw(st.lists(VALUES, min_size=rows, max_size=rows))) for _ in range(2))
    # Values that differ by less than a thousandth have a variance that SciPy itself warns of.
    gold, predicted = gold.round(3), predicted.round(3)
    weights = np.array(data.draw(st.lists(st.integers(0, 4), min_size=rows, max_size=rows)))
    weights[0] += 1
    found = agreement(gold, predicted)(weights[:, None].astype(float))
    expected = plain(np.repeat(gold, weights), np.repeat(predicted, weights))
    assert {name: value[0] for name, value in found.items()} == pytest.approx(expected, rel=1e-7, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("decimals", [8, 1, 0])
def test_each_weighting_stands_alone(decimals: int) -> None:
    chance = np.random.default_rng(decimals)
    gold = chance.normal(size=200).round(decimals)
    predicted = (gold + chance.normal(size=200)).round(decimals)
    weights = chance.multinomial(200, np.full(200, 1 / 200), size=7).T.astype(float)
    found = agreement(gold, predicted)(weights)
    for column, weight in enumerate(weights.T.astype(int)):
        expected = plain(np.repeat(gold, weight), np.repeat(predicted, weight))
        assert {name: value[column] for name, value in found.items()} == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1e-150), (1e6, 1.0), (0.0, 1e120)])
def test_far_and_tiny_numbers_lose_no_digits(shift: float, scale: float) -> None:
    chance = np.random.default_rng(0)
    gold, noise = chance.normal(size=100), chance.normal(size=100)
    expected = stats.pearsonr(gold, gold + noise).statistic
    ones = np.ones((100, 1))
    assert pearson(shift + scale * gold, shift + scale * (gold + noise))(ones) == pytest.approx([expected], abs=1e-9)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e17])
def test_numbers_that_are_all_the_same_have_no_correlation(value: float) -> None:
    gold, same = np.arange(7.0), np.full(7, value)
    for metric in (pearson, spearman):
        assert np.isnan(metric(gold, same)(np.ones((7, 1)))).all()
        assert np.isnan(metric(same, gold)(np.ones((7, 1)))).all()
    # All rows that are drawn have the same number, though the rows as given do not.
    drawn = np.array([0, 3, 2, 0, 0, 0, 0.0])[:, None]
    mixed = np.array([0.3, value, value, 0.2, 0.1, 5.0, 6.0])
    assert np.isnan(pearson(gold, mixed)(drawn)).all()
    assert np.isnan(spearman(gold, mixed)(drawn)).all()
    assert np.isnan(agreement(mixed, gold)(drawn)["r2"]).all()
