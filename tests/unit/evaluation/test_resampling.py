"""The share of one score in another: scipy's paired bootstrap, and the cases in which there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from accent.evaluation import bootstrap_ratio

ROWS = 300


def right(seed: int, share: float) -> np.ndarray:
    return (np.random.default_rng(seed).random(ROWS) < share).astype(np.float64)


def mean_of(values: np.ndarray) -> object:
    return lambda weights: values @ weights / weights.sum(axis=0)


def test_the_interval_is_that_of_a_paired_bootstrap() -> None:
    one, other = right(1, 0.6), right(2, 0.9)
    one = np.where(right(3, 0.5) > 0, one, other)  # they are often right together
    found = bootstrap_ratio(mean_of(one), mean_of(other), ROWS, seed=0, resamples=4000)
    expected = bootstrap(
        (one, other),
        lambda a, b, axis=-1: a.mean(axis=axis) / b.mean(axis=axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert found.value == pytest.approx(one.mean() / other.mean())
    assert (found.low, found.high) == (pytest.approx(expected.low, abs=0.006), pytest.approx(expected.high, abs=0.006))
    assert found.n == ROWS


def test_who_is_right_on_the_same_rows_keeps_all_of_it_in_every_resample() -> None:
    one = right(1, 0.7)
    found = bootstrap_ratio(mean_of(one), mean_of(one.copy()), ROWS, seed=0, resamples=50)
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_resamples_without_a_whole_are_left_out() -> None:
    other = np.zeros(4)
    other[0] = 1.0
    found = bootstrap_ratio(mean_of(np.ones(4)), mean_of(other), 4, seed=0, resamples=400)
    assert found.value == 4.0
    assert np.isfinite([found.low, found.high]).all()
    assert (found.low, found.high) == (pytest.approx(4 / 3, abs=0.7), 4.0)


@pytest.mark.parametrize("whole", [0.0, np.nan, -1.0])
def test_nothing_has_no_shares(whole: float) -> None:
    with pytest.raises(ZeroDivisionError):
        bootstrap_ratio(mean_of(np.ones(4)), mean_of(np.full(4, whole)), 4, seed=0)
