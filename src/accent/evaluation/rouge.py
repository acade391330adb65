"""ROUGE of summaries: words and pairs of words shared with a reference, and the longest common subsequence.

The numbers are those of the rouge-score package, which most papers report. Words are runs of a-z and 0-9 after
lower-casing: text in another script has none and scores 0.

Sources: Lin, 2004, ROUGE: A Package for Automatic Evaluation of Summaries; Crochemore et al., 2001, A Fast and
Practical Bit-Vector Algorithm for the Longest Common Subsequence Problem, for the subsequences.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from accent.evaluation.ratios import Ratio, RowNumbers, compare_ratios, mean_of, ratio_scores, weighted_ratio
from accent.evaluation.references import check_references
from accent.evaluation.resampling import Metric
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["SummaryScorer", "rouge"]

_KINDS = ("rouge1", "rouge2", "rougeL", "rougeLsum")
_WORD = re.compile(r"[a-z0-9]+")
_LONGEST_UNSTEMMED = 3  # rouge-score stems longer words only

_Stem = Callable[[str], str]
_Found = tuple[float, float, float]


class SummaryScorer:
    """ROUGE of predicted texts, F from 0 to 1 as the mean over rows; the credit of a row is its ROUGE-L.

    Gold is a row's references, at least one; a prediction is a text. The score `words` is the mean number of words
    (by white space) of a prediction: ROUGE rewards length, and two systems compare only at a similar one. `stem`
    is as in `rouge`.
    """

    main = "rougeL"

    def __init__(self, *, stem: _Stem | None = None) -> None:
        self._stem = stem
        self._rows = RowNumbers()

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in some rows and return the ROUGE-L of each. ValueError names what does not fit."""
        check_references(list(gold), list(predictions), fewest=1)
        numbers = [self._numbers(references, text) for references, text in zip(gold, predictions, strict=True)]
        self._rows.add(numbers)
        return [row[_KINDS.index(self.main)] for row in numbers]

    def points(self) -> dict[str, float]:
        """Return each score of the rows so far as a plain number."""
        return {name: ratio.value() for name, ratio in self._ratios().items()}

    def scores(self, *, seed: int) -> dict[str, Score]:
        """Return each score with its 95 % interval."""
        return ratio_scores(self._ratios(), seed=seed)

    def page(self) -> dict[str, Any]:
        """Return mean words of predictions and of references, and how many predictions have no words."""
        *_, predicted_N, references_N = self._rows.columns()
        lengths = {"predicted": float(predicted_N.mean()), "references": float(references_N.mean())}
        return {"lengths": lengths, "empty": int((predicted_N == 0).sum())}

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        return weighted_ratio(self._ratios(), name)

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Compare mean ROUGE-L with another scorer's on the same rows in the same order."""
        return compare_ratios(self._ratios()[self.main], other._ratios()[self.main], seed=seed)

    def _numbers(self, references: Sequence[str], text: str) -> list[float]:
        found = rouge(text, references, stem=self._stem)
        lengths = [len(reference.split()) for reference in references]
        return [*(found[kind][2] for kind in _KINDS), len(text.split()), sum(lengths) / len(lengths)]

    def _ratios(self) -> dict[str, Ratio]:
        *rouge_KN, predicted_N, _ = self._rows.columns()
        means = {kind: mean_of(values_N) for kind, values_N in zip(_KINDS, rouge_KN, strict=True)}
        return {**means, "words": mean_of(predicted_N, share=False)}


def rouge(prediction: str, references: Sequence[str], *, stem: _Stem | None = None) -> dict[str, _Found]:
    """Return precision, recall and F of rouge1, rouge2, rougeL and rougeLsum.

    Of several references, each kind takes the one with the highest F, the first of a tie. rougeLsum reads lines as
    sentences: of texts of one line it is rougeL. `stem`, when given, is applied to words of more than 3 letters; with
    NLTK's PorterStemmer().stem the numbers are those of rouge-score's use_stemmer. ValueError when there is no
    reference.
    """
    if not references:
        raise ValueError("a summary needs at least one reference")
    predicted = _read(prediction, stem)
    found = [_against(predicted, _read(reference, stem)) for reference in references]
    return {kind: max((one[kind] for one in found), key=lambda triple: triple[2]) for kind in _KINDS}


