"""Requests take turns; a window costs no more than it may."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from accent.serving.line import Line, Order
from tests.servers import FakeRun

RUN = cast(Any, FakeRun("a"))


def order(*texts: str) -> Order:
    future: asyncio.Future[list[dict[str, Any]]] = cast(Any, None)
    return Order([(RUN, (text, None)) for text in texts], future)


def texts_of(line: Line, tokens: int) -> list[str]:
    taken, _ = line.take(tokens)
    return [one.rows[index][1][0] for one, index in taken]


def test_orders_take_turns_row_by_row() -> None:
    line = Line()
    for texts in (["a1", "a2", "a3", "a4"], ["b1"], ["c1", "c2"]):
        line.add(order(*texts))
    assert line.rows == 7
    assert texts_of(line, tokens=10) == ["a1", "b1", "c1", "a2", "c2"]  # 2 tokens each
    line.add(order("d1"))
    assert texts_of(line, tokens=4) == ["a3", "d1"]
    assert texts_of(line, tokens=100) == ["a4"]
    assert not line
    assert texts_of(line, tokens=100) == []


def test_a_window_ends_before_the_row_that_is_too_much_and_that_row_comes_next() -> None:
    line = Line()
    line.add(order("x" * 20, "y" * 20))  # 7 tokens each
    line.add(order("z"))
    taken, spent = line.take(8)
    assert ([one.rows[index][1][0][0] for one, index in taken], spent) == (["x"], 7)
    assert texts_of(line, tokens=8) == ["z"]
    assert texts_of(line, tokens=8) == ["y" * 20]


def test_a_row_that_alone_is_too_much_goes_alone() -> None:
    line = Line()
    line.add(order("x" * 1000))
    line.add(order("y"))
    assert texts_of(line, tokens=10) == ["x" * 1000]
    assert texts_of(line, tokens=10) == ["y"]


@pytest.mark.parametrize("taken_before", [0, 1, 3])
def test_what_is_dropped_is_not_taken(taken_before: int) -> None:
    line, gone, staying = Line(), order("a1", "a2", "a3"), order("b1", "b2", "b3")
    line.add(gone)
    for _ in range(taken_before):
        line.take(1)
    line.add(staying)
    line.drop(gone)
    line.drop(gone)
    assert line.rows == 3
    assert texts_of(line, tokens=100) == ["b1", "b2", "b3"]
    assert line.rows == 0
