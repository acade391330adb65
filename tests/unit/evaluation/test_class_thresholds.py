"""Thresholds of classes: exact for two classes by brute force, never worse for more, kept where little is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn import metrics

from accent.evaluation import ClassScorer, classification_scores
from accent.evaluation.class_thresholds import GOALS, checked_class_thresholds, chosen, tune_class_thresholds

BY_SKLEARN = {
    "accuracy": metrics.accuracy_score,
    "f1_micro": lambda gold, said: metrics.f1_score(gold, said, average="micro"),
    "f1_macro": lambda gold, said: metrics.f1_score(gold, said, average="macro", zero_division=0),
    "f1_weighted": lambda gold, said: metrics.f1_score(gold, said, average="weighted", zero_division=0),
    "matthews": metrics.matthews_corrcoef,
}
CHANCE = np.random.default_rng(1)


def test_the_answer_is_the_largest_multiple_of_a_threshold() -> None:
    shares = np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6], [0.7, 0.2, 0.1]])
    assert chosen(shares, None).tolist() == [0, 2, 0]
    # 0.5/0.5, 0.3/0.2, 0.2/0.3 are 1, 1.5, 0.67; then 0.4, 1, 2; then 1.4, 1, 0.33.
    assert chosen(shares, np.array([0.5, 0.2, 0.3])).tolist() == [1, 2, 0]


def test_of_two_classes_the_second_is_given_above_its_threshold() -> None:
    shares = np.array([[0.71, 0.29], [0.69, 0.31], [0.2, 0.8]])
    assert chosen(shares, np.array([0.7, 0.3])).tolist() == [0, 1, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.001, 0.999)), min_size=2, max_size=30),
    st.sampled_from(GOALS),
)
def test_no_threshold_of_two_classes_is_better(rows: list[tuple[bool, float]], goal: str) -> None:
    gold = np.array([int(row[0]) for row in rows])
    second = np.array([round(row[1], 6) for row in rows])  # closer ones are won together
    shares = np.stack([1 - second, second], axis=1)
    found = tune_class_thresholds(gold, shares, goal=goal, least_rows=1)
    if len(set(gold.tolist())) < 2:
        assert found.tolist() == [0.5, 0.5]
        return
    cuts = np.concatenate([[0.0], (np.sort(second)[1:] + np.sort(second)[:-1]) / 2, [1.0]])
    best = max(BY_SKLEARN[goal](gold, (second > cut).astype(int)) for cut in cuts)
    assert BY_SKLEARN[goal](gold, chosen(shares, found)) >= best - 1e-9


def test_rows_out_of_reach_are_not_counted_as_won() -> None:
    """The second class needs a factor of e^60 in 30 of its rows: no threshold goes that far, and 0.5 stays the best.

    Were they counted as won, all rows would be worth giving it, and 10 of 60 would be right.
    """
    logits = np.array([-60.0] * 30 + [-1.0] * 20 + [1.0] * 10)
    gold = np.array([1] * 30 + [0] * 20 + [1] * 10)
    for mirrored in (False, True):  # at the low end as at the high one
        shares = np.stack([expit(-logits), expit(logits)], axis=1)
        labels, shares = (1 - gold, shares[:, ::-1]) if mirrored else (gold, shares)
        found = tune_class_thresholds(labels, shares, goal="accuracy")
        assert (chosen(shares, found) == labels).mean() == 0.5


@settings(max_examples=200, deadline=None)
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")  # Matthews' of scikit-learn
@given(
    st.integers(2, 4).flatmap(
        lambda classes: st.lists(
            st.tuples(
                st.integers(0, classes - 1),
                st.lists(st.integers(-800, 800), min_size=classes, max_size=classes),
            ),
            min_size=2,
            max_size=30,
        )
    ),
    st.sampled_from([1.0, 0.1, 0.01]),
    st.sampled_from(GOALS),
)
def test_however_sure_the_model_is_tuning_never_costs(
    rows: list[tuple[int, list[int]]], scale: float, goal: str
) -> None:
    gold = np.array([row[0] for row in rows])
    shares = softmax(scale * np.array([row[1] for row in rows], dtype=np.float64), axis=1)
    found = tune_class_thresholds(gold, shares, goal=goal, least_rows=1)
    even, tuned = (BY_SKLEARN[goal](gold, chosen(shares, one)) for one in (None, found))
    assert tuned >= even - 1e-9


def test_the_middle_of_the_best_place_is_taken() -> None:
    """Odds of the second class: 1/9, 3/7, 1, 4; best is to give it from 3/7 on, midway in log odds to 1/9."""
    second = np.array([0.1, 0.3, 0.5, 0.8])
    found = tune_class_thresholds(np.array([0, 1, 1, 1]), np.stack([1 - second, second], axis=1), least_rows=1)
    odds = np.sqrt((1 / 9) * (3 / 7))
    assert found == pytest.approx([1 / (1 + odds), odds / (1 + odds)], rel=1e-9)


@pytest.mark.parametrize("goal", GOALS)
def test_more_classes_gain_and_are_scored_as_by_sklearn(goal: str) -> None:
    """A model that takes the rare classes for the common one: thresholds bring back most of what was lost."""
    labels = CHANCE.choice(4, size=600, p=[0.82, 0.1, 0.05, 0.03])
    logits = CHANCE.normal(size=(600, 4)) + 1.5 * np.eye(4)[labels] + np.array([3.0, 0.0, 0.0, 0.0])
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = tune_class_thresholds(labels, shares, goal=goal)
    before = BY_SKLEARN[goal](labels, chosen(shares, None))
    after = BY_SKLEARN[goal](labels, chosen(shares, found))
    assert after > before + (0.1 if goal == "f1_macro" else 0.0)
    assert found.sum() == pytest.approx(1.0)
    for one in range(4):  # a coordinate search ends where no single threshold betters it, of those that are tried
        for factor in (0.5, 0.8, 1.25, 2.0):
            moved = found * np.where(np.arange(4) == one, factor, 1.0)
            assert BY_SKLEARN[goal](labels, chosen(shares, moved)) <= after + 0.01


def test_rare_classes_keep_their_thresholds() -> None:
    labels = np.array([0] * 30 + [1] * 4)
    shares = np.array([[0.8, 0.2]] * 30 + [[0.6, 0.4]] * 4)
    assert tune_class_thresholds(labels, shares).tolist() == [0.5, 0.5]
    assert tune_class_thresholds(labels, shares, least_rows=4)[1] < 0.4
    three = np.concatenate([shares * 0.9, np.full((34, 1), 0.1)], axis=1)
    found = tune_class_thresholds(labels, three)
    assert found[1] == pytest.approx(found[2], rel=1e-12)  # neither was moved


def test_a_scorer_with_thresholds_scores_the_answers_and_not_the_largest_probability() -> None:
    labels = CHANCE.integers(0, 3, size=200)
    logits = CHANCE.normal(size=(200, 3)) + 0.8 * np.eye(3)[labels]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    thresholds = [0.5, 0.2, 0.3]
    said = chosen(shares, np.array(thresholds))
    assert (said != shares.argmax(axis=1)).sum() > 20
    scorer = ClassScorer(("a", "b", "c"), thresholds)
    credits = scorer.add(labels, shares)
    assert credits == (said == labels).astype(float).tolist()
    points, scores = scorer.points(), scorer.scores(seed=1)
    for name, by_sklearn in BY_SKLEARN.items():
        assert points[name] == pytest.approx(by_sklearn(labels, said), abs=1e-12)
        assert scores[name].value == pytest.approx(points[name], abs=1e-12)
    assert points["log_loss"] == pytest.approx(metrics.log_loss(labels, shares))  # of probabilities: as they were
    assert points["commonest_answer"] == np.bincount(said).max() / 200
    assert scorer.weighted("accuracy")(np.ones((200, 1)))[0] == pytest.approx(points["accuracy"])
    assert scorer.page()["confusion"]["counts"] == metrics.confusion_matrix(labels, said).tolist()
    bins = [one for one in scorer.page()["reliability"] if one["n"]]
    assert sum(one["n"] * (one["accuracy"] or 0) for one in bins) / 200 == pytest.approx(points["accuracy"])
    given = shares[np.arange(200), said]
    assert sum(one["n"] * (one["confidence"] or 0) for one in bins) / 200 == pytest.approx(given.mean())
    again = classification_scores(labels, shares, ("a", "b", "c"), seed=1, predicted=said)
    assert again["f1_macro"] == scores["f1_macro"]


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="one number above 0 for each of 2 classes"):
        checked_class_thresholds([0.5, 0.0], 2)
    with pytest.raises(ValueError, match="one number above 0 for each of 3 classes"):
        ClassScorer(("a", "b", "c"), [0.5, 0.5])
    with pytest.raises(ValueError, match="not for log_loss"):
        tune_class_thresholds(np.array([0, 1]), np.full((2, 2), 0.5), goal="log_loss")
    assert checked_class_thresholds([2.0, 6.0], 2).tolist() == [0.25, 0.75]
