"""Clients of a server in one process: python benchmarks/serving_load.py, with what to do as JSON on standard input.

Keys: port, path, rows (lists of texts; each request has the next), runs (names, in turns; [null] sends none), bare (a
text in place of a list), seconds, connections, and rate (requests a second, whatever comes back; without it each
connection asks again as soon as it is answered). Sockets and HTTP are written out by hand, so that clients take little
of the processor. Prints one line of JSON: what was answered and refused, how long it took, and what the clients used.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_BEGUN = 2.0
"""Seconds of full load before counting begins."""


@dataclass
class Seen:
    """What came back after the load was full."""

    begin: float
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    rows: int = 0
    unsent: int = 0

    def add(self, status: int, rows: int, started: float) -> None:
        """Take one answer."""
        now = time.perf_counter()
        if now < self.begin:
            return
        self.statuses[status] += 1
        if status == 200:
            self.rows += rows
            self.answered.append(now - started)
        else:
            self.refused.append(now - started)


def main() -> None:
    """Read what to do, do it, print what came of it."""
    asked = json.load(sys.stdin)
    seen, used = asyncio.run(load(asked))
    print(
        json.dumps(
            {
                "rows_per_second": seen.rows / asked["seconds"],
                "requests": sum(seen.statuses.values()),
                "statuses": seen.statuses,
                "unsent": seen.unsent,
                "answered": quantiles(seen.answered),
                "refused": quantiles(seen.refused),
                "client_cores": used / (asked["seconds"] + _BEGUN),
            }
        )
    )


def quantiles(times: list[float]) -> dict[str, float]:
    """Return milliseconds: the median, the 99th percentile and the longest."""
    if len(times) < 2:
        return {"n": len(times)}
    cuts = statistics.quantiles(times, n=100)
    return {"n": len(times), "p50": 1e3 * cuts[49], "p99": 1e3 * cuts[98], "max": 1e3 * max(times)}


async def load(asked: dict[str, Any]) -> tuple[Seen, float]:
    """Load the server for the time asked for; return what was seen and the processor time that clients used."""
    requests = itertools.cycle(list(made(asked)))
    before = cpu()
    begin = time.perf_counter() + _BEGUN
    seen = Seen(begin)
    end = begin + asked["seconds"]
    if asked.get("rate"):
        await at_rate(asked, requests, seen, end)
    else:
        await asyncio.gather(*(in_turns(asked["port"], requests, seen, end) for _ in range(asked["connections"])))
    return seen, cpu() - before


def made(asked: dict[str, Any]) -> Iterator[tuple[bytes, int]]:
    """Yield requests as bytes, with the number of their rows."""
    for texts, run in zip(asked["rows"], itertools.cycle(asked["runs"]), strict=False):
        content: dict[str, Any] = {"text": texts[0] if asked.get("bare") else texts} | ({"run": run} if run else {})
        body = json.dumps(content).encode()
        head = f"POST {asked['path']} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body, len(texts)


async def in_turns(port: int, requests: Iterator[tuple[bytes, int]], seen: Seen, end: float) -> None:
    """Ask on one connection, again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (started := time.perf_counter()) < end:
        request, rows = next(requests)
        seen.add(await exchange(reader, writer, request), rows, started)
    writer.close()


async def at_rate(asked: dict[str, Any], requests: Iterator[tuple[bytes, int]], seen: Seen, end: float) -> None:
    """Send so many requests a second; those for which no connection is free are counted and not sent."""
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = [
        await asyncio.open_connection("127.0.0.1", asked["port"]) for _ in range(asked["connections"])
    ]
    under_way: set[asyncio.Task[None]] = set()

    async def once(request: bytes, rows: int) -> None:
        opened, started = free.pop(), time.perf_counter()
        seen.add(await exchange(*opened, request), rows, started)
        free.append(opened)

    first = time.perf_counter()
    for number in itertools.count():
        due = first + number / asked["rate"]
        if due >= end:
            break
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if len(under_way) >= asked["connections"]:
            seen.unsent += time.perf_counter() >= seen.begin
            continue
        task = asyncio.create_task(once(*next(requests)))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way, return_exceptions=True)
    for _, writer in free:
        writer.close()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send a request and read its answer; return the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


def cpu() -> float:
    """Return the seconds of processor time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
