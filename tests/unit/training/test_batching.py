"""Batch plans: every row once an epoch, little padding, and the same plan from the same seed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.training import BatchPlan, microbatches, padding_share
from accent.training.batching import MICROBATCH_TOKENS

CHANCE = np.random.default_rng(3)


@given(rows=st.integers(1, 400), batch_size=st.integers(1, 64), epoch=st.integers(0, 3))
def test_every_row_stands_in_an_epoch_once(rows: int, batch_size: int, epoch: int) -> None:
    plan = BatchPlan(np.arange(rows) % 37 + 3, batch_size, seed=1)
    batches = plan.epoch(epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(rows))
    assert len(batches) == plan.updates_per_epoch
    assert max(len(batch) for batch in batches) <= batch_size


def test_padding_stays_under_four_percent_on_lengths_like_those_of_sentences() -> None:
    lengths = np.random.default_rng(0).gamma(4.0, 6.0, size=6920).astype(int) + 3
    plan = BatchPlan(lengths, 32, seed=3)
    assert padding_share(lengths, plan.epoch(0)) < 0.04
    unsorted = [np.arange(start, min(start + 32, 6920)) for start in range(0, 6920, 32)]
    assert padding_share(lengths, unsorted) > 0.2


def test_epochs_differ_and_come_back_the_same() -> None:
    lengths = np.arange(100) % 11 + 2
    plan, again = BatchPlan(lengths, 8, seed=5), BatchPlan(lengths, 8, seed=5)
    late = [plan.batch(update).tolist() for update in range(30)]
    assert [again.batch(update).tolist() for update in reversed(range(30))] == late[::-1]
    assert late[:13] != late[13:26]
    assert [batch.tolist() for batch in BatchPlan(lengths, 8, seed=6).epoch(0)] != late[:13]


def test_a_balanced_plan_draws_every_class_alike_and_every_row_of_a_class() -> None:
    """900 rows of one class, 90 and 10 of others: each class is a third of what is drawn, each row its share of it."""
    classes = np.repeat([0, 4, 7], [900, 90, 10])
    lengths = CHANCE.integers(3, 40, size=1000)
    plan = BatchPlan(lengths, 16, seed=2, classes=classes)
    epochs = [plan.epoch(epoch) for epoch in range(60)]
    assert all(sum(map(len, batches)) == 1000 and len(batches) == plan.updates_per_epoch for batches in epochs)
    drawn = np.bincount(np.concatenate([row for batches in epochs for row in batches]), minlength=1000)
    shares = np.array([drawn[classes == one].sum() for one in (0, 4, 7)]) / 60_000
    assert shares == pytest.approx([1 / 3] * 3, abs=4 * np.sqrt(2 / 9 / 60_000))
    expected = 60_000 / (3 * np.array([900, 90, 10]))[np.searchsorted([0, 4, 7], classes)]
    assert (np.abs(drawn - expected) < 6 * np.sqrt(expected)).all()
    assert padding_share(lengths, epochs[0]) < 0.1


def test_a_balanced_plan_comes_back_the_same() -> None:
    classes, lengths = np.arange(50) % 7 // 6, np.arange(50) % 11 + 2
    one, other = (BatchPlan(lengths, 8, seed=5, classes=classes) for _ in range(2))
    late = [one.batch(update).tolist() for update in range(20)]
    assert [other.batch(update).tolist() for update in reversed(range(20))] == late[::-1]
    assert late[:7] != late[7:14]


@given(lengths=st.lists(st.integers(1, 600), min_size=1, max_size=24), most=st.integers(1, 30))
def test_microbatches_hold_every_row_once_and_no_more_than_fit(lengths: list[int], most: int) -> None:
    parts = microbatches(np.array(lengths), most)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(lengths)))
    assert max(len(part) for part in parts) <= most


@given(lengths=st.lists(st.integers(1, 600), min_size=1, max_size=9), most=st.integers(1, 9))
def test_microbatches_cost_no_more_than_any_other_cut(lengths: list[int], most: int) -> None:
    ordered = sorted(lengths)

    def cost(parts: list[list[int]]) -> int:
        return sum(max(part) * len(part) + MICROBATCH_TOKENS for part in parts)

    def cuts(rows: list[int]) -> Iterator[list[list[int]]]:
        if not rows:
            yield []
        for size in range(1, min(most, len(rows)) + 1):
            for rest in cuts(rows[size:]):
                yield [rows[:size], *rest]

    found = [[lengths[place] for place in part] for part in microbatches(np.array(lengths), most)]
    assert cost(found) == min(cost(parts) for parts in cuts(ordered))


def test_one_long_row_does_not_pad_the_others() -> None:
    lengths = np.array([20] * 31 + [512])
    assert [len(part) for part in microbatches(lengths, 32)] == [31, 1]
    assert padding_share(lengths, [np.arange(32)]) == 0.0


def test_padding_share_by_hand() -> None:
    lengths = np.array([1, 3, 4])
    assert padding_share(lengths, [np.array([0, 1]), np.array([2])]) == pytest.approx(1 - 8 / 10)
