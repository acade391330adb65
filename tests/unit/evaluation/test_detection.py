"""The area of telling known rows from out-of-scope ones is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from accent.evaluation import Score
from accent.evaluation.detection import detection_auroc
from accent.seeds import generator


def made(decimals: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    return chance.beta(5, 2, 60).round(decimals), chance.beta(3, 3, 25).round(decimals)


def plain(known: np.ndarray, strange: np.ndarray) -> float:
    truth = np.r_[np.ones(len(known)), np.zeros(len(strange))]
    return float(metrics.roc_auc_score(truth, np.r_[known, strange]))


@pytest.mark.parametrize("decimals", [6, 1])
def test_the_area_and_its_interval(decimals: int) -> None:
    known, strange = made(decimals)
    found = detection_auroc(known, strange, seed=8, resamples=100)
    chance = generator(8, "bootstrap")
    everything = np.r_[known, strange]
    drawn = []
    for _ in range(100):
        row = chance.integers(0, 85, size=85)
        drawn.append(plain(everything[row[row < 60]], everything[row[row >= 60]]))
    assert found.value == pytest.approx(plain(known, strange), abs=1e-9)
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=1e-9)
    assert found.n == 85


def test_the_two_kinds_mirror_each_other() -> None:
    known, strange = made(1)
    there, back = detection_auroc(known, strange, seed=0), detection_auroc(strange, known, seed=0)
    assert there.value == pytest.approx(1 - back.value, abs=1e-12)
    assert detection_auroc(known * 0 + 0.5, strange * 0 + 0.5, seed=0).value == 0.5


def test_all_told_apart_is_not_certain() -> None:
    found = detection_auroc(np.full(100, 0.9), np.full(10, 0.2), seed=0, resamples=50)
    assert found == Score(1.0, pytest.approx(0.7225, abs=1e-3), 1.0, 110)  # Wilson's bound of 10 of 10


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="confidence_out must be"):
        detection_auroc(np.array([0.5]), np.zeros(0), seed=0)
    with pytest.raises(ValueError, match="confidence_in must be"):
        detection_auroc(np.array([np.nan]), np.array([0.5]), seed=0)
