"""Batches are made of what waits, and each request gets its own rows back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from accent.serving.metrics import Metrics
from accent.serving.microbatch import Batcher
from accent.serving.refusals import RefusedError
from accent.serving.tickets import GoneError, Ticket
from tests.servers import FakeHost, FakeRun

RUN = cast(Any, FakeRun("a"))
OTHER = cast(Any, FakeRun("b"))


@asynccontextmanager
async def batching(host: FakeHost, *, tokens: int = 1000, waiting: int = 100) -> AsyncIterator[Batcher]:
    batcher = Batcher(cast(Any, host), Metrics(), window_tokens=tokens, most_waiting=waiting)
    batcher.start()
    yield batcher
    host.gate.set()
    await batcher.stop(5)


def lengths(answers: list[dict[str, Any]]) -> list[float]:
    return [answer["scores"]["length"] for answer in answers]


def rows(*texts: str, run: Any = RUN) -> list[Any]:
    return [(run, (text, None)) for text in texts]


async def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to be")


def test_what_waits_is_computed_together_and_handed_back_apart() -> None:
    async def go() -> None:
        host = FakeHost()
        host.gate.clear()
        async with batching(host) as batcher:
            first = asyncio.create_task(batcher.answers(rows("1"), Ticket(), 5))
            await until(lambda: host.calls)
            others = [
                asyncio.create_task(batcher.answers(rows("22", "333", run=run), Ticket(), 5)) for run in (RUN, OTHER)
            ]
            await until(lambda: batcher.waiting == 4)
            host.gate.set()
            assert lengths(await first) == [1]
            found = await asyncio.gather(*others)
            assert [lengths(one) for one in found] == [[2, 3], [2, 3]]
            assert [[answer["label"] for answer in one] for one in found] == [["a", "a"], ["b", "b"]]
        assert host.calls[1:] == [
            [("a", ("22", None)), ("b", ("22", None)), ("a", ("333", None)), ("b", ("333", None))]
        ]

    asyncio.run(go())


def test_many_rows_of_one_request_do_not_hold_up_a_row_of_another() -> None:
    async def go() -> None:
        host = FakeHost()
        async with batching(host, tokens=20) as batcher:  # ten rows
            host.gate.clear()
            many = asyncio.create_task(batcher.answers(rows(*["x"] * 100), Ticket(), 5))
            await until(lambda: host.calls)
            one = asyncio.create_task(batcher.answers(rows("yy"), Ticket(), 5))
            await until(lambda: batcher.waiting == 91)
            host.gate.set()
            assert lengths(await one) == [2]
            assert lengths(await many) == [1] * 100
        assert [len(call) for call in host.calls] == [10] * 10 + [1]
        assert "yy" in [row[0] for _, row in host.calls[1]]

    asyncio.run(go())


def test_rows_that_cannot_be_answered_keep_their_places_and_are_not_computed() -> None:
    async def go() -> None:
        host = FakeHost()
        async with batching(host) as batcher:
            answers = await batcher.answers(rows("", "1", " ", "22", ""), Ticket(), 5)
            assert [answer.get("error") for answer in answers] == [
                "the text is empty", None, "the text is empty", None, "the text is empty"
            ]  # fmt: skip
            assert lengths([answers[1], answers[3]]) == [1, 2]
            host.calls.clear()
            assert await batcher.answers(rows(""), Ticket(), 5) == [{"error": "the text is empty"}]
            assert await batcher.answers([], Ticket(), 5) == []
            assert host.calls == []

    asyncio.run(go())


def test_a_failure_is_told_to_the_request_that_caused_it_alone() -> None:
    async def go() -> None:
        host = FakeHost()
        host.gate.clear()
        async with batching(host) as batcher:
            first = asyncio.create_task(batcher.answers(rows("1"), Ticket(), 5))
            await until(lambda: host.calls)
            texts = (["22", "333"], ["4444", "poison"], ["55555"])
            others = [asyncio.create_task(batcher.answers(rows(*some), Ticket(), 5)) for some in texts]
            await until(lambda: batcher.waiting == 5)
            host.gate.set()
            good, bad, better = await asyncio.gather(*others, return_exceptions=True)
            assert lengths(cast(Any, good)) == [2, 3]
            assert lengths(cast(Any, better)) == [5]
            assert isinstance(bad, ValueError)
            assert lengths(await first) == [1]

    asyncio.run(go())


def test_a_host_that_answers_too_few_rows_fails() -> None:
    async def go() -> None:
        host = FakeHost()
        cast(Any, host).answers = lambda asked: [{}]
        async with batching(host) as batcher:
            with pytest.raises(RuntimeError, match="2 rows were answered with 1"):
                await batcher.answers(rows("1", "2"), Ticket(), 5)

    asyncio.run(go())


async def refusal(of: Awaitable[object]) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await of
    return caught.value


def test_a_full_queue_refuses_and_time_over_takes_rows_out() -> None:
    async def go() -> None:
        host = FakeHost()
        host.gate.clear()
        async with batching(host, waiting=3) as batcher:
            first = asyncio.create_task(batcher.answers(rows("1"), Ticket(), 5))
            await until(lambda: host.calls)
            late = asyncio.create_task(batcher.answers(rows("late", "late"), Ticket(), 0.2))
            await until(lambda: batcher.waiting == 2)
            full = await refusal(batcher.answers(rows("2", "3"), Ticket(), 5))
            assert (full.status_code, full.reason, (full.headers or {})["retry-after"]) == (429, "queue", "1")
            assert batcher.waiting == 2
            assert (await refusal(late)).status_code == 504
            assert batcher.waiting == 0
            host.gate.set()
            await first
        assert len(host.calls) == 1

    asyncio.run(go())


def test_who_goes_away_is_not_computed() -> None:
    async def go() -> None:
        host = FakeHost()
        host.gate.clear()
        async with batching(host) as batcher:
            first = asyncio.create_task(batcher.answers(rows("1"), Ticket(), 5))
            await until(lambda: host.calls)
            ticket = Ticket()
            gone = asyncio.create_task(batcher.answers(rows("gone"), ticket, 5))
            await until(lambda: batcher.waiting == 1)
            ticket.leave()
            with pytest.raises(GoneError):
                await gone
            with pytest.raises(GoneError):
                await batcher.answers(rows("gone"), ticket, 5)
            host.gate.set()
            await first
        assert len(host.calls) == 1

    asyncio.run(go())


def test_stopping_computes_what_waits_and_takes_no_more() -> None:
    async def go() -> None:
        host = FakeHost()
        host.gate.clear()
        async with batching(host) as batcher:
            waiting = [asyncio.create_task(batcher.answers(rows(text), Ticket(), 5)) for text in ("1", "22", "333")]
            await until(lambda: host.calls)
            stop = asyncio.create_task(batcher.stop(5))
            await asyncio.sleep(0.05)
            assert (await refusal(batcher.answers(rows("4"), Ticket(), 5))).status_code == 503
            host.gate.set()
            assert [lengths(one) for one in await asyncio.gather(*waiting)] == [[1], [2], [3]]
            await stop

    asyncio.run(go())


def test_streams_go_on_between_batches_and_end() -> None:
    async def go() -> None:
        host = FakeHost(pieces=4, piece_seconds=0.01)
        async with batching(host) as batcher:
            pieces = [piece async for piece in batcher.stream(RUN, "t", Ticket(), 5)]
            assert pieces == [" a0", " a1", " a2", " a3"]
            both = await asyncio.gather(
                collect(batcher, RUN), collect(batcher, OTHER), batcher.answers(rows("1"), Ticket(), 5)
            )
            assert both[:2] == [[" a0", " a1", " a2", " a3"], [" b0", " b1", " b2", " b3"]]
            assert lengths(cast(Any, both[2])) == [1]

    asyncio.run(go())


async def collect(batcher: Batcher, run: Any) -> list[str]:
    return [piece async for piece in batcher.stream(run, "t", Ticket(), 5)]


def test_a_stream_whose_reader_leaves_is_written_no_further() -> None:
    async def go() -> None:
        host, closed = FakeHost(), []

        def endless(run: Any, text: str) -> Any:
            try:
                while True:
                    yield "x"
            finally:
                closed.append(text)

        cast(Any, host).stream = endless
        async with batching(host) as batcher:
            ticket = Ticket()
            with pytest.raises(GoneError):
                await leave_after(3, batcher.stream(RUN, "t", ticket, 5), ticket)
            await until(lambda: closed == ["t"])

    asyncio.run(go())


async def leave_after(pieces: int, stream: AsyncIterator[str], ticket: Ticket) -> None:
    async for _ in stream:
        pieces -= 1
        if pieces == 0:
            ticket.leave()


def test_a_stream_that_stalls_or_fails_says_so() -> None:
    async def go() -> None:
        async with batching(FakeHost(piece_seconds=0.5)) as batcher:
            with pytest.raises(RefusedError) as caught:
                await collect_within(batcher, "t", 0.1)
            assert caught.value.status_code == 504
        async with batching(FakeHost()) as batcher:
            with pytest.raises(ValueError, match="failed"):
                await collect_within(batcher, "poison", 5)

    asyncio.run(go())


async def collect_within(batcher: Batcher, text: str, seconds: float) -> list[str]:
    return [piece async for piece in batcher.stream(RUN, text, Ticket(), seconds)]


def test_requests_that_are_here_together_are_computed_together() -> None:
    async def go() -> None:
        host = FakeHost()
        async with batching(host) as batcher:
            await asyncio.sleep(0.02)
            found = await asyncio.gather(*(batcher.answers(rows("x" * size), Ticket(), 5) for size in range(1, 11)))
            assert [lengths(one) for one in found] == [[size] for size in range(1, 11)]
        assert [len(call) for call in host.calls] == [10]

    asyncio.run(go())
