"""What is hidden and what stands in its place: counts, shares, and whole words against drawing them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from accent.objectives import Chance
from accent.objectives.framing import lay_rows
from accent.objectives.masking import ELECTRA_SHARES, budgets, choose, choose_words, corrupt, word_numbers
from accent.objectives.protocol import Laid
from tests.unit.objectives.corpora import KINDS, context_of


def row(*, words: list[list[int]], special: tuple[int, ...] = ()) -> Laid:
    """Make one row of words given by their pieces; words whose first piece is in `special` are special tokens."""
    ids = np.array([[piece for word in words for piece in word]])
    starts = np.array([[place == 0 for word in words for place in range(len(word))]])
    return Laid(ids=ids, lengths=np.array([ids.shape[1]]), text=~np.isin(ids, special), starts=starts)


def test_words_are_numbered_and_special_tokens_stand_alone() -> None:
    laid = row(words=[[2], [10], [11, 12], [3], [13, 14], [3]], special=(2, 3))
    assert word_numbers(laid).tolist() == [[0, 1, 2, 2, 3, 4, 4, 5]]
    cut_inside = Laid(ids=laid.ids, lengths=laid.lengths, text=laid.text, starts=np.zeros_like(laid.text))
    assert word_numbers(cut_inside).tolist() == [[0, 1, 1, 1, 2, 3, 3, 4]]


def test_the_lowest_able_scores_are_chosen() -> None:
    able = np.array([[True, False, True, True], [True, True, False, False]])
    scores = np.array([[0.5, 0.0, 0.9, 0.1], [0.3, 0.2, 0.1, 0.0]])
    assert choose(able, np.array([2, 3]), scores).tolist() == [[True, False, False, True], [True, True, False, False]]


def test_budgets_are_rounded_and_at_least_one() -> None:
    text = np.zeros((4, 40), dtype=bool)
    for place, able in enumerate((0, 3, 10, 37)):
        text[place, :able] = True
    laid = Laid(ids=np.zeros((4, 40), dtype=np.int64), lengths=np.full(4, 40), text=text)
    assert budgets(laid, 0.15).tolist() == [0, 1, 2, 6]


def one_by_one(laid: Laid, at: int, count: int, scores: np.ndarray) -> set[int]:
    """Draw words in the order of their scores and pass by what has no room."""
    numbers = word_numbers(laid)[at]
    words = {int(one): [int(p) for p in np.flatnonzero((numbers == one) & laid.text[at])] for one in set(numbers)}
    order = sorted((one for one in words if words[one]), key=lambda one: float(scores[at, one]))
    taken: set[int] = set()
    for one in order:
        if len(taken) + len(words[one]) <= count:
            taken |= set(words[one])
    return taken or set(words[order[0]][:count])


@pytest.mark.parametrize("kind", KINDS)
def test_whole_words_are_drawn_as_one_by_one(kind: str) -> None:
    context = context_of(kind)
    laid = lay_rows(np.arange(len(context.starts)), context=context)
    counts = budgets(laid, 0.15)
    scores = np.random.default_rng(0).random(laid.ids.shape)
    chosen = choose_words(laid, counts, scores)
    for at in range(len(laid.ids)):
        assert set(np.flatnonzero(chosen[at])) == one_by_one(laid, at, int(counts[at]), scores)
    assert chosen.sum() > 0.9 * counts.sum()


def test_a_row_of_words_that_are_too_long_hides_a_part_of_one() -> None:
    laid = row(words=[[2], [10, 11, 12, 13], [14, 15, 16], [3]], special=(2, 3))
    scores = np.array([[0.0, 0.9, 0.1, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0]])
    assert np.flatnonzero(choose_words(laid, np.array([2]), scores)[0]).tolist() == [5, 6]


def test_hidden_tokens_become_masks_others_or_stay_in_their_shares() -> None:
    context = context_of("wordpiece")
    blocks = np.arange(len(context.starts))
    laid = lay_rows(blocks, context=context)
    hidden = laid.text
    hidden_count = int(hidden.sum())
    symbols = context.symbols
    ids = corrupt(laid, hidden, symbols=symbols, chance=Chance(0, 0, blocks))
    masked = int((ids[hidden] == symbols.mask).sum())
    same = int((ids[hidden] == laid.ids[hidden]).sum())
    by_chance = 0.1 / len(symbols.ordinary)  # another token may be the same one
    assert hidden_count > 3000
    assert binomtest(masked, hidden_count, 0.8).pvalue > 1e-3
    assert binomtest(same, hidden_count, 0.1 + by_chance).pvalue > 1e-3
    others = ids[hidden & (ids != symbols.mask) & (ids != laid.ids)]
    assert symbols.is_ordinary[others].all()
    assert len(np.unique(others)) > 0.6 * len(symbols.ordinary)
    np.testing.assert_array_equal(ids[~hidden], laid.ids[~hidden])
    electra = corrupt(laid, hidden, symbols=symbols, chance=Chance(0, 0, blocks), shares=ELECTRA_SHARES)
    assert ((electra == laid.ids) | (electra == symbols.mask)).all()
    assert binomtest(int((electra[hidden] == symbols.mask).sum()), hidden_count, 0.85).pvalue > 1e-3
