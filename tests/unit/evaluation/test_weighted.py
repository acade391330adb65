"""Scores as functions of row weights: a row of weight 2 counts as if it stood twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from accent.evaluation import (
    AnswerScorer,
    ClassScorer,
    EntityScorer,
    LanguageScorer,
    MultilabelScorer,
    QuantityScorer,
    Scorer,
    SummaryScorer,
    TagScorer,
)

ROWS = 30
WORDS = ("the", "red", "cat", "sat", "down", "here")
Made = tuple[Callable[[], Scorer], list[Any], list[Any]]


def classes(chance: np.random.Generator) -> Made:
    return (
        lambda: ClassScorer("abc"),
        list(chance.integers(0, 3, ROWS)),
        list(chance.dirichlet(np.ones(3), ROWS)),
    )


def labels(chance: np.random.Generator) -> Made:
    gold = (chance.random((ROWS, 3)) < 0.4).astype(int)
    return lambda: MultilabelScorer("abc"), list(gold), list(chance.random((ROWS, 3)))


def quantities(chance: np.random.Generator) -> Made:
    gold = chance.normal(size=(ROWS, 2))
    return lambda: QuantityScorer(("x", "y")), list(gold), list(gold + chance.normal(size=(ROWS, 2)))


def entities(chance: np.random.Generator) -> Made:
    gold, found = ([list(chance.choice(["O", "B-X", "I-X", "B-Y"], 6)) for _ in range(ROWS)] for _ in range(2))
    return lambda: EntityScorer(("X", "Y")), gold, found


def tags(chance: np.random.Generator) -> Made:
    gold, found = ([list(chance.choice(["N", "V"], 5)) for _ in range(ROWS)] for _ in range(2))
    return lambda: TagScorer(("N", "V")), gold, found


def answers(chance: np.random.Generator) -> Made:
    gold = [[" ".join(chance.choice(WORDS, 3))] if chance.random() < 0.8 else [] for _ in range(ROWS)]
    return AnswerScorer, gold, [" ".join(chance.choice(WORDS, 2)) for _ in range(ROWS)]


def summaries(chance: np.random.Generator) -> Made:
    gold, found = ([" ".join(chance.choice(WORDS, 6)) for _ in range(ROWS)] for _ in range(2))
    return SummaryScorer, [[text] for text in gold], found


def language(chance: np.random.Generator) -> Made:
    found = [(float(chance.random() * 9), int(n), int(n) * 4, int(n) // 2) for n in chance.integers(1, 9, ROWS)]
    return LanguageScorer, [""] * ROWS, found


KINDS = (classes, labels, quantities, entities, tags, answers, summaries, language)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_weights_repeat_rows(kind: Callable[[np.random.Generator], Made]) -> None:
    chance = np.random.default_rng(0)
    make, gold, found = kind(chance)
    weights_N = chance.integers(0, 4, ROWS)
    repeated = [row for row, times in enumerate(weights_N) for _ in range(times)]
    scorer, other = make(), make()
    scorer.add(np.array(gold) if isinstance(gold[0], np.ndarray) else gold, _as_rows(found))
    other.add([gold[row] for row in repeated], _as_rows([found[row] for row in repeated]))
    for name, expected in other.points().items():
        if name == "commonest_answer":
            continue  # a fact of the answers that no weights are asked for
        value = scorer.weighted(name)(weights_N[:, None].astype(float))
        assert np.nan_to_num(value[0]) == pytest.approx(expected), name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_unknown_scores_are_named(kind: Callable[[np.random.Generator], Made]) -> None:
    make, gold, found = kind(np.random.default_rng(0))
    scorer = make()
    scorer.add(gold, _as_rows(found))
    with pytest.raises(ValueError, match="no score nothing"):
        scorer.weighted("nothing")


def test_rankings_are_scores_of_groups_and_not_of_rows() -> None:
    scorer = ClassScorer(("no", "yes"))
    scorer.add([0, 1, 0, 1], np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.3, 0.7]]), ["q", "q", "r", "r"])
    assert "map" in scorer.points()
    with pytest.raises(ValueError, match="no score map"):
        scorer.weighted("map")


def _as_rows(found: list[Any]) -> Any:
    return np.array(found) if isinstance(found[0], np.ndarray) else found
