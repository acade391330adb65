"""Numbers that belong to a block: against the algorithm in whole numbers, and as chance."""

from __future__ import annotations

import numpy as np
from scipy.stats import chisquare

from accent.objectives import Chance
from accent.seeds import derive

MASK = 2**64 - 1


def splitmix(state: int) -> int:
    value = state & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def test_numbers_are_splitmix64s() -> None:
    golden = 0x9E3779B97F4A7C15
    found = Chance(7, 3, np.array([5, 2**40])).uniform("x", 4)
    for row, block in enumerate((5, 2**40)):
        key = splitmix(derive(7, "objective/x", 3) + (block + 1) * golden)
        assert found[row].tolist() == [(splitmix(key + place * golden) >> 11) * 2.0**-53 for place in range(1, 5)]


def test_a_block_draws_the_same_in_any_batch() -> None:
    whole = Chance(1, 0, np.arange(20)).uniform("x", 50)
    part = Chance(1, 0, np.array([13, 2])).uniform("x", 30)
    np.testing.assert_array_equal(part, whole[[13, 2], :30])


def test_seed_epoch_name_and_block_each_change_the_numbers() -> None:
    def draw(seed: int, epoch: int, name: str, block: int) -> float:
        return float(Chance(seed, epoch, np.array([block])).uniform(name, 1)[0, 0])

    found = {draw(1, 0, "x", 0), draw(2, 0, "x", 0), draw(1, 1, "x", 0), draw(1, 0, "y", 0), draw(1, 0, "x", 1)}
    assert len(found) == 5


def test_numbers_are_even_along_rows_and_down_columns() -> None:
    found = Chance(3, 1, np.arange(400)).below("x", 20, 400)
    for counts in (np.bincount(found.ravel()), np.bincount(found[:, 0]), np.bincount(found[7])):
        assert len(counts) == 20
        assert chisquare(counts).pvalue > 1e-3
    values = Chance(3, 1, np.arange(400)).uniform("x", 400)
    assert abs(np.corrcoef(values[:-1].ravel(), values[1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1]) < 0.01
