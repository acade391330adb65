"""Temperature and thresholds of tasks: found in order, kept in settings, met by every answer and by baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from scipy.special import softmax

from accent.config import ClassificationConfig, MultilabelConfig
from accent.errors import ConfigError
from accent.evaluation import chosen, either, fit_temperature, tempered, tune_class_thresholds, tune_thresholds
from accent.tasks import Classification, Multilabel, Regression, adjusted, make_task
from accent.tasks.decisions import Decision
from accent.tasks.labels import counted

BOTH = Decision(finds_temperature=True, finds_thresholds=True)
CHANCE = np.random.default_rng(4)
NAMES = ("a", "b", "c")


def skewed(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Return labels of which few are of the last class, and overconfident probabilities that pass it by."""
    labels = CHANCE.choice(3, size=rows, p=[0.7, 0.22, 0.08])
    logits = CHANCE.normal(size=(rows, 3)) + 1.2 * np.eye(3)[labels] + np.array([1.5, 0.5, 0.0])
    return labels, softmax(3 * logits, axis=1)


def splits(label: list[Any], *, validation: bool = True) -> dict[str, Dataset]:
    rows = Dataset.from_dict({"text": ["x"] * len(label), "label": label})
    return {"train": rows, "validation": rows} if validation else {"train": rows}


def test_the_temperature_comes_first_and_thresholds_after_it() -> None:
    labels, shares = skewed()
    found = Classification(NAMES, decision=BOTH).tuned(labels, shares)
    settings = found.settings()
    assert settings["temperature"] == pytest.approx(fit_temperature(labels, shares))
    assert settings["temperature"] > 2
    expected = tune_class_thresholds(labels, tempered(shares, settings["temperature"]))
    assert settings["thresholds"] == pytest.approx(expected.tolist())
    assert found.tunes


def test_a_saved_task_answers_as_the_tuned_one() -> None:
    labels, shares = skewed()
    found = Classification(NAMES, decision=BOTH).tuned(labels, shares)
    saved = Classification.from_settings(found.settings())
    assert not saved.tunes
    warm = saved.adjusted(shares)
    np.testing.assert_array_equal(warm, found.adjusted(shares))
    answers = saved.answers(warm)
    said = chosen(warm, found.settings()["thresholds"])
    assert [answer["label"] for answer in answers] == [NAMES[one] for one in said]
    assert (said != warm.argmax(axis=1)).any()
    for answer, row, one in zip(answers, warm, said, strict=True):
        assert answer["score"] == row[one]
        assert list(answer["scores"].values()) == row.tolist()


def test_scorers_score_the_answers() -> None:
    labels, shares = skewed()
    rows = Dataset.from_dict({"text": ["x"] * len(labels), "label": [NAMES[one] for one in labels]})
    plain = Classification(NAMES)
    tuned = Classification(NAMES, decision=BOTH).tuned(labels, shares)
    points = []
    for task in (plain, tuned):
        scorer = task.scorer()
        task.score(scorer, rows[:], adjusted(task, shares))
        points.append(scorer.points())
        answers = [answer["label"] for answer in task.answers(adjusted(task, shares))]
        right = np.mean([answer == label for answer, label in zip(answers, rows["label"], strict=True)])
        assert scorer.points()["accuracy"] == pytest.approx(right)
    assert points[1]["f1_macro"] > points[0]["f1_macro"]
    assert points[1]["ece"] < 0.5 * points[0]["ece"]


def test_thresholds_aim_at_the_score_that_chooses_checkpoints() -> None:
    labels, shares = skewed()
    task = Classification(NAMES, decision=Decision(finds_thresholds=True))
    by_metric = {
        metric: np.mean(chosen(shares, task.aiming(metric).tuned(labels, shares).settings()["thresholds"]) == labels)
        for metric in ("accuracy", "f1_macro", "roc_auc", None)
    }
    assert by_metric["accuracy"] > by_metric["f1_macro"]
    assert by_metric["roc_auc"] == by_metric[None] == by_metric["f1_macro"]
    config = ClassificationConfig(threshold="tuned")
    made = make_task(config, splits([NAMES[one] for one in labels]), metric="accuracy")
    expected = task.aiming("accuracy").tuned(labels, shares).settings()
    assert made.tuned(labels, shares).settings() == expected


def test_labels_have_one_temperature_and_thresholds_after_it() -> None:
    gold = CHANCE.integers(0, 2, size=(300, 2))
    shares = 1 / (1 + np.exp(-4 * (CHANCE.normal(size=(300, 2)) + 1.5 * gold - 1.5)))
    found = Multilabel(["a", "b"], decision=BOTH).tuned(gold, shares)
    settings = found.settings()
    assert settings["temperature"] == pytest.approx(fit_temperature(gold.ravel(), either(shares).reshape(-1, 2)))
    warm = found.adjusted(shares)
    np.testing.assert_allclose(warm, tempered(either(shares), settings["temperature"])[..., 1])
    assert settings["thresholds"] == pytest.approx(tune_thresholds(gold, warm).tolist())
    only = Multilabel(["a", "b"], decision=Decision(finds_temperature=True)).tuned(gold, shares)
    assert only.settings()["thresholds"] == [0.5, 0.5]
    given = [{one["label"] for one in answer["labels"]} for answer in only.answers(only.adjusted(shares))]
    assert given == [{name for name, share in zip("ab", row, strict=True) if share >= 0.5} for row in shares]


def test_models_from_before_there_were_temperatures_are_read() -> None:
    shares = np.array([[0.6, 0.4]])
    assert Classification.from_settings({"labels": ["a", "b"]}).answers(shares)[0]["label"] == "a"
    old = Multilabel.from_settings({"labels": ["a", "b"], "thresholds": [0.7, 0.3]})
    assert [one["label"] for one in old.answers(shares)[0]["labels"]] == ["b"]
    assert old.adjusted(shares) is not None
    np.testing.assert_array_equal(old.adjusted(shares), shares)


def test_other_tasks_predictions_are_left_alone() -> None:
    numbers = np.array([[2.5], [-1.0]])
    assert adjusted(Regression(["x"], means=[1.0], scales=[2.0]), numbers) is numbers


@pytest.mark.parametrize(
    ("config", "place"),
    [
        (ClassificationConfig(threshold="tuned"), "task.threshold"),
        (ClassificationConfig(calibrate="temperature"), "task.calibrate"),
        (MultilabelConfig(calibrate="temperature"), "task.calibrate"),
    ],
)
def test_what_is_found_on_validation_rows_needs_some(config: Any, place: str) -> None:
    label = [["a"], ["b"]] if config.kind == "multilabel" else ["a", "b"]
    with pytest.raises(ConfigError) as caught:
        Decision.of(config, splits(label, validation=False))
    assert caught.value.where == place
    assert Decision.of(config, splits(label)).tunes


def test_rows_are_counted_by_label() -> None:
    assert counted(splits(["b", "a", "b"])["train"], ["a", "b", "c"]).tolist() == [1, 2, 0]
    assert counted(splits([["a", "b"], ["b"], []])["train"], ["a", "b"]).tolist() == [1, 2]
