"""A 95 % interval holds the truth about 95 times in 100: measured on a made-up population whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from accent.evaluation import classification_scores, compare_paired, point_metrics

SIMULATIONS = 300


def names_of(classes: int) -> tuple[str, ...]:
    return tuple(f"c{index}" for index in range(classes))


def held(answers, rows: int, classes: int) -> dict[str, float]:
    """Return the share of simulated tests whose interval holds the population's value, by metric."""
    labels, probabilities = answers(400_000, classes, seed=1_000_000)
    truth = point_metrics(labels, probabilities)
    hits = dict.fromkeys((name for name in truth if name != "loss"), 0)
    for seed in range(SIMULATIONS):
        drawn = answers(rows, classes, seed=seed)
        scores = classification_scores(*drawn, names_of(classes), seed=seed, resamples=300)
        for name in hits:
            hits[name] += scores[name].low <= truth[name] <= scores[name].high
    return {name: count / SIMULATIONS for name, count in hits.items()}


@pytest.mark.parametrize(("rows", "classes"), [(300, 2), (300, 4)])
def test_intervals_hold_the_truth(answers, rows: int, classes: int) -> None:
    shares = held(answers, rows, classes)
    ece = shares.pop("ece")
    assert len(shares) == 9
    assert {name: share for name, share in shares.items() if not 0.90 <= share <= 0.98} == {}
    assert ece >= 0.93  # its low end is a bound: wide on purpose, so that a calibrated model can show as one


def test_the_interval_of_a_difference_holds_the_truth() -> None:
    chance = np.random.default_rng(0)
    hits, found_different = 0, 0
    for seed in range(SIMULATIONS):
        labels = np.zeros(400, int)
        a, b = (chance.random((2, 400)) > [[0.85], [0.80]]).astype(int)
        paired = compare_paired(labels, a, b, seed=seed, resamples=1000)
        hits += paired.difference.low <= 0.05 <= paired.difference.high
        found_different += compare_paired(labels, b, chance.permutation(b), seed=seed, resamples=10).significant
    assert 0.90 <= hits / SIMULATIONS <= 0.98
    assert found_different / SIMULATIONS <= 0.05  # the exact test calls equals different at most 1 time in 20


def test_wilsons_end_holds_the_truth_where_a_bootstrap_would_not() -> None:
    chance = np.random.default_rng(1)
    hits, all_right = 0, 0
    for seed in range(SIMULATIONS):
        wrong = (chance.random(100) > 0.98).astype(int)
        probabilities = np.where(wrong[:, None] == 1, [[0.1, 0.9]], [[0.9, 0.1]])
        score = classification_scores(np.zeros(100, int), probabilities, ("a", "b"), seed=seed, resamples=200)[
            "accuracy"
        ]
        all_right += score.value == 1
        hits += score.value == 1 and score.low <= 0.98
    assert all_right > 20
    assert hits == all_right
