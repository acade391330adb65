"""A scorer from what a run has written of its answers, so that runs can be compared without their models.

Each task's answers stand in predictions.jsonl as users get them, beside the label: with every class's probability, each
entity's characters, or the text. That is all that a scorer needs, but for words between entities (token_accuracy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from accent.evaluation.answers import AnswerScorer
from accent.evaluation.classes import ClassScorer
from accent.evaluation.entities import EntityScorer
from accent.evaluation.language import LanguageScorer
from accent.evaluation.multilabel import MultilabelScorer
from accent.evaluation.quantities import QuantityScorer
from accent.evaluation.rouge import SummaryScorer
from accent.evaluation.scorer import Scorer
from accent.evaluation.tags import TagScorer
from accent.growing import Grown

__all__ = ["reread"]

WINDOW = 1_000
"""Lines that are held together."""

Lines = Sequence[Mapping[str, Any]]
_Floats = npt.NDArray[np.float64]
_Reader = tuple[Scorer, Callable[[Lines], object]]
"""A scorer, and what takes some lines into it."""


def reread(task: str, lines: Iterable[Mapping[str, Any]], *, main: str) -> Scorer:
    """Return the scorer of `task` that has taken in every line of predictions.jsonl.

    `main` is the score that the run is named by, which tells entities from plain tags. Its values are those of
    scores.json, to the rounding of a sum. Lines are read once, and only a window of them is held. Raises ValueError
    where lines lack what the task's answers have.
    """
    if task not in _READERS:
        raise ValueError(f"there is no task {task}")
    found: _Reader | None = None
    for window in _windows(lines):
        try:
            found = found or _READERS[task](window[0], main)
            found[1](window)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a line lacks what an answer of {task} has: {error}") from error
    if found is None:
        raise ValueError("there are no rows to score")
    return found[0]


def _windows(lines: Iterable[Mapping[str, Any]]) -> Iterator[Lines]:
    kept = ({name: line.get(name) for name in ("text", "text_pair", "label", "answer")} for line in lines)
    while window := list(islice(kept, WINDOW)):
        yield window


def _classes(first: Mapping[str, Any], _: str) -> _Reader:
    names = list(first["answer"]["scores"])
    numbers = {name: number for number, name in enumerate(names)}
    scorer, ranked = _Answered(names), first["text_pair"] is not None

    def take(lines: Lines) -> None:
        scorer.answered.append(np.array([numbers[line["answer"]["label"]] for line in lines]))
        groups = [line["text"] for line in lines] if ranked else None
        scorer.add(np.array([numbers[line["label"]] for line in lines]), _probabilities(lines, names), groups)

    return scorer, take


class _Answered(ClassScorer):
    """Classes as they were answered: the most probable ones, or those that thresholds chose."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self.answered = Grown(np.int64)

    @property
    def predicted_N(self) -> npt.NDArray[np.int64]:
        """The answers."""
        return self.answered.array()


def _labels(first: Mapping[str, Any], _: str) -> _Reader:
    names = list(first["answer"]["scores"])
    scorer = MultilabelScorer(names, 1.0)

    def take(lines: Lines) -> None:
        probabilities_NC = _probabilities(lines, names)
        given_NC = _marks([[one["label"] for one in line["answer"]["labels"]] for line in lines], names)
        scorer.thresholds_C = np.minimum(scorer.thresholds_C, _thresholds(given_NC, probabilities_NC))
        scorer.add(_marks([line["label"] for line in lines], names), probabilities_NC)

    return scorer, take


def _thresholds(given_NC: npt.NDArray[np.bool_], probabilities_NC: _Floats) -> _Floats:
    """Return thresholds (C,) that give each row the labels that it was given.

    The smallest probability of a label that was given is such a one; 1 is, where it never was.
    """
    thresholds_C: _Floats = np.where(given_NC, probabilities_NC, 1.0).min(axis=0)
    return thresholds_C


def _quantities(first: Mapping[str, Any], _: str) -> _Reader:
    values = first["answer"].get("values")
    names = list(values) if values else ["value"]
    scorer = QuantityScorer(names)

    def take(lines: Lines) -> None:
        gold = [line["label"] if isinstance(line["label"], list) else [line["label"]] for line in lines]
        answers = [line["answer"] for line in lines]
        found = [[one["values"][name] for name in names] if values else [one["value"]] for one in answers]
        scorer.add(np.array(gold, dtype=np.float64), np.array(found, dtype=np.float64))

    return scorer, take


def _tags(_: Mapping[str, Any], main: str) -> _Reader:
    entities = main == EntityScorer.main
    scorer: Scorer = EntityScorer(()) if entities else TagScorer(())
    read = _as_tags if entities else _as_groups

    def take(lines: Lines) -> None:
        tagged = [read(line["label"]["entities"], line["answer"]["entities"]) for line in lines]
        scorer.add([gold for gold, _ in tagged], [told for _, told in tagged])

    return scorer, take


def _as_groups(*sides: Sequence[Mapping[str, Any]]) -> tuple[list[str], ...]:
    return tuple([entity["entity_group"] for entity in side] for side in sides)


def _as_tags(*sides: Sequence[Mapping[str, Any]]) -> tuple[list[str], ...]:
    """Return entities by their characters as BIO tags of pieces of the text, cut wherever an entity begins or ends."""
    cuts = sorted({entity[end] for side in sides for entity in side for end in ("start", "end")})
    place = {cut: number for number, cut in enumerate(cuts)}
    tagged = tuple(["O"] * len(cuts) for _ in sides)
    for tags, side in zip(tagged, sides, strict=True):
        for entity in side:
            first, last = place[entity["start"]], place[entity["end"]]
            tags[first] = f"B-{entity['entity_group']}"
            tags[first + 1 : last] = [f"I-{entity['entity_group']}"] * (last - first - 1)
    return tagged


def _passages(_: Mapping[str, Any], __: str) -> _Reader:
    scorer = AnswerScorer()

    def take(lines: Lines) -> None:
        scorer.add([line["label"] for line in lines], [line["answer"]["answer"] for line in lines])

    return scorer, take


def _summaries(_: Mapping[str, Any], __: str) -> _Reader:
    scorer = SummaryScorer()

    def take(lines: Lines) -> None:
        gold = [[line["label"]] if isinstance(line["label"], str) else line["label"] for line in lines]
        scorer.add(gold, [line["answer"]["summary_text"] for line in lines])

    return scorer, take


def _foretold(_: Mapping[str, Any], __: str) -> _Reader:
    scorer = LanguageScorer()

    def take(lines: Lines) -> None:
        answers = [line["answer"] for line in lines]
        numbers = [(one["loss"] * one["tokens"], one["tokens"], one["bytes"], one["right"]) for one in answers]
        scorer.add([line["text"] for line in lines], numbers)

    return scorer, take


def _probabilities(lines: Lines, names: Sequence[str]) -> _Floats:
    return np.array([[line["answer"]["scores"][name] for name in names] for line in lines], dtype=np.float64)


def _marks(lists: Sequence[Sequence[str]], names: Sequence[str]) -> npt.NDArray[np.bool_]:
    numbers = {name: number for number, name in enumerate(names)}
    marks_NC = np.zeros((len(lists), len(names)), dtype=np.bool_)
    for row, labels in enumerate(lists):
        marks_NC[row, [numbers[label] for label in labels]] = True
    return marks_NC


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], _Reader]] = {
    "classification": _classes,
    "generation": _foretold,
    "multilabel": _labels,
    "qa": _passages,
    "regression": _quantities,
    "summarization": _summaries,
    "tagging": _tags,
}
"""How each task's lines are read, by the first of them."""
