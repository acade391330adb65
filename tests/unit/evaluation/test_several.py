"""Several settings on the same rows, against scipy's tests, values worked by hand, and known chances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from accent.evaluation import Metric, Setting, compare_paired, compare_settings, holm
from accent.evaluation.ratios import mean_of
from accent.evaluation.resampling import bootstrap_comparison
from accent.evaluation.several import BOOTSTRAP, MCNEMAR, STUDENT


def constant(value: float) -> Metric:
    return lambda weights_NR: np.full(weights_NR.shape[1], value)


def means(*runs: npt.NDArray[np.float64], name: str = "a") -> Setting:
    return Setting(name=name, metrics=tuple(mean_of(credits_N).resampled for credits_N in runs))


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.04, and none below the one before it.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_two_single_runs_are_the_paired_bootstrap() -> None:
    chance = np.random.default_rng(0)
    one_N, other_N = chance.random(80), chance.random(80)
    _, (found,) = compare_settings([means(one_N), means(other_N, name="b")], 80, seed=3)
    expected = bootstrap_comparison(mean_of(one_N).resampled, mean_of(other_N).resampled, 80, seed=3, resamples=2000)
    ends = (found.difference.value, found.difference.low, found.difference.high)
    assert ends == pytest.approx((expected.difference.value, expected.difference.low, expected.difference.high))
    assert (found.p_value, found.adjusted, found.test) == (expected.p_value, expected.p_value, BOOTSTRAP)


def test_two_single_classifiers_are_mcnemars() -> None:
    right_N = np.array([True] * 30 + [False] * 10)
    others_N = np.array([True] * 20 + [False] * 12 + [True] * 8)
    settings = [
        Setting(name=name, metrics=(mean_of(rows_N.astype(float)).resampled,), right_N=rows_N)
        for name, rows_N in (("a", right_N), ("b", others_N))
    ]
    _, (found,) = compare_settings(settings, 40, seed=3)
    labels = np.ones(40, dtype=np.int64)
    expected = compare_paired(labels, right_N.astype(np.int64), others_N.astype(np.int64), seed=3)
    assert (found.p_value, found.difference, found.test) == (expected.p_value, expected.difference, MCNEMAR)
    assert found.p_value == pytest.approx(stats.binomtest(10, 18, 0.5).pvalue)


def test_without_chance_of_rows_it_is_welchs_test_over_seeds() -> None:
    one, other = [0.90, 0.92, 0.91], [0.86, 0.90, 0.84, 0.88]
    settings = [
        Setting(name="a", metrics=tuple(map(constant, one))),
        Setting(name="b", metrics=tuple(map(constant, other))),
    ]
    standings, (found,) = compare_settings(settings, 10, seed=0)
    expected = stats.ttest_ind(one, other, equal_var=False)
    low, high = expected.confidence_interval(0.95)
    assert found.test == STUDENT
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.difference.low, found.difference.high) == pytest.approx((low, high))
    alone = stats.ttest_1samp(one, 0.0).confidence_interval(0.95)
    assert (standings[0].score.low, standings[0].score.high) == pytest.approx((alone.low, alone.high))
    assert standings[0].deviation == pytest.approx(0.01)
    assert standings[1].values == pytest.approx(other)


def test_rows_and_seeds_add_up() -> None:
    """The variance of a mean over rows is known: that of the rows divided by their number."""
    rows_N = np.array([0.0, 1.0] * 50)
    shifted = [rows_N, rows_N + 0.2]
    (standing,), _ = compare_settings([means(*shifted)], 100, seed=0)
    variance = 0.25 / 100 + 0.2**2 / 2 / 2
    freedom = variance**2 / ((0.2**2 / 2 / 2) ** 2 / 1)
    reach = stats.t.ppf(0.975, freedom) * variance**0.5
    assert standing.score.value == pytest.approx(0.6)
    assert standing.score.high - standing.score.value == pytest.approx(reach, rel=0.05)


def test_rows_that_are_hard_for_all_cancel_out() -> None:
    chance = np.random.default_rng(1)
    hard_N = chance.random(200)
    a, b = hard_N + 0.01 * chance.random(200), hard_N
    standings, (found,) = compare_settings([means(a), means(b, name="b")], 200, seed=0)
    assert found.significant
    assert standings[0].score.low < standings[1].score.high  # the intervals of both overlap all the same


def test_many_pairs_do_not_take_away_what_is_clear() -> None:
    settings = [means(np.full(20, 0.1 * number) + np.linspace(0, 0.01, 20), name=str(number)) for number in range(9)]
    _, pairs = compare_settings(settings, 20, seed=0)
    assert len(pairs) == 36
    assert all(pair.significant for pair in pairs)


def test_scores_end_where_their_scale_does() -> None:
    settings = [Setting(name="a", metrics=(constant(0.9), constant(1.0)))]
    (standing,), pairs = compare_settings(settings, 10, seed=0, bounds=(-np.inf, 1.0))
    assert (standing.score.high, pairs) == (1.0, [])


def test_settings_without_a_difference_are_seldom_told_apart() -> None:
    """Three seeds that move the score by 5 points: single runs are told apart far too often, means are not."""
    chance = np.random.default_rng(2)

    def run() -> npt.NDArray[np.float64]:
        return (chance.random(150) < 0.8 + 0.05 * chance.standard_normal()).astype(float)

    alone = together = 0
    for seed in range(100):
        one, other = [run() for _ in range(3)], [run() for _ in range(3)]
        alone += compare_settings([means(one[0]), means(other[0], name="b")], 150, seed=seed)[1][0].significant
        together += compare_settings([means(*one), means(*other, name="b")], 150, seed=seed)[1][0].significant
    assert alone > 15
    assert together <= 8
