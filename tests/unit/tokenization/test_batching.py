"""Batches by length: each row once, within the budget, little padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.tokenization import batch_by_length, padding_share


@given(st.lists(st.integers(0, 600), max_size=200), st.integers(1, 2000))
def test_each_row_once_and_within_the_budget(lengths: list[int], budget: int) -> None:
    array = np.array(lengths, dtype=np.int64)
    batches = batch_by_length(array, batch_tokens=budget)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * array[batch].max() <= budget or array[batch].max() == 0
    longest = [int(array[batch].max()) for batch in batches]
    assert longest == sorted(longest, reverse=True)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=7), st.integers(5, 40), st.integers(0, 12))
def test_no_other_cut_of_the_sorted_rows_costs_less(lengths: list[int], budget: int, cost: int) -> None:
    def priced(batches: Iterable[Sequence[int]]) -> float:
        sizes = [(len(batch), max(batch)) for batch in batches]
        if any(count > 1 and count * longest > budget for count, longest in sizes):
            return float("inf")
        return sum(cost + count * longest for count, longest in sizes)

    array, ranked = np.array(lengths), sorted(lengths, reverse=True)
    found = [array[batch].tolist() for batch in batch_by_length(array, batch_tokens=budget, batch_cost=cost)]
    every = (
        [ranked[first:end] for first, end in pairwise((0, *cuts, len(ranked)))]
        for count in range(len(ranked))
        for cuts in combinations(range(1, len(ranked)), count)
    )
    assert priced(found) == min(map(priced, every))


def test_the_same_lengths_give_the_same_batches_in_the_rows_order() -> None:
    batches = batch_by_length(np.array([3, 5, 3, 5, 3]), batch_tokens=10)
    assert [batch.tolist() for batch in batches] == [[1, 3], [0, 2, 4]]


def test_a_row_above_the_budget_stands_alone() -> None:
    batches = batch_by_length(np.array([4, 100, 4]), batch_tokens=8)
    assert [batch.tolist() for batch in batches] == [[1], [0, 2]]


def test_padding_is_counted_by_hand() -> None:
    lengths = np.array([4, 2, 3])
    assert padding_share(lengths, [np.array([0, 1]), np.array([2])]) == pytest.approx(2 / 11)
    assert padding_share(lengths, []) == 0.0


def test_a_window_of_sentences_is_padded_by_less_than_four_percent() -> None:
    lengths = np.random.default_rng(0).gamma(3.0, 8.0, 2048).astype(np.int64) + 3
    assert padding_share(lengths, batch_by_length(lengths, batch_tokens=4096)) < 0.04
