"""The learning rate over the updates, against the closed forms worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.config import ScheduleConfig
from accent.training import SCHEDULES, rate_share
from accent.training.schedules import position


def test_linear_rises_then_falls_to_almost_zero() -> None:
    config = ScheduleConfig(kind="linear", warmup_ratio=0.2)
    shares = [rate_share(config, update, 10) for update in range(10)]
    assert shares[:2] == pytest.approx([1 / 3, 2 / 3])
    assert shares[2:] == pytest.approx([1 - k / 8 for k in range(8)])


def test_cosine_is_half_at_the_middle_of_what_is_left() -> None:
    config = ScheduleConfig(kind="cosine", warmup_ratio=0.0)
    assert rate_share(config, 50, 100) == pytest.approx(0.5)
    assert rate_share(config, 25, 100) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)


def test_constant_stays() -> None:
    config = ScheduleConfig(kind="constant", warmup_ratio=0.1)
    assert {rate_share(config, update, 100) for update in range(10, 100)} == {1.0}


def test_wsd_decays_over_the_last_fifth_only() -> None:
    config = ScheduleConfig(kind="wsd", warmup_ratio=0.1)
    assert {rate_share(config, update, 100) for update in range(10, 81)} == {1.0}
    assert rate_share(config, 85, 100) == pytest.approx(1 - math.sqrt(5 / 20))


@given(
    kind=st.sampled_from(sorted(SCHEDULES)),
    ratio=st.floats(0, 0.99),
    updates=st.integers(1, 500),
    data=st.data(),
)
def test_every_schedule_stays_between_zero_and_one(kind: str, ratio: float, updates: int, data: st.DataObject) -> None:
    update = data.draw(st.integers(0, updates - 1))
    share = rate_share(ScheduleConfig(kind=kind, warmup_ratio=ratio), update, updates)  # type: ignore[arg-type]
    assert 0.0 < share <= 1.0


def test_a_moved_end_is_walked_to_evenly() -> None:
    # Half of the 10 is done at 5; the other half takes the 10 updates to 15.
    assert [position(update, [(0, 10), (5, 15)]) for update in (0, 3, 5, 6, 10, 15)] == [0, 3, 5, 5.5, 7.5, 10]


def test_an_end_may_be_moved_twice() -> None:
    aims = [(0, 10), (4, 7), (6, 8)]
    # From 4 on two a step for the 6 that are left; from 6 on the last 2 in 2 steps.
    assert [position(update, aims) for update in range(9)] == [0, 1, 2, 3, 4, 6, 8, 9, 10]


def test_an_end_that_was_never_moved_changes_nothing() -> None:
    assert [position(update, [(0, 7)]) for update in range(8)] == list(range(8))
