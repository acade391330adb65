"""Every block once an epoch, in an order that a seed and an epoch decide."""

from __future__ import annotations

import numpy as np

from accent.training.blocks import BlockPlan, EveryEpoch, GrowingPlan


def test_an_epoch_has_every_block_once_and_the_next_has_another_order() -> None:
    plan = BlockPlan(10, 4, seed=1)
    epochs = [np.concatenate([plan.batch(3 * epoch + place) for place in range(3)]) for epoch in range(3)]
    for epoch, numbers in enumerate(epochs):
        assert sorted(numbers) == list(range(10 * epoch, 10 * epoch + 10))
    assert (epochs[0] != epochs[1] - 10).any()
    assert [len(plan.batch(place)) for place in range(3)] == [4, 4, 2]


def test_it_needs_no_state_and_follows_the_seed() -> None:
    one, other = BlockPlan(100, 8, seed=1), BlockPlan(100, 8, seed=1)
    one.batch(0)
    assert (one.batch(27) == other.batch(27)).all()
    assert (one.batch(27) != BlockPlan(100, 8, seed=2).batch(27)).any()


def test_fewer_blocks_than_a_batch_make_a_batch_of_all() -> None:
    plan = BlockPlan(3, 64, seed=1)
    assert (plan.batch_size, plan.updates_per_epoch, sorted(plan.batch(0))) == (3, 1, [0, 1, 2])


def test_a_growing_plan_begins_with_short_blocks() -> None:
    short, whole = BlockPlan(100, 8, seed=1), BlockPlan(50, 4, seed=1)
    plan = GrowingPlan(short, whole, updates=3)
    assert [(-1 - plan.batch(update)).tolist() for update in range(3)] == [short.batch(at).tolist() for at in range(3)]
    assert [plan.batch(update).tolist() for update in (3, 4, 20)] == [whole.batch(at).tolist() for at in (3, 4, 20)]
    assert (plan.batch_size, plan.rows, plan.updates_per_epoch) == (4, 50, 13)


def test_lengths_are_found_by_name_in_every_epoch() -> None:
    lengths = EveryEpoch(np.array([128, 128, 70]), np.array([64, 64, 64, 64, 70 - 64]))
    assert lengths[np.array([0, 2, 5, 3])].tolist() == [128, 70, 70, 128]
    assert lengths[np.array([-1, -5, -6, -10])].tolist() == [64, 6, 64, 6]
