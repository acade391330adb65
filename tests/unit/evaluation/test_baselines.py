"""Baselines learn from the training rows only and answer with probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from accent.evaluation import baselines
from accent.evaluation.baselines import multilabel_baselines, quantity_baselines

GOOD = [
    "a fine fine fine fine warm film",
    "lovely acting and a fine story",
    "warm and lovely",
    "a fine joy from start to end",
]
BAD = ["a dull cold mess", "boring acting and a dull plot", "cold and boring", "a mess from start to end", "dull"]
TEXTS = GOOD + BAD
LABELS = np.array([1] * len(GOOD) + [0] * len(BAD))
NEW = ["a warm story", "boring mess", "words never seen"]


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


def test_labels_are_learned_one_against_the_rest() -> None:
    gold = np.stack([LABELS, ["fine" in text.split() for text in TEXTS]], axis=1).astype(int)
    plain = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        OneVsRestClassifier(LogisticRegression(C=10.0, max_iter=1000)),
    ).fit(TEXTS, gold)
    found = multilabel_baselines(TEXTS, gold, NEW, seed=0)
    assert found["tfidf"] == pytest.approx(plain.predict_proba(NEW), abs=1e-4)
    assert found["tfidf"][:2, 0].round().tolist() == [1, 0]
    assert found["majority"] == pytest.approx(np.tile(gold.mean(axis=0), (3, 1)), abs=1e-12)
    again = multilabel_baselines(TEXTS, gold, NEW[:1], seed=0)["tfidf"]
    assert again[0] == pytest.approx(found["tfidf"][0], abs=1e-9)


def test_a_label_of_all_rows_or_none_gets_its_share() -> None:
    gold = np.stack([np.ones(9), LABELS, np.zeros(9)], axis=1)
    found = multilabel_baselines(TEXTS, gold, NEW, seed=0)["tfidf"]
    assert found[:, [0, 2]].tolist() == [[1.0, 0.0]] * 3
    assert found[0, 1] > 0.5 > found[1, 1]


def test_quantities_are_learned_by_ridge_regression() -> None:
    quantities = np.stack([LABELS * 10.0, np.array([len(text) for text in TEXTS])], axis=1)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    exact = Ridge().fit(words.fit_transform(TEXTS).toarray(), quantities).predict(words.transform(NEW).toarray())
    found = quantity_baselines(TEXTS, quantities, NEW, seed=0)
    assert found["mean"] == pytest.approx(np.tile(quantities.mean(axis=0), (3, 1)), abs=1e-12)
    assert found["tfidf"] == pytest.approx(exact, rel=1e-3)
    assert found["tfidf"][0, 0] > quantities[:, 0].mean() > found["tfidf"][1, 0]
    alone = quantity_baselines(TEXTS, quantities[:, :1], NEW, seed=0)["tfidf"]
    assert alone == pytest.approx(found["tfidf"][:, :1], rel=1e-3)


def test_other_answers_without_words_or_test_texts() -> None:
    signs, marks = ["?!", "...", "a"], np.array([[0, 1], [1, 1], [1, 0]])
    for ask, plain in ((multilabel_baselines, "majority"), (quantity_baselines, "mean")):
        found = ask(signs, marks, ["anything"], seed=0)
        assert found["tfidf"].tolist() == found[plain].tolist() == [[2 / 3, 2 / 3]]
        assert found["tfidf"] is not found[plain]
        assert ask(TEXTS, np.stack([LABELS, LABELS], axis=1), [], seed=0)["tfidf"].shape == (0, 2)


def test_what_does_not_fit_other_answers_is_named() -> None:
    with pytest.raises(ValueError, match="9 train_gold do not fit 3 train_texts"):
        multilabel_baselines(TEXTS[:3], LABELS[:, None], NEW, seed=0)
    with pytest.raises(ValueError, match="train_gold must be 0 or 1; row 0 has"):
        multilabel_baselines(TEXTS, LABELS[:, None] + 1, NEW, seed=0)
    with pytest.raises(ValueError, match="9 train_quantities do not fit 3 train_texts"):
        quantity_baselines(TEXTS[:3], LABELS[:, None], NEW, seed=0)
    with pytest.raises(ValueError, match=r"train_quantities must be \(rows, 9\)"):
        quantity_baselines(TEXTS, LABELS, NEW, seed=0)
