"""The paired comparison against scipy, against a hand-made sum and against a plain loop over resampled rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score

from accent.evaluation import Paired, Score, compare_paired
from accent.evaluation.intervals import wilson
from accent.seeds import generator


def pairs(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels and two predictions with these numbers of rows that both, one or none gets right."""
    counts = [both, only_a, only_b, neither]
    labels = np.arange(sum(counts)) % 3
    wrong = (labels + 1) % 3
    right_a, right_b = np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)
    return labels, np.where(right_a, labels, wrong), np.where(right_b, labels, wrong)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 1), (5, 5), (12, 3), (3, 12), (40, 60), (0, 9), (200, 150)])
def test_the_p_value_is_mcnemars_exact_one(only_a: int, only_b: int) -> None:
    found = compare_paired(*pairs(50, only_a, only_b, 10), seed=0, resamples=10)
    told = only_a + only_b
    tail = sum(math.comb(told, k) for k in range(min(only_a, only_b) + 1)) / 2**told
    assert found.p_value == pytest.approx(min(1.0, 2 * tail), abs=1e-12)
    assert found.p_value == pytest.approx(stats.binomtest(only_b, told).pvalue, abs=1e-12)
    assert found.significant is (found.p_value < 0.05)


def test_the_difference_is_accuracy_of_a_minus_accuracy_of_b() -> None:
    labels, a, b = pairs(50, 12, 3, 10)
    found = compare_paired(labels, a, b, seed=0)
    assert found.difference.value == pytest.approx(accuracy_score(labels, a) - accuracy_score(labels, b), abs=1e-12)
    assert found.difference.n == 75
    assert found.difference.low > 0
    assert found.significant
    turned = compare_paired(labels, b, a, seed=0)
    assert turned.difference.value == -found.difference.value
    assert turned.p_value == found.p_value


def test_the_interval_is_that_of_a_plain_loop_over_the_same_counts() -> None:
    labels, a, b = pairs(50, 12, 7, 10)
    counts = generator(4, "paired bootstrap").multinomial(79, [12 / 79, 7 / 79, 60 / 79], size=300)
    groups = [np.flatnonzero((a == labels) & (b != labels)), np.flatnonzero((a != labels) & (b == labels))]
    groups.append(np.flatnonzero((a == labels) == (b == labels)))
    differences = []
    for drawn in counts:
        rows = np.concatenate([np.resize(group, count) for group, count in zip(groups, drawn, strict=True)])
        differences.append(accuracy_score(labels[rows], a[rows]) - accuracy_score(labels[rows], b[rows]))
    found = compare_paired(labels, a, b, seed=4, resamples=300).difference
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(differences, [0.025, 0.975])), abs=1e-9)


def test_drawing_counts_is_drawing_rows() -> None:
    labels, a, b = pairs(100, 30, 20, 50)
    score = (a == labels).astype(int) - (b == labels).astype(int)
    chance = np.random.default_rng(0)
    by_rows = np.array([score[chance.integers(0, 200, 200)].mean() for _ in range(10_000)])
    found = compare_paired(labels, a, b, seed=0).difference
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(by_rows, [0.025, 0.975])), abs=0.006)


def test_the_same_answers_differ_by_nothing_but_not_for_certain() -> None:
    labels, a, _ = pairs(50, 0, 0, 10)
    found = compare_paired(labels, a, a, seed=0)
    most = wilson(0, 60)[1]
    assert found == Paired(Score(0.0, -most, most, 60), 1.0, False)


@pytest.mark.parametrize(("only_a", "only_b", "sign"), [(20, 0, 1), (0, 20, -1)])
def test_one_alone_right_on_all_rows_is_not_certain_either(only_a: int, only_b: int, sign: int) -> None:
    found = compare_paired(*pairs(0, only_a, only_b, 0), seed=0)
    nearest = 2 * wilson(1, 20)[0] - 1
    expected = (nearest, 1.0) if sign > 0 else (-1.0, -nearest)
    assert found.difference.value == sign
    assert (found.difference.low, found.difference.high) == pytest.approx(expected)
    assert found.significant


def test_one_row_decides_nothing() -> None:
    found = compare_paired(np.array([1]), np.array([1]), np.array([0]), seed=0)
    assert found.p_value == 1.0
    assert not found.significant
    assert found.difference.low < 0 < found.difference.high


def test_a_comparison_is_written_as_plain_json() -> None:
    found = compare_paired(*pairs(50, 12, 3, 10), seed=0)
    assert found.to_json() == {
        "difference": found.difference.to_json(),
        "p_value": found.p_value,
        "significant": True,
    }


@pytest.mark.parametrize(
    ("labels", "a", "b", "message"),
    [
        ([0, 1], [0], [0, 1], r"predicted_a \(1,\) does not fit labels \(2,\)"),
        ([0, 1], [0, 1], [[0, 1]], r"predicted_b \(1, 2\) does not fit"),
        ([], [], [], "at least one row"),
    ],
)
def test_what_does_not_fit_is_named(labels: list[int], a: list[int], b: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_paired(np.array(labels, int), np.array(a, int), np.array(b, int), seed=0)


def test_no_resample_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one resample, not 0"):
        compare_paired(*pairs(5, 2, 1, 1), seed=0, resamples=0)
