"""The scorer of classes says of rows in batches what the functions say of all rows at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from accent.evaluation import classification_scores, compare_paired, confusion, point_metrics, reliability
from accent.evaluation.classes import ClassScorer


def filled(labels: np.ndarray, probabilities: np.ndarray, batch: int = 7, groups: list[str] | None = None):
    scorer = ClassScorer(tuple(f"c{index}" for index in range(probabilities.shape[1])))
    credits = []
    for start in range(0, len(labels), batch):
        part = slice(start, start + batch)
        credits += scorer.add(labels[part], probabilities[part], None if groups is None else groups[part])
    return scorer, credits


@pytest.mark.parametrize("classes", [2, 4])
def test_batches_change_no_number(answers, classes: int) -> None:
    labels, probabilities = answers(150, classes)
    scorer, credits = filled(labels, probabilities)
    assert scorer.scores(seed=3) == classification_scores(labels, probabilities, scorer.names, seed=3)
    commonest = np.bincount(probabilities.argmax(axis=1)).max() / 150
    assert scorer.points() == {**point_metrics(labels, probabilities), "commonest_answer": commonest}
    assert scorer.main in scorer.points()
    assert credits == (probabilities.argmax(axis=1) == labels).astype(float).tolist()
    assert np.mean(credits) == pytest.approx(scorer.points()["accuracy"], abs=1e-12)


def test_the_page_is_the_confusion_and_the_reliability(answers) -> None:
    labels, probabilities = answers(150, 3)
    names = ["c0", "c1", "c2"]
    counts = metrics.confusion_matrix(labels, probabilities.argmax(axis=1)).tolist()
    assert filled(labels, probabilities)[0].page() == {
        "classes": names,
        "confusion": {"labels": names, "counts": counts},
        "reliability": reliability(labels, probabilities),
    }
    assert counts == confusion(labels, probabilities.argmax(axis=1), 3).tolist()


def test_a_comparison_is_mc_nemars(answers) -> None:
    labels, probabilities = answers(200, 3)
    worse = np.roll(probabilities, 1, axis=0)
    found = filled(labels, probabilities)[0].compare(filled(labels, worse, batch=50)[0], seed=1)
    assert found == compare_paired(labels, probabilities.argmax(axis=1), worse.argmax(axis=1), seed=1)
    assert found.significant
    with pytest.raises(ValueError, match="their gold differs"):
        filled(labels, probabilities)[0].compare(filled(labels[::-1], probabilities)[0], seed=1)


def test_lists_will_do() -> None:
    scorer = ClassScorer(["no", "yes"])
    assert scorer.add([1, 0], [[0.2, 0.8], np.array([0.4, 0.6])]) == [1.0, 0.0]
    assert scorer.points()["accuracy"] == 0.5


def test_a_hair_between_two_probabilities_is_kept() -> None:
    scorer = ClassScorer(["no", "yes"])
    hair = 1e-12
    assert scorer.add([1], [[0.5 - hair, 0.5 + hair]]) == [1.0]
    assert scorer.points()["accuracy"] == 1.0


def test_candidates_of_one_question_are_ranked() -> None:
    labels = np.array([0, 1, 0, 1, 0, 0])
    yes = np.array([0.9, 0.8, 0.1, 0.3, 0.2, 0.6])
    scorer, _ = filled(labels, np.stack([1 - yes, yes], axis=1), batch=2, groups=["a", "a", "a", "b", "b", "b"])
    by_question = [metrics.average_precision_score(labels[:3], yes[:3]), 0.5]
    assert scorer.points()["map"] == pytest.approx(np.mean(by_question), abs=1e-12) == 0.5
    assert scorer.points()["mrr"] == 0.5
    scores = scorer.scores(seed=0)
    assert scores["map"].n == scores["mrr"].n == 2
    assert scores["accuracy"].n == 6


def test_groups_do_not_matter_where_there_is_nothing_to_rank(answers) -> None:
    labels, probabilities = answers(60, 3)
    grouped, plain = (filled(labels, probabilities, groups=groups)[0] for groups in (["a"] * 60, None))
    assert grouped.points() == plain.points()
    labels, probabilities = answers(60, 2)
    alone = [f"question {index}" for index in range(60)]
    grouped, plain = (filled(labels, probabilities, groups=groups)[0] for groups in (alone, None))
    assert grouped.points() == plain.points()


@pytest.mark.parametrize(
    ("gold", "predictions", "groups", "message"),
    [
        ([2], [[0.5, 0.5]], None, "labels must be 0 to 1"),
        ([0], [[0.5, 0.6]], None, "must sum to 1"),
        ([0], [[0.2, 0.3, 0.5]], None, "3 probabilities a row do not fit 2 classes"),
        ([0, 1], [[0.5, 0.5]], None, "2 labels do not fit 1 rows"),
        ([0], [[0.5, 0.5]], ["a", "b"], "2 groups do not fit 1 rows"),
    ],
)
def test_what_does_not_fit_is_named(gold, predictions, groups, message: str) -> None:
    scorer = ClassScorer(("a", "b"))
    with pytest.raises(ValueError, match=message):
        scorer.add(gold, predictions, groups)
    assert len(scorer.targets_N) == len(scorer.probabilities_NC) == 0


def test_groups_come_with_all_rows_or_none() -> None:
    for first, second in ((["a"], None), (None, ["a"])):
        scorer = ClassScorer(("a", "b"))
        scorer.add([0], [[0.5, 0.5]], first)
        with pytest.raises(ValueError, match="for all rows or for none"):
            scorer.add([0], [[0.5, 0.5]], second)


def test_names_are_different_and_rows_are_needed() -> None:
    with pytest.raises(ValueError, match="names must be different"):
        ClassScorer(("a", "a"))
    with pytest.raises(ValueError, match="at least one row"):
        ClassScorer(("a", "b")).points()
