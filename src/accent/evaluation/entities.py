"""Scores of entities: a prediction is right when its words and its type are exactly those of a gold entity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from accent.evaluation.name_counts import NameCounts
from accent.evaluation.resampling import Metric
from accent.evaluation.scorer import PerRow
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired
from accent.evaluation.tag_schemes import Span, spans

__all__ = ["EntityScorer"]

_WORD = "word"
_OVERALL = ("precision", "recall", "f1", "f1_macro", "f1_weighted")


class EntityScorer:
    """Adds up entities of rows of tags in BIO, one list of tags a row; see `Scorer`.

    The scores are those of seqeval in its default mode, which is conlleval: precision, recall and f1 over all entities,
    f1_macro and f1_weighted over the types that gold or predictions hold, token_accuracy (words with the gold tag),
    and precision, recall and f1 of each type. Intervals resample rows, for entities of one sentence are not
    independent; see `NameCounts.scores`. A type that is not among `types` is counted under its own name.

    The credit of a row is its F1, and 1 where neither gold nor prediction has an entity.
    """

    main = "f1"

    def __init__(self, types: Sequence[str]) -> None:
        self._entities = NameCounts(types)
        self._words = NameCounts((_WORD,))
        self._errors: Counter[str] = Counter()

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in rows of tags in BIO and return their credits.

        ValueError names the row that does not fit, and then none of these rows are taken in.
        """
        if len(gold) != len(predictions):
            raise ValueError(f"{len(gold)} rows of gold tags do not fit {len(predictions)} predictions")
        read = [_read(*row, number) for number, row in enumerate(zip(gold, predictions, strict=True))]
        for right, words, _, _ in read:
            self._words.add({_WORD: right}, {_WORD: words}, {_WORD: words})
        return [self._take(*entities) for _, _, *entities in read]

    def points(self) -> dict[str, float]:
        """Return the overall scores without intervals."""
        found = self._entities.points()
        return {name: found[name] for name in _OVERALL} | {"token_accuracy": self._words.points()["recall"]}

    def scores(self, *, seed: int, resamples: int = 1000) -> dict[str, Score]:
        """Return the overall scores, n rows, then those of each type, n gold entities."""
        found = self._entities.scores(seed=seed, resamples=resamples)
        words = self._words.scores(seed=seed, resamples=resamples)
        return {name: found[name] for name in _OVERALL} | {"token_accuracy": words["recall"]} | found

    def page(self) -> dict[str, Any]:
        """Return how entities went wrong, and the types in the order of their scores.

        Each gold entity is paired with at most one predicted, each kind of pair from left to right before the next:

        - right: the same words and type;
        - type: the same words, another type;
        - boundary: a common word and the same type;
        - type and boundary: a common word, another type;
        - missed: a gold entity that is left, most often without a word in any prediction;
        - invented: a predicted entity that is left.

        So all but invented add up to the gold entities, and all but missed to the predicted ones.
        """
        kinds = (*_PAIRS, "missed", "invented")
        return {"errors": {kind: self._errors[kind] for kind in kinds}, "types": list(self._entities.names)}

    def weighted(self, name: str) -> Metric:
        """Return an overall score as a function of row weights."""
        return self._words.weighted("recall") if name == "token_accuracy" else self._entities.weighted(name)

    def compare(self, other: EntityScorer, *, seed: int) -> Paired:
        """Return this F1 minus that of another scorer on the same rows, by a paired bootstrap over rows."""
        return self._entities.compare(other._entities, self.main, seed=seed)

    def _take(self, gold: list[Span], predicted: list[Span]) -> float:
        self._errors.update(_errors(gold, predicted))
        right = set(gold) & set(predicted)
        self._entities.add(*(Counter(span.type for span in part) for part in (right, gold, predicted)))
        both = len(gold) + len(predicted)
        return 2 * len(right) / both if both else 1.0


def _read(gold: Sequence[str], predicted: Sequence[str], row: int) -> tuple[int, int, list[Span], list[Span]]:
    """Return how many words are right, how many there are, and the gold and the predicted entities."""
    if len(gold) != len(predicted):
        raise ValueError(f"row {row} has {len(gold)} gold tags and {len(predicted)} predicted ones")
    right = sum(one == other for one, other in zip(gold, predicted, strict=True))
    try:
        return right, len(gold), spans(gold), spans(predicted)
    except ValueError as error:
        raise ValueError(f"row {row}: {error}") from error


def _errors(gold: Sequence[Span], predicted: Sequence[Span]) -> Counter[str]:
    left, others = list(gold), list(predicted)
    found: Counter[str] = Counter()
    for kind, fits in _PAIRS.items():
        for one in tuple(left):
            pair = next((other for other in others if fits(one, other)), None)
            if pair is not None:
                left.remove(one)
                others.remove(pair)
                found[kind] += 1
    return found + Counter(missed=len(left), invented=len(others))


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


_PAIRS: dict[str, Callable[[Span, Span], bool]] = {
    "right": lambda one, other: one == other,
    "type": lambda one, other: one[:2] == other[:2],
    "boundary": lambda one, other: _overlap(one, other) and one.type == other.type,
    "type and boundary": _overlap,
}
