"""The line that measured updates lie on, and the batches that are measured."""

from __future__ import annotations

import numpy as np
import pytest

from accent.training import BatchPlan, fit_cost, microbatches, spread, tokens_of_epoch
from accent.training.costs import MOST_BATCHES, UpdateCost, planned_tokens


def test_a_line_is_found_exactly() -> None:
    found = fit_cost([100, 300, 800], [0.2 + 0.001 * tokens for tokens in (100, 300, 800)])
    assert found.fixed == pytest.approx(0.2)
    assert found.per_token == pytest.approx(0.001)
    assert found.of(1000) == pytest.approx(1.2)


def test_noise_is_averaged_as_numpy_does() -> None:
    chance = np.random.default_rng(0)
    tokens = chance.integers(100, 1000, 20)
    seconds = 0.1 + 0.002 * tokens + chance.normal(0, 0.05, 20)
    slope, fixed = np.polyfit(tokens, seconds, 1)
    found = fit_cost(list(tokens), list(seconds))
    assert (found.fixed, found.per_token) == pytest.approx((fixed, slope))


def test_neither_part_is_below_zero() -> None:
    # Falling seconds: the mean, 2. A line through (1, 1), (2, 3) has the intercept -1: through 0 the slope is 7 / 5.
    assert fit_cost([1, 2], [3.0, 1.0]) == UpdateCost(2.0, 0.0)
    assert fit_cost([1, 2], [1.0, 3.0]) == UpdateCost(0.0, 7 / 5)


def test_one_length_alone_gives_the_mean() -> None:
    assert fit_cost([50, 50, 50], [1.0, 2.0, 6.0]) == UpdateCost(3.0, 0.0)


def test_planned_tokens_are_those_of_the_microbatches() -> None:
    # 2 rows of 10 and one of 2000 are two microbatches: 20 + 2000; in one they would be 6000.
    assert planned_tokens(np.array([10, 2000, 10]), 3) == 2020
    # At most one row at once: no padding at all.
    lengths = np.array([3, 5, 9, 4])
    assert planned_tokens(lengths, 1) == 21
    assert planned_tokens(lengths, 4) == sum(lengths[part].max() * len(part) for part in microbatches(lengths, 4)) == 36


def test_batches_of_an_epoch_come_in_order_of_tokens_with_the_longest() -> None:
    lengths = np.random.default_rng(3).integers(1, 400, size=8 * 900)
    plan = BatchPlan(lengths, 8, seed=1)
    counted = tokens_of_epoch(plan, lambda rows: int(lengths[rows].sum()))
    tokens = [count for _, count in counted]
    assert tokens == sorted(tokens)
    assert MOST_BATCHES * 0.5 < len(counted) <= MOST_BATCHES + 1
    longest = lengths.max()
    assert any(longest in lengths[rows] for rows, _ in counted)
    mean = np.mean([lengths[rows].sum() for rows in plan.epoch(0)])
    assert np.mean(tokens) == pytest.approx(mean, rel=0.1)


def test_spread_takes_the_middles_of_equal_shares() -> None:
    counted = [(np.array([place]), place) for place in range(8)]
    assert [tokens for _, tokens in spread(counted, 4)] == [1, 3, 5, 7]
    assert [tokens for _, tokens in spread(counted[:1], 3)] == [0, 0, 0]
