"""Rows in windows that bound what is held of them at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from accent.inference.answering import windows_by_cost


def run(cost: int) -> Any:
    return SimpleNamespace(cost=lambda row: cost, complaint=lambda row: None if row[0] else "the text is empty")


@pytest.mark.parametrize(
    ("costs", "sizes"),
    [
        ([3, 3, 4, 1], [3, 1]),
        ([11, 1, 10, 1], [1, 1, 1, 1]),
        ([99], [1]),
        ([5, 5, 5, 5], [2, 2]),
        ([], []),
    ],
)
def test_windows_keep_the_order_and_hold_one_row_at_least(costs: list[int], sizes: list[int]) -> None:
    rows = [(run(cost), (str(place), None)) for place, cost in enumerate(costs)]
    windows = list(windows_by_cost(rows, tokens=10))
    assert [len(window) for window in windows] == sizes
    assert [row for window in windows for row in window] == rows


def test_rows_with_a_complaint_cost_nothing() -> None:
    assert [len(window) for window in windows_by_cost([(run(9), ("", None))] * 5, tokens=10)] == [5]
