"""Dynamic batching: one thread computes whatever waits, and while it does, the next rows gather.

No request waits for others to come: the queue fills by itself while the model is busy. A failure of rows that were
computed together is told to the request that caused it; the others are computed again without it.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any

from accent.serving.line import Asked, Line, Order, Taken
from accent.serving.metrics import Metrics
from accent.serving.refusals import RefusedError, stopping
from accent.serving.streams import Stream
from accent.serving.tickets import Ticket

if TYPE_CHECKING:
    from accent.inference import Host, Hosted

__all__ = ["WINDOW_BATCHES", "Batcher"]

WINDOW_BATCHES = 4
"""Batches that are computed at one go: rows of like length are put together among these."""
_TURNS = 3
"""Turns of the event loop from bytes that are here to rows that wait: read, begin, parse."""
_MOST_PATIENCE = 30


class Batcher:
    """Answers rows and writes streams on one thread of its own. `start` and `stop` it in an event loop."""

    def __init__(self, host: Host, metrics: Metrics, *, window_tokens: int, most_waiting: int) -> None:
        """Compute rows of `window_tokens` tokens together; let no more than `most_waiting` rows wait."""
        self._host = host
        self._metrics = metrics
        self._window_tokens = window_tokens
        self._most_waiting = most_waiting
        self._line = Line()
        self._streams: list[Stream] = []
        self._work = threading.Condition()
        self._ending = False
        self._waking = False
        self._row_seconds = 0.0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> int:
        """Rows that wait."""
        return self._line.rows

    @property
    def patience(self) -> int:
        """Seconds, at least 1, after which what waits now will have been computed."""
        return max(1, min(_MOST_PATIENCE, math.ceil(self._line.rows * self._row_seconds)))

    def start(self) -> None:
        """Begin to compute, for the event loop that runs."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="accent-batches", daemon=True)
        self._thread.start()

    async def stop(self, seconds: float) -> None:
        """Compute what still waits, for so many seconds at most, and end."""
        with self._work:
            self._ending = True
            self._work.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, seconds)

    async def answers(self, rows: Sequence[Asked], ticket: Ticket, seconds: float) -> list[dict[str, Any]]:
        """Return the answers to rows, in order.

        Rows that cannot be answered get theirs, `{"error": ...}`, without waiting. Raises RefusedError where the queue
        is full (429) or the time is over (504), and GoneError where nobody waits for the answers any more.
        """
        complaints = [hosted.complaint(row) for hosted, row in rows]
        good = [row for row, found in zip(rows, complaints, strict=True) if found is None]
        computed = iter(await self._computed(good, ticket, seconds) if good else ())
        return [next(computed) if found is None else {"error": found} for found in complaints]

    async def stream(self, hosted: Hosted, text: str, ticket: Ticket, seconds: float) -> AsyncGenerator[str, None]:
        """Yield what goes on from a text, piece by piece, each within so many seconds of the last."""
        stream = Stream(self._host.stream(hosted, text), asyncio.get_running_loop())
        ticket.when_gone(stream.drop)
        with self._work:
            self._refuse_if_ending()
            self._streams.append(stream)
            self._work.notify()
        try:
            while (piece := await stream.next(seconds)) is not None:
                yield piece
        finally:
            stream.drop()
            with self._work:
                self._work.notify()

    async def _computed(self, rows: Sequence[Asked], ticket: Ticket, seconds: float) -> list[dict[str, Any]]:
        order = Order(rows, asyncio.get_running_loop().create_future())
        ticket.when_gone(lambda: ticket.fail(order.future))
        with self._work:
            self._refuse_if_ending()
            self._refuse_if_full(len(rows))
            self._line.add(order)
        self._wake_soon()
        try:
            async with asyncio.timeout(seconds):
                return await order.future
        except TimeoutError as error:
            raise RefusedError(
                504,
                "timeout",
                f"no answer within {seconds:g} seconds",
                remedy="Ask for fewer rows at once, or again later.",
                retry=self.patience,
            ) from error
        finally:
            with self._work:
                self._line.drop(order)

    def _wake_soon(self, turns: int = _TURNS) -> None:
        """Wake the thread once the event loop has taken in the requests that are here already, within microseconds."""
        if turns == _TURNS:
            if self._waking:
                return
            self._waking = True
        if turns > 0:
            asyncio.get_running_loop().call_soon(self._wake_soon, turns - 1)
            return
        self._waking = False
        with self._work:
            self._work.notify()

    def _refuse_if_ending(self) -> None:
        if self._ending:
            raise stopping()

    def _refuse_if_full(self, rows: int) -> None:
        if self._line.rows + rows > self._most_waiting:
            raise RefusedError(
                429,
                "queue",
                f"{self._line.rows} rows wait already, and {rows} more are too many",
                remedy="Ask again later, or for fewer rows at once.",
                retry=self.patience,
            )

    def _run(self) -> None:
        """Compute on the thread: all that waits, up to a window, then a piece of each stream, and so on."""
        while True:
            with self._work:
                self._work.wait_for(lambda: self._line or self._streams or self._ending)
                if not (self._line or self._streams):
                    return
                self._streams = streams = [stream for stream in self._streams if not stream.ended]
                # Readers of a stream see each piece as it comes: between two of them there is one batch, not several.
                taken, tokens = self._line.take(self._window_tokens // (WINDOW_BATCHES if streams else 1))
            if taken:
                self._compute(taken, tokens)
            for stream in streams:
                stream.advance()

    def _compute(self, taken: Taken, tokens: int) -> None:
        """Answer rows that were taken together, and hand the answers over."""
        started = time.perf_counter()
        for order in {order for order, index in taken if index == 0}:
            self._metrics.queue.observe(started - order.entered)
        answers: list[dict[str, Any] | Exception] = list(self._answers(taken))
        spent = time.perf_counter() - started
        self._metrics.model.observe(spent)
        self._metrics.batches.observe(len(taken))
        self._metrics.rows.inc(len(taken))
        self._metrics.tokens.inc(tokens)
        pace = spent / len(taken)
        self._row_seconds = pace if self._row_seconds == 0 else 0.8 * self._row_seconds + 0.2 * pace
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_hand_over, taken, answers)

    def _answers(self, taken: Taken) -> Sequence[dict[str, Any] | Exception]:
        """Return an answer a row; rows of a request that cannot be computed even alone get the failure."""
        try:
            answers = self._host.answers([order.rows[index] for order, index in taken])
        except Exception as error:
            orders = list(dict.fromkeys(order for order, _ in taken))
            if len(orders) == 1:
                return [error] * len(taken)
            alone = {order: iter(self._answers([row for row in taken if row[0] is order])) for order in orders}
            return [next(alone[order]) for order, _ in taken]
        if len(answers) != len(taken):
            return [RuntimeError(f"{len(taken)} rows were answered with {len(answers)} answers")] * len(taken)
        return answers


def _hand_over(taken: Taken, answers: Sequence[dict[str, Any] | Exception]) -> None:
    """Put answers into their orders, on the event loop; an order that has all of them is done."""
    for (order, index), answer in zip(taken, answers, strict=True):
        if order.future.done():
            continue
        if isinstance(answer, Exception):
            order.future.set_exception(answer)
            continue
        order.answers[index] = answer
        order.missing -= 1
        if order.missing == 0:
            order.future.set_result(order.answers)