@dataclass(frozen=True)
class _Words:
    all: list[str]
    lines: list[list[str]]
    """The words line by line, without lines that have none."""


def _read(text: str, stem: _Stem | None) -> _Words:
    lines = [line for line in (_words(part, stem) for part in text.split("\n")) if line]
    return _Words([word for line in lines for word in line], lines)


def _words(text: str, stem: _Stem | None) -> list[str]:
    words = _WORD.findall(text.lower())
    return words if stem is None else [stem(word) if len(word) > _LONGEST_UNSTEMMED else word for word in words]


def _against(predicted: _Words, reference: _Words) -> dict[str, _Found]:
    lengths = len(predicted.all), len(reference.all)
    return {
        "rouge1": _found(_shared(predicted.all, reference.all, size=1), *lengths),
        "rouge2": _found(_shared(predicted.all, reference.all, size=2), *(max(0, length - 1) for length in lengths)),
        "rougeL": _found(_longest(reference.all, predicted.all), *lengths),
        "rougeLsum": _found(_union_hits(reference.lines, predicted.lines), *lengths),
    }


def _found(shared: int, predicted: int, reference: int) -> _Found:
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / predicted, shared / reference
    return precision, recall, 2 * precision * recall / (precision + recall)


def _shared(predicted: list[str], reference: list[str], *, size: int) -> int:
    return (_grams(predicted, size) & _grams(reference, size)).total()


def _grams(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(size)), strict=False))


def _longest(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    few, many = sorted((one, other), key=len)
    return _growth(few, many)[-1].bit_count()


def _union_hits(reference: list[list[str]], predicted: list[list[str]]) -> int:
    """Return how many words of the reference stand in common subsequences with predicted lines.

    For each line of the reference, the positions of its longest common subsequences with all predicted lines are
    united; a word counts at most as often as the prediction has it.
    """
    hits: Counter[str] = Counter()
    for line in reference:
        positions = {position for other in predicted for position in _positions(line, other)}
        hits.update(line[position] for position in positions)
    return (hits & Counter(word for line in predicted for word in line)).total()


def _positions(reference: list[str], predicted: list[str]) -> list[int]:
    """Return the positions, in the reference, of a longest common subsequence with a predicted line.

    Of several, the one that rouge-score picks: from the ends of both, equal words are taken, and otherwise a predicted
    word is dropped only when dropping the reference's word would cost length.
    """
    growth = _growth(reference, predicted)
    row, column, taken = len(reference), len(predicted), []
    while row and column and growth[row]:
        if reference[row - 1] == predicted[column - 1]:
            row, column = row - 1, column - 1
            taken.append(row)
        elif _length(growth[row], column - 1) > _length(growth[row - 1], column):
            column -= 1
        else:
            row -= 1
    return taken


def _length(growth: int, columns: int) -> int:
    return (growth & ((1 << columns) - 1)).bit_count()


def _growth(rows: list[str], columns: list[str]) -> list[int]:
    """Return for 0, 1, 2 ... words of `rows` at which columns the longest common subsequence grows by one.

    A whole row of the usual table is one integer: bit c is set where c + 1 words of `columns` have a longer common
    subsequence than c words, so the length over some columns is the number of bits set there.
    """
    places: dict[str, int] = {}
    for column, word in enumerate(columns):
        places[word] = places.get(word, 0) | 1 << column
    every = (1 << len(columns)) - 1
    flat, growth = every, [0]
    for word in rows:
        met = flat & places.get(word, 0)
        flat = ((flat + met) | (flat - met)) & every
        growth.append(every ^ flat)
    return growth
