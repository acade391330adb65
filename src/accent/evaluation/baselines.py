"""What a model must beat to be worth its cost: answers that need no transformer.

For pairs the caller joins the two texts. Vocabulary, weights, shares and means come from the training rows only. Each
kind of answer has one baseline that reads nothing, and "tfidf", a linear model on TF-IDF weights of words and pairs of
neighbouring words. Where words carry nothing (one answer for all, or no text with a word) it is the one that reads
nothing.

Letters on arrays: N test rows, M training rows, C classes or labels, K quantities, V terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge

from accent.evaluation.checks import Integers, checked_classes, checked_marks, checked_numbers
from accent.seeds import derive

__all__ = ["baselines", "multilabel_baselines", "quantity_baselines"]

_Floats = npt.NDArray[np.float64]
_ROUNDS = 1000  # of L-BFGS; text needs about 100
_TERMS = 100_000  # the most frequent ones: all of 7,000 sentences, and 20 newsgroups in seconds rather than minutes
_FREEDOM = 10.0  # inverse strength of the L2 penalty: on SST-2, TREC, SMS spam and newsgroups clearly better than 1
_PENALTY = 1.0  # of ridge regression, against rows of length 1


def baselines(
    train_texts: Sequence[str],
    train_labels: Integers,
    test_texts: Sequence[str],
    classes: int,
    *,
    seed: int,
) -> dict[str, _Floats]:
    """Return each baseline's probabilities (N, C) for the test texts, by name.

    train_labels (M,) are numbers from 0 to `classes` - 1.

    - "majority" gives each row the classes' shares of the training rows, so its answer is the largest class;
    - "tfidf" is logistic regression. A class without training rows gets 0.

    Raises ValueError that names what does not fit.
    """
    labels_M = checked_classes("train_labels", train_labels, classes)
    _check_texts("train_labels", len(labels_M), train_texts)
    shares_C = np.bincount(labels_M, minlength=classes) / len(labels_M)
    found = _both("majority", shares_C, len(test_texts))
    terms = _terms(train_texts, test_texts) if len(np.unique(labels_M)) > 1 else None
    if terms is not None:
        found["tfidf"][:] = 0.0
        model = _logistic(seed, "tfidf").fit(terms[0], labels_M)
        found["tfidf"][:, model.classes_] = model.predict_proba(terms[1])
    return found


def multilabel_baselines(
    train_texts: Sequence[str], train_gold: npt.NDArray[Any], test_texts: Sequence[str], *, seed: int
) -> dict[str, _Floats]:
    """Return each baseline's probability of each label (N, C) for the test texts, by name.

    train_gold (M, C) of 0 and 1 says which rows have which labels.

    - "majority" gives each row the labels' shares of the training rows, and so, at a threshold of 0.5, the labels that
      most rows have;
    - "tfidf" is logistic regression for each label alone; one that all training rows have, or none, gets its share.

    Raises ValueError that names what does not fit.
    """
    gold_MC = checked_marks("train_gold", train_gold, np.shape(train_gold)[-1])
    _check_texts("train_gold", len(gold_MC), train_texts)
    shares_C = gold_MC.mean(axis=0)
    found = _both("majority", shares_C, len(test_texts))
    told = np.flatnonzero((shares_C > 0) & (shares_C < 1))
    terms = _terms(train_texts, test_texts) if len(told) else None
    if terms is not None:
        for label in told:
            model = _logistic(seed, f"tfidf {label}").fit(terms[0], gold_MC[:, label])
            found["tfidf"][:, label] = model.predict_proba(terms[1])[:, 1]
    return found


def quantity_baselines(
    train_texts: Sequence[str], train_quantities: npt.NDArray[np.floating], test_texts: Sequence[str], *, seed: int
) -> dict[str, _Floats]:
    """Return each baseline's numbers (N, K) for the test texts, by name.

    train_quantities (M, K).

    - "mean" gives each row the training rows' means;
    - "tfidf" is ridge regression.

    Raises ValueError that names what does not fit.
    """
    numbers_MK = checked_numbers("train_quantities", train_quantities, np.shape(train_quantities)[-1])
    _check_texts("train_quantities", len(numbers_MK), train_texts)
    found = _both("mean", numbers_MK.mean(axis=0), len(test_texts))
    terms = _terms(train_texts, test_texts)
    if terms is not None:
        model = Ridge(alpha=_PENALTY, random_state=derive(seed, "tfidf") % 2**32).fit(terms[0], numbers_MK)
        found["tfidf"][:] = model.predict(terms[1]).reshape(len(test_texts), -1)
    return found


def _check_texts(name: str, rows: int, texts: Sequence[str]) -> None:
    if rows != len(texts):
        raise ValueError(f"{rows} {name} do not fit {len(texts)} train_texts")


def _both(name: str, constant: _Floats, rows: int) -> dict[str, _Floats]:
    """Return the baseline that reads nothing, and under "tfidf" a copy, for what words do not tell."""
    return {name: np.tile(constant, (rows, 1)), "tfidf": np.tile(constant, (rows, 1))}


def _terms(train_texts: Sequence[str], test_texts: Sequence[str]) -> tuple[sparse.csr_array, sparse.csr_array] | None:
    """Return the terms of the training and of the test texts, (M, V) and (N, V); None without test texts or terms."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=_TERMS, dtype=np.float32)
    find_words = words.build_analyzer()
    if not test_texts or not any(find_words(text) for text in train_texts):
        return None
    return words.fit_transform(train_texts), words.transform(test_texts)


def _logistic(seed: int, name: str) -> LogisticRegression:
    return LogisticRegression(C=_FREEDOM, max_iter=_ROUNDS, random_state=derive(seed, name) % 2**32)
