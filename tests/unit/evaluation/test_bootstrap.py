"""Intervals equal those of a plain loop that calls scikit-learn on each resample of the rows."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from sklearn import metrics

from accent.evaluation import classification_scores, reliability
from accent.seeds import generator

RESAMPLES = 80


def one_against_the_rest(labels: np.ndarray, probabilities: np.ndarray) -> float:
    classes = [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    present = [index for index in classes if 0 < (labels == index).sum() < len(labels)]
    return float(np.mean([metrics.roc_auc_score(labels == index, probabilities[:, index]) for index in present]))


def gaps(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    bins = reliability(labels, probabilities)
    return np.array([one["n"] * (one["accuracy"] - one["confidence"]) if one["n"] else 0.0 for one in bins])


def plain_metrics(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    predicted, classes = probabilities.argmax(axis=1), list(range(probabilities.shape[1]))
    found = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "f1_micro": metrics.f1_score(labels, predicted, average="micro"),
        "f1_weighted": metrics.f1_score(labels, predicted, average="weighted", zero_division=0),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
        "roc_auc": one_against_the_rest(labels, probabilities),
        "log_loss": metrics.log_loss(labels, probabilities, labels=classes),
        "ece": np.abs(gaps(labels, probabilities)).sum() / len(labels),
    }
    for name in ("precision", "recall", "f1"):
        score = getattr(metrics, f"{name}_score")
        found[f"{name}_macro"] = score(labels, predicted, average="macro", zero_division=0)
        by_class = score(labels, predicted, average=None, labels=classes, zero_division=np.nan)
        found |= {f"{name}/c{index}": value for index, value in enumerate(by_class)}
    return found


@pytest.mark.parametrize(
    ("rows", "classes", "decimals", "seed"), [(90, 2, None, 1), (90, 2, 0, 2), (70, 4, None, 3), (25, 7, 0, 4)]
)
def test_intervals_are_those_of_a_plain_loop(
    answers, *, rows: int, classes: int, decimals: int | None, seed: int
) -> None:
    labels, probabilities = answers(rows, classes, seed=seed, edge=1.0, decimals=decimals)
    found = classification_scores(
        labels, probabilities, tuple(f"c{index}" for index in range(classes)), seed=seed, resamples=RESAMPLES
    )
    chance = generator(seed, "bootstrap")
    drawn = [chance.integers(0, rows, size=rows) for _ in range(RESAMPLES)]
    plain = [plain_metrics(labels[row], probabilities[row]) for row in drawn]
    moved = [np.abs(gaps(labels[row], probabilities[row]) - gaps(labels, probabilities)).sum() / rows for row in drawn]
    for name, score in found.items():
        low, high = np.nanquantile([values[name] for values in plain], [0.025, 0.975])
        if name == "ece":
            low = max(0.0, min(low, score.value - np.quantile(moved, 0.975)))
        if 0 < score.value < 1:
            assert (score.low, score.high) == pytest.approx((min(low, score.value), max(high, score.value)), abs=1e-9)
    assert sum(0 < score.value < 1 for score in found.values()) > 3 * classes


def test_classes_missing_from_resamples_are_met_by_the_plain_loop(answers) -> None:
    labels, _ = answers(25, 7, seed=4, edge=1.0, decimals=0)
    chance = generator(4, "bootstrap")
    drawn = [labels[chance.integers(0, 25, size=25)] for _ in range(RESAMPLES)]
    assert any(len(np.unique(resample)) < 7 for resample in drawn)


def test_intervals_follow_the_seed_and_hold_the_value(answers) -> None:
    labels, probabilities = answers(150, 3)
    first, same, other = (classification_scores(labels, probabilities, ("a", "b", "c"), seed=s) for s in (5, 5, 6))
    assert first == same
    assert first["log_loss"] != other["log_loss"]
    for score in itertools.chain(first.values(), other.values()):
        assert score.low <= score.value <= score.high
        assert score.low < score.high


def test_an_interval_is_widened_to_hold_the_value(answers) -> None:
    labels, probabilities = answers(150, 3)
    for seed in range(5):  # a single resample is both percentiles, and beside the value
        found = classification_scores(labels, probabilities, ("a", "b", "c"), seed=seed, resamples=1)
        for name, score in found.items():
            assert score.low <= score.value <= score.high
            assert score.value in {score.low, score.high} or name == "ece"


def test_large_data_take_seconds(answers) -> None:
    labels, probabilities = answers(7528, 20)
    start = time.perf_counter()
    found = classification_scores(labels, probabilities, tuple(map(str, range(20))), seed=0)
    assert time.perf_counter() - start < 10
    width = found["accuracy"].high - found["accuracy"].low
    value = found["accuracy"].value
    assert width == pytest.approx(2 * 1.96 * (value * (1 - value) / 7528) ** 0.5, rel=0.1)
