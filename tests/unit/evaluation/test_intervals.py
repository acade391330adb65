"""Resampled weights are those of rows drawn with replacement; Wilson's bound is scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from accent.evaluation.intervals import percentiles, resampled_weights, wilson
from accent.seeds import generator


def joined(rows: int, *, seed: int = 0, resamples: int = 50, cells: int = 1 << 20) -> np.ndarray:
    return np.concatenate(list(resampled_weights(rows, seed=seed, resamples=resamples, cells=cells)), axis=1)


def test_weights_count_rows_drawn_with_replacement() -> None:
    weights = joined(7, resamples=50)
    chance = generator(0, "bootstrap")
    for resample in range(50):
        drawn = chance.integers(0, 7, size=7).tolist()
        assert weights[:, resample].tolist() == [drawn.count(row) for row in range(7)]


@pytest.mark.parametrize("cells", [1, 21, 7 * 13, 7 * 50, 10_000])
def test_the_size_of_the_blocks_changes_no_number(cells: int) -> None:
    blocks = list(resampled_weights(7, seed=3, resamples=50, cells=cells))
    assert max(block.size for block in blocks) <= max(7, cells)
    assert np.array_equal(np.concatenate(blocks, axis=1), joined(7, seed=3))


def test_weights_have_the_moments_of_a_multinomial() -> None:
    weights = joined(10, resamples=20_000)
    assert weights.mean() == 1.0
    assert weights.var(axis=1) == pytest.approx(np.full(10, 0.9), rel=0.05)


def test_another_seed_draws_other_rows() -> None:
    assert not np.array_equal(joined(50, seed=1), joined(50, seed=2))


@pytest.mark.parametrize(("rows", "resamples"), [(0, 10), (10, 0)])
def test_nothing_to_resample_is_refused(rows: int, resamples: int) -> None:
    with pytest.raises(ValueError, match=f"not {rows} and {resamples}"):
        next(resampled_weights(rows, seed=0, resamples=resamples))


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 40), (40, 40), (7, 40), (999, 1000)])
def test_wilson_is_scipys(successes: int, trials: int) -> None:
    expected = stats.binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson(successes / trials, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_without_trials_knows_nothing() -> None:
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_percentiles_leave_out_what_is_undefined() -> None:
    values = np.concatenate([np.linspace(0, 1, 1001), np.full(500, np.nan)])
    assert percentiles(values) == pytest.approx((0.025, 0.975))
    assert percentiles(np.full(3, math.nan)) == (0.0, 1.0)
