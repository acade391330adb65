"""The learning rate over the updates, against the closed forms worked by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accent.config import ScheduleConfig
from accent.training import SCHEDULES, rate_share


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
