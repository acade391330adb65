"""All right, all wrong, one row: no interval claims certainty."""

from __future__ import annotations

import numpy as np
import pytest

from accent.evaluation import Score, classification_scores
from accent.evaluation.intervals import wilson

SHARES = ["accuracy", "f1_micro", "f1_weighted"]
AVERAGES = ["precision_macro", "recall_macro", "f1_macro"]


def scored(labels: np.ndarray, predicted: np.ndarray, classes: int = 2) -> dict[str, Score]:
    probabilities = np.full((len(labels), classes), 0.1 / (classes - 1))
    probabilities[np.arange(len(labels)), predicted] = 0.9
    return classification_scores(labels, probabilities, tuple("abcdefgh"[:classes]), seed=0, resamples=200)


def test_all_right_has_wilsons_low_end() -> None:
    labels = np.repeat([0, 1], 20)
    found = scored(labels, labels)
    low = 40 / (40 + 1.959963984540054**2)
    for name in SHARES + AVERAGES:
        assert found[name] == Score(1.0, pytest.approx(low), 1.0, 40)
    assert found["matthews"] == Score(1.0, pytest.approx(2 * low - 1), 1.0, 40)
    assert found["recall/a"] == Score(1.0, pytest.approx(wilson(1, 20)[0]), 1.0, 20)
    share = wilson(1, 20)[0]
    assert found["f1/a"] == Score(1.0, pytest.approx(2 * share / (1 + share)), 1.0, 20)
    assert found["roc_auc"] == Score(1.0, pytest.approx(wilson(1, 20)[0]), 1.0, 40)


def test_all_wrong_has_wilsons_high_end() -> None:
    labels = np.repeat([0, 1], 20)
    found = scored(labels, 1 - labels)
    high = wilson(0, 40)[1]
    assert 0 < high < 0.1
    for name in SHARES + AVERAGES:
        assert found[name] == Score(0.0, 0.0, pytest.approx(high), 40)
    assert found["matthews"] == Score(-1.0, -1.0, pytest.approx(2 * high - 1), 40)
    assert found["roc_auc"] == Score(0.0, 0.0, pytest.approx(wilson(0, 20)[1]), 40)
    assert found["precision/b"] == Score(0.0, 0.0, pytest.approx(wilson(0, 20)[1]), 20)
    share = wilson(0, 40)[1]
    assert found["f1/b"].high == pytest.approx(2 * share / (1 + share))


def test_a_rare_class_makes_averages_less_certain_than_accuracy() -> None:
    labels = np.repeat([0, 1], [990, 10])
    found = scored(labels, labels)
    trials = 4 / (1 / 990 + 1 / 10)
    assert found["f1_macro"].low == pytest.approx(wilson(1, trials)[0])
    assert found["f1_macro"].low < 0.92
    assert found["accuracy"].low > 0.99


def test_one_class_right_and_another_not_is_settled_class_by_class() -> None:
    labels = np.array([0] * 10 + [1] * 10)
    predicted = np.array([0] * 10 + [1] * 5 + [0] * 5)
    found = scored(labels, predicted)
    assert found["recall/a"] == Score(1.0, pytest.approx(wilson(1, 10)[0]), 1.0, 10)
    assert found["precision/b"] == Score(1.0, pytest.approx(wilson(1, 5)[0]), 1.0, 10)
    assert found["accuracy"].low < 0.75 < found["accuracy"].high < 1


@pytest.mark.parametrize("right", [True, False])
def test_one_row_says_little(right: bool) -> None:
    found = scored(np.array([0]), np.array([0 if right else 1]))
    assert found["accuracy"].value == float(right)
    assert found["accuracy"].high - found["accuracy"].low == pytest.approx(1.96**2 / (1 + 1.96**2), abs=1e-3)
    assert "roc_auc" not in found
    assert found["log_loss"].low == found["log_loss"].value == found["log_loss"].high
    assert {score.n for name, score in found.items() if not name.endswith("/b")} == {1}


def test_constant_answers_have_a_roc_auc_of_a_half() -> None:
    labels = np.repeat([0, 1], [30, 10])
    found = scored(labels, np.zeros(40, int))
    assert (found["roc_auc"].value, found["matthews"].value) == (0.5, 0.0)
    assert (found["roc_auc"].low, found["roc_auc"].high) == (0.5, 0.5)  # nothing was ranked, on any rows
