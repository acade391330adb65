"""Values are scikit-learn's; what scikit-learn leaves open is decided here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from accent.evaluation import Score, classification_scores, confusion, point_metrics

OVERALL = [
    "accuracy", "precision_macro", "recall_macro", "f1_macro", "f1_micro", "f1_weighted", "matthews", "roc_auc",
    "log_loss", "ece",
]  # fmt: skip
EXACT = {"rel": 0, "abs": 1e-12}


def names_of(classes: int) -> tuple[str, ...]:
    return tuple(f"c{index}" for index in range(classes))


def sklearn_values(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    classes = list(range(probabilities.shape[1]))
    predicted = probabilities.argmax(axis=1)
    scores = probabilities[:, 1] if len(classes) == 2 else probabilities
    values = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "matthews": metrics.matthews_corrcoef(labels, predicted),
        "roc_auc": metrics.roc_auc_score(labels, scores, multi_class="ovr", labels=classes),
        "log_loss": metrics.log_loss(labels, probabilities, labels=classes),
        "f1_micro": metrics.f1_score(labels, predicted, average="micro"),
        "f1_weighted": metrics.f1_score(labels, predicted, average="weighted", zero_division=0),
    }
    for name in ("precision", "recall", "f1"):
        score = getattr(metrics, f"{name}_score")
        values[f"{name}_macro"] = score(labels, predicted, average="macro", zero_division=0)
        by_class = score(labels, predicted, average=None, labels=classes, zero_division=0)
        values |= {f"{name}/c{index}": value for index, value in enumerate(by_class)}
    return values


@pytest.mark.parametrize(
    ("rows", "classes", "decimals"),
    [(400, 2, None), (400, 2, 1), (300, 3, None), (300, 3, 0), (700, 20, None), (700, 20, 1), (1500, 150, None)],
)
def test_values_are_scikit_learns(answers, rows: int, classes: int, decimals: int | None) -> None:
    labels, probabilities = answers(rows, classes, decimals=decimals)
    expected = sklearn_values(labels, probabilities)
    found = classification_scores(labels, probabilities, names_of(classes), seed=0, resamples=3)
    assert {name: found[name].value for name in expected} == pytest.approx(expected, **EXACT)
    assert list(found) == OVERALL + [f"{name}/c{i}" for name in ("precision", "recall", "f1") for i in range(classes)]


@pytest.mark.parametrize("classes", [2, 5])
def test_point_metrics_are_the_scores_without_intervals(answers, classes: int) -> None:
    labels, probabilities = answers(200, classes)
    scores = classification_scores(labels, probabilities, names_of(classes), seed=0, resamples=3)
    found = point_metrics(labels, probabilities)
    assert list(found) == [*OVERALL, "loss"]
    assert found == {**{name: scores[name].value for name in OVERALL}, "loss": found["log_loss"]}


def test_a_label_that_is_never_predicted_counts_as_zero(answers) -> None:
    labels, probabilities = answers(200, 3)
    probabilities[:, 2] = 0.0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    expected = sklearn_values(labels, probabilities)
    found = classification_scores(labels, probabilities, names_of(3), seed=0, resamples=200)
    assert {name: found[name].value for name in expected} == pytest.approx(expected, **EXACT)
    assert found["precision/c2"] == Score(0.0, 0.0, 1.0, int((labels == 2).sum()))  # nothing was tried
    assert found["recall/c2"].value == 0.0
    assert 0.0 < found["recall/c2"].high < 0.1
    assert 0.0 < found["f1/c2"].high < 0.2


def test_a_probability_of_zero_for_the_right_class_stays_finite() -> None:
    found = point_metrics(np.array([1, 0]), np.array([[1.0, 0.0], [1.0, 0.0]]))
    expected = metrics.log_loss([1, 0], [[1.0, 0.0], [1.0, 0.0]], labels=[0, 1])
    assert found["log_loss"] == pytest.approx(expected, **EXACT)
    assert math.isfinite(found["log_loss"])


def test_an_absent_class_is_left_out_of_averages(answers) -> None:
    labels, probabilities = answers(200, 4)
    labels, probabilities = labels[labels != 3], probabilities[labels != 3]
    present = [metrics.roc_auc_score(labels == index, probabilities[:, index]) for index in range(3)]
    predicted = probabilities.argmax(axis=1)
    found = classification_scores(labels, probabilities, names_of(4), seed=0, resamples=200)
    assert found["roc_auc"].value == pytest.approx(np.mean(present), **EXACT)
    assert found["f1_macro"].value == pytest.approx(metrics.f1_score(labels, predicted, average="macro"), **EXACT)
    assert found["recall/c3"] == Score(0.0, 0.0, 1.0, 0)


def test_a_class_that_is_neither_labelled_nor_predicted_changes_no_average(answers) -> None:
    labels, probabilities = answers(200, 3)
    wider = np.concatenate([probabilities, np.zeros((200, 1))], axis=1)
    assert point_metrics(labels, wider) == pytest.approx(point_metrics(labels, probabilities), **EXACT)


def test_one_class_has_no_roc_auc(answers) -> None:
    labels, probabilities = answers(50, 2)
    found = classification_scores(np.zeros_like(labels), probabilities, ("a", "b"), seed=0, resamples=50)
    assert "roc_auc" not in found
    assert "roc_auc" not in point_metrics(np.zeros_like(labels), probabilities)
    assert found["accuracy"].value == metrics.accuracy_score(np.zeros_like(labels), probabilities.argmax(axis=1))


def test_n_is_the_rows_or_the_class_s_rows(answers) -> None:
    labels, probabilities = answers(120, 3)
    found = classification_scores(labels, probabilities, names_of(3), seed=0, resamples=3)
    assert {found[name].n for name in OVERALL} == {120}
    for index in range(3):
        assert {found[f"{name}/c{index}"].n for name in ("precision", "recall", "f1")} == {int((labels == index).sum())}


def test_float32_probabilities_are_taken_as_they_come(answers) -> None:
    labels, probabilities = answers(200, 3)
    found = point_metrics(labels.astype(np.int32), probabilities.astype(np.float32))
    assert found == pytest.approx(point_metrics(labels, probabilities), abs=1e-5)


def test_confusion_is_scikit_learns(answers) -> None:
    labels, probabilities = answers(300, 5)
    predicted = probabilities.argmax(axis=1)
    counts = confusion(labels, predicted, 7)
    assert counts.shape == (7, 7)
    assert np.array_equal(counts, metrics.confusion_matrix(labels, predicted, labels=range(7)))


GOOD = np.array([[0.7, 0.3], [0.2, 0.8]])


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], [0.7, 0.3], r"probabilities must be \(rows, 2 classes or more\), not \(2,\)"),
        ([0, 1], [[1.0], [1.0]], r"2 classes or more\), not \(2, 1\)"),
        ([0, 1, 1], GOOD, "3 labels do not fit 2 rows"),
        ([0, 2], GOOD, "labels must be 0 to 1; row 1 has 2"),
        ([-1, 0], GOOD, "labels must be 0 to 1; row 0 has -1"),
        ([0.0, 1.0], GOOD, "whole class numbers, not float64"),
        ([[0, 1]], GOOD, r"labels must be \(rows,\)"),
        (np.zeros(0, int), np.zeros((0, 2)), "at least one row"),
        ([0, 1], [[0.7, 0.3], [0.7, 0.7]], "sum to 1; those of row 1 sum to 1.4"),
        ([0, 1], [[0.7, 0.3], [1.2, -0.2]], "between 0 and 1; row 1 has"),
        ([0, 1], [[math.nan, 0.3], [0.5, 0.5]], "between 0 and 1; row 0 has"),
    ],
)
def test_what_does_not_fit_is_named(labels: object, probabilities: object, message: str) -> None:
    arrays = np.array(labels), np.array(probabilities)
    with pytest.raises(ValueError, match=message):
        point_metrics(*arrays)
    with pytest.raises(ValueError, match=message):
        classification_scores(*arrays, ("a", "b"), seed=0)


@pytest.mark.parametrize("names", [("a",), ("a", "b", "c"), ("a", "a")])
def test_names_fit_the_classes(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="2 classes need as many different names"):
        classification_scores(np.array([0, 1]), GOOD, names, seed=0)


@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([0, 3], [0, 1], "labels must be 0 to 2"),
        ([0, 1], [0, 3], "predicted must be 0 to 2"),
        ([0], [0, 1], "1 labels"),
    ],
)
def test_confusion_names_what_does_not_fit(labels: list[int], predicted: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confusion(np.array(labels), np.array(predicted), 3)
