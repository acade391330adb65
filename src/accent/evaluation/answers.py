"""Answers as texts against reference answers: exact match and F1 of words, by the rules of SQuAD 1.1 and 2.0.

Sources: Rajpurkar et al., 2016, SQuAD: 100,000+ Questions for Machine Comprehension of Text, sec. 6.1; Rajpurkar et
al., 2018, Know What You Don't Know: Unanswerable Questions for SQuAD, sec. 5.

Letters on arrays: N rows.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from accent.evaluation.ratios import Ratio, RowNumbers, compare_ratios, mean_of, ratio_scores, weighted_ratio
from accent.evaluation.references import check_references
from accent.evaluation.resampling import Metric
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["AnswerScorer", "answer_f1", "exact_match", "normalise_answer", "tune_null_threshold"]

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_KINDS = ("exact", "overlapping", "wrong", "answered though there is none", "no answer given")
_EQUAL = 1e-9  # sums of F1 that differ by less are the same up to rounding
_BEYOND = 1.0  # how far past the outermost odds a threshold stands that all rows, or none, should pass


class AnswerScorer:
    """Exact match and F1 of answers, each from 0 to 1; the credit of a row is its F1.

    Gold is a row's reference answers, an empty list (or blank ones only) where the question has none. A prediction is a
    text, "" for "there is no answer". As soon as a row without an answer is among them, the scores of the two kinds of
    rows stand apart as well: has_answer_exact_match and has_answer_f1, and no_answer_accuracy, the share of the
    questions without an answer that were left unanswered. Their n is the number of those rows.
    """

    main = "f1"

    def __init__(self) -> None:
        self._rows = RowNumbers()

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in some rows and return the F1 of each. ValueError names what does not fit."""
        check_references(gold, predictions)
        numbers = [_numbers(references, text) for references, text in zip(gold, predictions, strict=True)]
        self._rows.add(numbers)
        return [f1 for _, f1, _, _ in numbers]

    def points(self) -> dict[str, float]:
        """Return each score of the rows so far as a plain number."""
        return {name: ratio.value() for name, ratio in self._ratios().items()}

    def scores(self, *, seed: int) -> dict[str, Score]:
        """Return each score with its 95 % interval."""
        return ratio_scores(self._ratios(), seed=seed)

    def page(self) -> dict[str, Any]:
        """Return how many rows have an answer and how many have none, and how many were answered in which way.

        `kinds` counts every row once. "exact" is right, also for a question rightly left unanswered; "overlapping"
        shares words with a reference, "wrong" shares none; the other two confuse whether there is an answer.
        """
        _, _, has_answer_N, kind_N = self._rows.columns()
        answerable = int(has_answer_N.sum())
        counts = np.bincount(kind_N.astype(np.int64), minlength=len(_KINDS)).tolist()
        return {
            "with_answer": answerable,
            "without_answer": len(has_answer_N) - answerable,
            "kinds": dict(zip(_KINDS, counts, strict=True)),
        }

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        return weighted_ratio(self._ratios(), name)

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Compare mean F1 with another scorer's on the same rows in the same order."""
        return compare_ratios(self._ratios()["f1"], other._ratios()["f1"], seed=seed)

    def _ratios(self) -> dict[str, Ratio]:
        exact_N, f1_N, has_answer_N, _ = self._rows.columns()
        ratios = {"exact_match": mean_of(exact_N), "f1": mean_of(f1_N)}
        answerable_N = has_answer_N > 0
        if answerable_N.all():
            return ratios
        if answerable_N.any():
            ratios["has_answer_exact_match"] = mean_of(exact_N, answerable_N)
            ratios["has_answer_f1"] = mean_of(f1_N, answerable_N)
        return {**ratios, "no_answer_accuracy": mean_of(exact_N, ~answerable_N)}


