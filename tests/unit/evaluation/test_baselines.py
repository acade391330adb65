"""Baselines learn from the training rows only and answer with probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from accent.evaluation import baselines

GOOD = [
    "a fine fine fine fine warm film",
    "lovely acting and a fine story",
    "warm and lovely",
    "a fine joy from start to end",
]
BAD = ["a dull cold mess", "boring acting and a dull plot", "cold and boring", "a mess from start to end", "dull"]
TEXTS = GOOD + BAD
LABELS = np.array([1] * len(GOOD) + [0] * len(BAD))


def test_the_majority_answers_with_the_shares_of_the_training_rows() -> None:
    found = baselines(TEXTS, LABELS, ["one", "two", "three"], 2, seed=0)["majority"]
    plain = DummyClassifier(strategy="prior").fit(np.zeros((9, 1)), LABELS).predict_proba(np.zeros((3, 1)))
    assert found == pytest.approx(plain, abs=1e-12)
    assert found.argmax(axis=1).tolist() == [0, 0, 0]


def test_tfidf_tells_kind_words_from_harsh_ones() -> None:
    found = baselines(TEXTS, LABELS, ["a warm story", "a cold plot"], 2, seed=0)["tfidf"]
    assert found.argmax(axis=1).tolist() == [1, 0]
    assert found.sum(axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_tfidf_is_scikit_learns_pipeline() -> None:
    test = ["a warm story", "boring mess", "words never seen"]
    plain = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10.0, max_iter=1000)
    ).fit(TEXTS, LABELS)
    assert baselines(TEXTS, LABELS, test, 2, seed=0)["tfidf"] == pytest.approx(plain.predict_proba(test), abs=1e-4)


def test_test_texts_do_not_leak_into_what_is_learned() -> None:
    alone = baselines(TEXTS, LABELS, ["a warm plot"], 2, seed=0)["tfidf"]
    crowd = ["a warm plot", *["warm zebra"] * 50, *["plot quagga"] * 50]
    together = baselines(TEXTS, LABELS, crowd, 2, seed=0)["tfidf"]
    assert together[0] == pytest.approx(alone[0], abs=1e-9)
    assert together[1] == pytest.approx(baselines(TEXTS, LABELS, ["warm"], 2, seed=0)["tfidf"][0], abs=1e-9)


def test_word_pairs_count() -> None:
    texts = ["not good", "good", "not bad", "bad"] * 5
    labels = np.array([0, 1, 1, 0] * 5)
    found = baselines(texts, labels, texts[:4], 2, seed=0)["tfidf"]
    assert found.argmax(axis=1).tolist() == [0, 1, 1, 0]


def test_a_class_without_training_rows_gets_nothing() -> None:
    found = baselines(TEXTS, LABELS * 2, ["a warm story"], 4, seed=0)
    assert found["tfidf"].shape == found["majority"].shape == (1, 4)
    assert found["tfidf"][0, [1, 3]].tolist() == found["majority"][0, [1, 3]].tolist() == [0.0, 0.0]
    assert found["tfidf"][0].argmax() == 2


@pytest.mark.parametrize(
    ("texts", "labels"), [(TEXTS, np.ones(9, int)), (["?!", "...", "a"], np.array([0, 1, 1]))], ids=["class", "words"]
)
def test_where_words_carry_nothing_tfidf_is_the_majority(texts: list[str], labels: np.ndarray) -> None:
    found = baselines(texts, labels, ["anything at all"], 2, seed=0)
    assert found["tfidf"].tolist() == found["majority"].tolist()
    assert found["tfidf"] is not found["majority"]


def test_no_test_texts_need_no_answers() -> None:
    found = baselines(TEXTS, LABELS, [], 2, seed=0)
    assert {name: answers.shape for name, answers in found.items()} == {"majority": (0, 2), "tfidf": (0, 2)}


def test_a_seed_gives_the_same_answers() -> None:
    first, again = (baselines(TEXTS, LABELS, GOOD, 2, seed=7)["tfidf"] for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (TEXTS[:3], LABELS, "9 train_labels do not fit 3 train_texts"),
        (TEXTS, LABELS + 1, "train_labels must be 0 to 1; row 0 has 2"),
        ([], np.zeros(0, int), r"train_labels must be \(rows,\) with at least one row"),
    ],
)
def test_what_does_not_fit_is_named(texts: list[str], labels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        baselines(texts, labels, ["a text"], 2, seed=0)
