"""A temperature is found again, by the likelihood itself and by hand, and told without and with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import expit, softmax
from sklearn.metrics import log_loss

from accent.evaluation import ClassScorer, MultilabelScorer, reliability
from accent.evaluation.temperature import calibration_change, either, fit_temperature, tempered

CHANCE = np.random.default_rng(0)


def drawn(rows: int, classes: int, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels drawn from softmax(z), and the probabilities that a model of logits `sharpness` z would give."""
    logits = CHANCE.normal(size=(rows, classes)) * 1.5
    honest = softmax(logits, axis=1)
    labels = (CHANCE.random((rows, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    return labels, softmax(sharpness * logits, axis=1)


def test_probabilities_stand_in_for_logits() -> None:
    logits = CHANCE.normal(size=(7, 4)) * 9
    for temperature in (0.3, 1.0, 2.5):
        expected = softmax(logits / temperature, axis=1)
        np.testing.assert_allclose(tempered(softmax(logits, axis=1), temperature), expected, rtol=1e-9)
    scores = CHANCE.normal(size=(5, 3)) * 6
    np.testing.assert_allclose(tempered(either(expit(scores)), 1.7)[..., 1], expit(scores / 1.7), rtol=1e-6)


def test_by_hand_and_back() -> None:
    # Odds of 9 to 1 at temperature 2 are those of 3 to 1.
    np.testing.assert_allclose(tempered(np.array([[0.9, 0.1]]), 2.0), [[0.75, 0.25]], rtol=1e-12)
    np.testing.assert_allclose(tempered(np.array([[0.75, 0.25]]), 0.5), [[0.9, 0.1]], rtol=1e-12)


@pytest.mark.parametrize(("classes", "sharpness"), [(2, 3.0), (5, 0.4), (3, 1.0)])
def test_the_temperature_of_an_overconfident_model_is_found(classes: int, sharpness: float) -> None:
    labels, probabilities = drawn(20_000, classes, sharpness)
    found = fit_temperature(labels, probabilities)
    assert found == pytest.approx(sharpness, rel=0.06)
    by_search = minimize_scalar(
        lambda t: log_loss(labels, tempered(probabilities, t), labels=range(classes)),
        bounds=(0.1, 10),
        method="bounded",
        options={"xatol": 1e-7},
    )
    assert found == pytest.approx(by_search.x, rel=2e-3)  # the smoothing of 1 in 20,001 is what is left


def test_a_split_without_errors_does_not_ask_for_certainty() -> None:
    # Two classes, 9 rows, all right with odds of 4 to 1; targets are 1 - 1/10 + 1/20 = 0.95: odds of 19 to 1.
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])
    probabilities = np.where(labels[:, None] == np.arange(2), 0.8, 0.2)
    assert fit_temperature(labels, probabilities) == pytest.approx(np.log(4) / np.log(19), rel=1e-6)


def test_what_says_nothing_and_what_is_always_wrong_stay_within_bounds() -> None:
    assert fit_temperature(np.array([0, 1, 2]), np.full((3, 3), 1 / 3)) == 1.0
    wrong = np.array([[0.99, 0.01], [0.01, 0.99]] * 10)
    assert fit_temperature(np.array([1, 0] * 10), wrong) == 20.0
    shy = np.full((10_000, 2), 0.5) + np.array([1e-5, -1e-5])
    assert fit_temperature(np.zeros(10_000, dtype=int), shy) == pytest.approx(1 / 20)


def test_the_page_of_classes_says_what_it_changed() -> None:
    labels, probabilities = drawn(2000, 3, 3.0)
    cool = tempered(probabilities, 3.0)
    scorer = ClassScorer(("a", "b", "c"), temperature=3.0)
    scorer.add(labels, cool)
    change = scorer.page()["calibration"]
    assert change["temperature"] == 3.0
    for moment, shares in (("before", probabilities), ("after", cool)):
        bins = [one for one in reliability(labels, shares) if one["n"]]
        ece = sum(one["n"] * abs((one["accuracy"] or 0) - (one["confidence"] or 0)) for one in bins) / 2000
        assert change["ece"][moment] == pytest.approx(ece, abs=1e-9)
        assert change["log_loss"][moment] == pytest.approx(log_loss(labels, shares), rel=1e-9)
    assert change["ece"]["after"] < 0.3 * change["ece"]["before"]
    plain = ClassScorer(("a", "b", "c"))
    plain.add(labels, cool)
    assert "calibration" not in plain.page()


def test_the_page_of_labels_counts_every_cell() -> None:
    gold = CHANCE.integers(0, 2, size=(40, 3))
    probabilities = np.clip(gold * 0.6 + CHANCE.random((40, 3)) * 0.4, 0.01, 0.99)
    warm = tempered(either(probabilities), 1.5)[..., 1]
    scorer = MultilabelScorer(("a", "b", "c"), 0.5, temperature=1.5)
    scorer.add(gold, warm)
    change = scorer.page()["calibration"]
    assert change["log_loss"]["before"] == pytest.approx(log_loss(gold.ravel(), probabilities.ravel()), rel=1e-9)
    assert change["log_loss"]["after"] == pytest.approx(log_loss(gold.ravel(), warm.ravel()), rel=1e-9)
    assert change == calibration_change(1.5, gold.ravel(), either(warm).reshape(-1, 2))
