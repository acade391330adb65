"""Rows in windows that bound what is held of them at once."""

from __future__ import annotations

import weakref
from types import SimpleNamespace
from typing import Any

import pytest

from accent.inference.answering import answered, windows_by_cost


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


class Model:
    """A model that answers rows with its own name."""

    mix = None

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def predictor(self) -> Any:
        return SimpleNamespace(answers=lambda rows: [{"label": self.name} for _ in rows])


def test_one_model_is_let_go_before_the_next_is_read() -> None:
    runs = [SimpleNamespace(name=name, complaint=lambda row: None) for name in "abc"]
    read: list[weakref.ref[Model]] = []

    def ready(hosted: Any) -> Any:
        assert all(model() is None for model in read), "two would be in memory at one time"
        model = Model(hosted.name)
        read.append(weakref.ref(model))
        return model

    found = answered([(run, ("x", None)) for run in (*runs, *runs)], ready=ready, batch_tokens=9)  # type: ignore[misc]
    assert [answer["label"] for answer in found] == list("abcabc")
