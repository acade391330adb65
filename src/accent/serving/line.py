"""Rows that wait to be computed: requests take turns, so that a long one does not hold up short ones."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accent.inference import Hosted

__all__ = ["Asked", "Line", "Order", "Taken"]

Asked = tuple["Hosted", tuple[str, str | None]]


class Order:
    """The rows of one request, on their way to their answers."""

    def __init__(self, rows: Sequence[Asked], future: asyncio.Future[list[dict[str, Any]]]) -> None:
        """Take rows that can be answered; `future` will hold their answers, in order."""
        self.rows = rows
        self.future = future
        self.answers: list[dict[str, Any]] = [{}] * len(rows)
        self.entered = time.perf_counter()
        self.taken = 0
        """Rows that are computed or have been."""
        self.missing = len(rows)
        """Answers that are not here yet."""
        self.dropped = False
        """Whether nobody waits for it any more."""

    @property
    def waiting(self) -> int:
        """Rows that have not been taken."""
        return 0 if self.dropped else len(self.rows) - self.taken


Taken = list[tuple[Order, int]]
"""Rows that are computed together: orders, and which of their rows."""


class Line:
    """Orders in turns. It knows no threads: whoever shares it holds a lock."""

    def __init__(self) -> None:
        self._orders: deque[Order] = deque()
        self.rows = 0
        """Rows that wait."""

    def __bool__(self) -> bool:
        return self.rows > 0

    def add(self, order: Order) -> None:
        """Let an order wait for its first turn."""
        self._orders.append(order)
        self.rows += order.waiting

    def drop(self, order: Order) -> None:
        """Forget what waits of an order; what has been taken of it goes on."""
        if not order.dropped:
            self.rows -= order.waiting
            order.dropped = True
            if order in self._orders:
                self._orders.remove(order)

    def take(self, tokens: int) -> tuple[Taken, int]:
        """Take one row of each order in turn until they cost `tokens` together, or one row that alone costs more.

        Returns them and what they cost.
        """
        taken: Taken = []
        spent = 0
        while self._orders:
            order = self._orders[0]
            hosted, row = order.rows[order.taken]
            cost = hosted.cost(row)
            if taken and spent + cost > tokens:
                break
            self._orders.popleft()
            taken.append((order, order.taken))
            order.taken += 1
            spent += cost
            if order.waiting:
                self._orders.append(order)
        self.rows -= len(taken)
        return taken, spent
