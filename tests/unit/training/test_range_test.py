"""The range test on a bowl whose curvature is known, and on a learner that is left as it was."""

from __future__ import annotations

import math

import pytest
import torch

from accent.training import BatchPlan
from accent.training.range_test import RangeTest, range_test
from tests.unit.training.tiny import LENGTHS, tiny_learner


def on_bowl(curvature: float, **settings: float) -> RangeTest:
    """Descend l(w) = c w^2 / 2 from w = 1: a step at rate r multiplies w by 1 - r c, and w grows where r > 2 / c."""
    place = [1.0]

    def update(_index: int, rate: float) -> float:
        loss = 0.5 * curvature * place[0] ** 2
        place[0] -= rate * curvature * place[0]
        return loss

    return range_test(update, lowest=1e-4 / curvature, highest=100.0 / curvature, updates=120, **settings)


@pytest.mark.parametrize("curvature", [0.01, 1.0, 300.0])
def test_rates_are_those_of_the_curvature(curvature: float) -> None:
    found = on_bowl(curvature)
    assert found.blown_up is not None
    assert found.steepest is not None
    assert 2.0 < found.blown_up * curvature < 20.0  # above 2 / c the loss grows; the average tells a little later
    assert 0.02 < found.steepest * curvature < 1.0  # at 1 / c a single step would be at the bottom
    assert found.suggested == found.steepest
    assert found.rates[0] * curvature == pytest.approx(1e-4)
    assert len(found.rates) < 120  # it ended when the loss blew up


def test_what_is_suggested_is_proportional_to_one_over_the_curvature() -> None:
    gentle, steep = on_bowl(1.0), on_bowl(100.0)
    assert gentle.suggested == pytest.approx(100.0 * (steep.suggested or math.nan))


def test_a_tenth_of_what_blows_up_where_that_is_lower() -> None:
    # The loss falls evenly until update 30 of 40, then it is not finite.
    found = range_test(lambda index, _: 2.0 - 0.01 * index**2 / 10 if index < 30 else math.inf, updates=40)
    assert found.blown_up == pytest.approx(1e-7 * 1e7 ** (30 / 39))
    assert found.steepest is not None
    assert found.steepest > found.blown_up / 10
    assert found.suggested == pytest.approx(found.blown_up / 10)


def test_a_loss_that_never_falls_suggests_nothing() -> None:
    found = range_test(lambda index, _: 1.0 + 0.01 * index, updates=30)
    assert (found.steepest, found.suggested) == (None, None)


def test_the_average_is_without_its_bias() -> None:
    found = range_test(lambda index, _: [4.0, 2.0, 1.0][index], updates=3)
    # By hand: the second is made of 0.9 of 0.1 of 4 and 0.1 of 2, over the 0.19 of an average that is there by then.
    assert found.smoothed == pytest.approx([4.0, 0.56 / 0.19, (0.9 * 0.56 + 0.1) / 0.271])


def test_a_learner_is_as_it_was_after_the_test() -> None:
    plan = BatchPlan(LENGTHS, 16, seed=1)
    tested, untouched = tiny_learner(), tiny_learner()
    for learner in (tested, untouched):
        learner.update(plan.batch(0), 0, 4)
    with tested.preserved():
        found = range_test(lambda index, rate: tested.update_at(plan.batch(index), index, rate).loss, updates=12)
    assert len(set(found.losses)) == 12
    for learner in (tested, untouched):
        learner.update(plan.batch(1), 1, 4)
    for one, other in zip(tested.model.parameters(), untouched.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_rehearsal_leaves_no_trace() -> None:
    plan = BatchPlan(LENGTHS, 16, seed=1)
    rehearsed, untouched = tiny_learner(), tiny_learner()
    assert rehearsed.rehearse(plan.batch(2)) == rehearsed.tokens_of(plan.batch(2))
    for update in range(3):
        reports = [learner.update(plan.batch(update), update, 4) for learner in (rehearsed, untouched)]
        assert reports[0] == reports[1]
        assert reports[0].padded == rehearsed.tokens_of(plan.batch(update))
        rehearsed.rehearse(plan.batch(0))
    for one, other in zip(rehearsed.model.parameters(), untouched.model.parameters(), strict=True):
        assert torch.equal(one, other)
