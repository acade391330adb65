from __future__ import annotations

import time

import numpy as np
import pytest

from accent.evaluation.intervals import resampled_weights, wilson
from accent.evaluation.ratios import Ratio, RowNumbers, compare_ratios, mean_of, ratio_scores
from accent.evaluation.resampling import bootstrap_score
from accent.seeds import generator


def test_scores_are_those_of_a_plain_loop_over_resampled_rows() -> None:
    chance = np.random.default_rng(0)
    above, below, values = chance.random(40), chance.integers(1, 9, 40), chance.random(40)
    kept = chance.random(40) < 0.4
    found = ratio_scores(
        {"total": Ratio(above, below.astype(float)), "mean": mean_of(values), "some": mean_of(values, kept)},
        seed=3,
        resamples=60,
    )
    stream = generator(3, "bootstrap")
    draws = [stream.integers(0, 40, size=40) for _ in range(60)]
    plain = {
        "total": (above.sum() / below.sum(), [above[rows].sum() / below[rows].sum() for rows in draws], 40),
        "mean": (values.mean(), [values[rows].mean() for rows in draws], 40),
        "some": (values[kept].mean(), [values[rows][kept[rows]].mean() for rows in draws], int(kept.sum())),
    }
    for name, (value, drawn, rows) in plain.items():
        low, high = np.quantile(drawn, [0.025, 0.975])
        assert found[name].value == pytest.approx(value, abs=1e-12)
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-12)
        assert found[name].n == rows


def test_each_ratio_alone_has_the_same_score() -> None:
    chance = np.random.default_rng(1)
    ratio = mean_of(chance.random(30))
    together = ratio_scores({"other": mean_of(chance.random(30)), "one": ratio}, seed=5)["one"]
    alone = bootstrap_score(ratio.resampled, 30, seed=5)
    assert (together.low, together.high) == pytest.approx((alone.low, alone.high), abs=1e-12)


def test_a_share_at_its_end_has_wilsons_bound_and_a_mean_of_lengths_has_not() -> None:
    ones = np.ones(20)
    found = ratio_scores(
        {"right": mean_of(ones), "wrong": mean_of(0 * ones), "words": mean_of(ones, share=False)}, seed=0
    )
    assert (found["right"].low, found["right"].high) == wilson(1.0, 20)
    assert (found["wrong"].low, found["wrong"].high) == wilson(0.0, 20)
    assert (found["words"].low, found["words"].high) == (1.0, 1.0)


def test_rows_of_unequal_size_are_fewer_trials() -> None:
    assert Ratio(np.ones(3), np.array([1.0, 1.0, 2.0])).trials() == pytest.approx(16 / 6)
    assert mean_of(np.ones(5), np.array([True, True, False, False, False])).trials() == 2


def test_a_ratio_without_a_divisor_is_undefined() -> None:
    nothing = mean_of(np.ones(4), np.zeros(4, dtype=bool))
    assert nothing.value() == 0
    assert np.isnan(nothing.resampled(np.ones((4, 2)))).all()


def test_resamples_that_leave_a_ratio_undefined_are_left_out() -> None:
    one_row = mean_of(np.array([0.25, 0.0, 0.0]), np.array([True, False, False]))
    weights = np.concatenate(list(resampled_weights(3, seed=0, resamples=50)), axis=1)
    assert np.isnan(one_row.resampled(weights)).any()
    found = ratio_scores({"one": one_row}, seed=0, resamples=50)["one"]
    assert (found.value, found.low, found.high, found.n) == (0.25, 0.25, 0.25, 1)


def test_a_comparison_is_paired_row_by_row() -> None:
    chance = np.random.default_rng(2)
    difficulty = chance.random(200)
    one, other = mean_of(difficulty + 0.02 + 0.01 * chance.random(200)), mean_of(difficulty)
    paired = compare_ratios(one, other, seed=0)
    assert paired.difference.value == pytest.approx(one.value() - other.value())
    assert paired.significant  # rows differ by 0.3 from one another, the two systems by 0.025 on every row
    assert not compare_ratios(one, one, seed=0).significant
    with pytest.raises(ValueError, match="200 and 3"):
        compare_ratios(one, mean_of(np.ones(3)), seed=0)


def test_rows_are_kept_in_order() -> None:
    kept = RowNumbers()
    with pytest.raises(ValueError, match="at least one row"):
        kept.columns()
    kept.add([(1, 2), (3, 4)])
    kept.add([])
    kept.add([(5, 6)])
    assert kept.columns().tolist() == [[1, 3, 5], [2, 4, 6]]


def test_ten_thousand_rows_take_a_second_or_two() -> None:
    values = np.random.default_rng(0).random((6, 10_000))
    start = time.perf_counter()
    ratio_scores({str(index): mean_of(row) for index, row in enumerate(values)}, seed=0)
    assert time.perf_counter() - start < 10