def normalise_answer(text: str) -> str:
    """Return the text in lower case without ASCII punctuation and English articles, words joined by single spaces."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def exact_match(prediction: str, references: Sequence[str]) -> float:
    """Return 1 where the normalised prediction equals a normalised reference, else 0.

    References that normalise to nothing do not count beside others; without any that counts, only a prediction that
    normalises to nothing is right.
    """
    return _exact_match(normalise_answer(prediction), _normalised(references))


def answer_f1(prediction: str, references: Sequence[str]) -> float:
    """Return the F1 of the prediction's words with those of the reference that fits best.

    Words count as often as they occur. Where a side has no words, F1 is 1 if the other has none either and else 0 (the
    rule of SQuAD 2.0; that of 1.1 gives 0 to both). Which references count is as in `exact_match`.
    """
    return _best_f1(normalise_answer(prediction), _normalised(references))


def tune_null_threshold(
    null_odds_N: npt.NDArray[np.floating] | Sequence[float], texts_N: Sequence[str], gold: Sequence[Sequence[str]]
) -> float:
    """Return the threshold t with the highest mean F1 when "" is answered wherever null_odds > t.

    null_odds_N (N,) is how much better "no answer" scores than the best text, texts_N (N,) are these texts, and gold
    their references. Every cut between two neighbouring odds is tried, and that none or all are answered: rows sorted
    by their odds gain F1(text) - F1("") one after another, so it takes O(N log N). The threshold is the middle between
    the two odds, or 1 beyond the outermost; of cuts that are equally good, the lowest, which answers least. Tune it on
    rows that the score is not reported on. ValueError names what does not fit.
    """
    check_references(gold, texts_N)
    odds_N = np.asarray(null_odds_N, dtype=np.float64)
    if odds_N.shape != (len(texts_N),) or not len(odds_N) or not np.isfinite(odds_N).all():
        raise ValueError(f"null_odds must be a finite number for each of {len(texts_N)} texts, at least one")
    gains_N = np.array([_gain(text, references) for text, references in zip(texts_N, gold, strict=True)])
    order_N = np.argsort(odds_N, kind="stable")
    sorted_N = odds_N[order_N]
    gained = np.concatenate([[0.0], np.cumsum(gains_N[order_N])])
    # Rows of equal odds are answered together or not at all: no cut between them.
    possible = np.concatenate([[True], sorted_N[1:] > sorted_N[:-1], [True]])
    best = float(gained[possible].max())
    cut = int(np.argmax(possible & (gained >= best - _EQUAL)))
    return _threshold(sorted_N, cut)


def _gain(text: str, references: Sequence[str]) -> float:
    usable = _normalised(references)
    return _best_f1(normalise_answer(text), usable) - _best_f1("", usable)


def _threshold(sorted_N: npt.NDArray[np.float64], cut: int) -> float:
    """Return a number between the odds on both sides of a cut: at least the lower ones, less than the higher ones."""
    if cut == 0:
        lowest = float(sorted_N[0])
        return min(lowest - _BEYOND, math.nextafter(lowest, -math.inf))
    if cut == len(sorted_N):
        return float(sorted_N[-1]) + _BEYOND
    below, above = float(sorted_N[cut - 1]), float(sorted_N[cut])
    middle = below / 2 + above / 2
    return middle if below <= middle < above else below


def _numbers(references: Sequence[str], text: str) -> tuple[float, float, float, float]:
    """Return a row's exact match, F1, whether it has an answer, and the number of its kind."""
    prediction, usable = normalise_answer(text), _normalised(references)
    exact, f1 = _exact_match(prediction, usable), _best_f1(prediction, usable)
    has_answer = any(reference.strip() for reference in references)
    return exact, f1, float(has_answer), float(_KINDS.index(_kind(prediction, exact, f1, has_answer=has_answer)))


def _kind(prediction: str, exact: float, f1: float, *, has_answer: bool) -> str:
    if exact:
        return "exact"
    if not has_answer:
        return "answered though there is none"
    if not prediction:
        return "no answer given"
    return "overlapping" if f1 else "wrong"


def _normalised(references: Sequence[str]) -> list[str]:
    return [text for text in map(normalise_answer, references) if text] or [""]


def _exact_match(prediction: str, references: Sequence[str]) -> float:
    return float(prediction in references)


def _best_f1(prediction: str, references: Sequence[str]) -> float:
    words = prediction.split()
    return max(_f1(words, reference.split()) for reference in references)


def _f1(prediction: list[str], reference: list[str]) -> float:
    if not prediction or not reference:
        return float(prediction == reference)
    shared = (Counter(prediction) & Counter(reference)).total()
    return 2 * shared / (len(prediction) + len(reference))
