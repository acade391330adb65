"""What a model must beat to be worth its cost: answers that need no transformer.

Letters on arrays: N test rows, M training rows, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from accent.evaluation.checks import Integers, checked_classes
from accent.seeds import derive

__all__ = ["baselines"]

_Floats = npt.NDArray[np.float64]
_ROUNDS = 1000  # of L-BFGS; text needs about 100
_TERMS = 100_000  # the most frequent ones: all of 7,000 sentences, and 20 newsgroups in seconds rather than minutes
_FREEDOM = 10.0  # inverse strength of the L2 penalty: on SST-2, TREC, SMS spam and newsgroups clearly better than 1


def baselines(
    train_texts: Sequence[str],
    train_labels: Integers,
    test_texts: Sequence[str],
    classes: int,
    *,
    seed: int,
) -> dict[str, _Floats]:
    """Return each baseline's probabilities (N, C) for the test texts, by name.

    train_labels (M,) are numbers from 0 to `classes` - 1. For pairs the caller joins the two texts. Vocabulary, weights
    and class shares come from the training rows only.

    - "majority" gives each row the classes' shares of the training rows, so its answer is the largest class;
    - "tfidf" is logistic regression on TF-IDF weights of words and pairs of neighbouring words. A class without
      training rows gets 0. Where words carry nothing (one class, or no text with a word) it is the majority.

    Raises ValueError that names what does not fit.
    """
    labels_M = checked_classes("train_labels", train_labels, classes)
    if len(labels_M) != len(train_texts):
        raise ValueError(f"{len(labels_M)} train_labels do not fit {len(train_texts)} train_texts")
    shares_C = np.bincount(labels_M, minlength=classes) / len(labels_M)
    majority_NC = np.tile(shares_C, (len(test_texts), 1))
    learned_NC = _tfidf(train_texts, labels_M, test_texts, classes, seed=seed)
    return {"majority": majority_NC, "tfidf": majority_NC.copy() if learned_NC is None else learned_NC}


def _tfidf(
    train_texts: Sequence[str], labels_M: npt.NDArray[np.int64], test_texts: Sequence[str], classes: int, *, seed: int
) -> _Floats | None:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=_TERMS, dtype=np.float32)
    find_words = words.build_analyzer()
    if len(np.unique(labels_M)) == 1 or not any(find_words(text) for text in train_texts):
        return None
    model = LogisticRegression(C=_FREEDOM, max_iter=_ROUNDS, random_state=derive(seed, "tfidf") % 2**32)
    model.fit(words.fit_transform(train_texts), labels_M)
    probabilities_NC = np.zeros((len(test_texts), classes))
    if len(test_texts):
        probabilities_NC[:, model.classes_] = model.predict_proba(words.transform(test_texts))
    return probabilities_NC
