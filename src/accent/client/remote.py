"""A run of a server that answers like one that is loaded here: rows in batches, in order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from accent.client.address import Address
from accent.client.connection import Connection, RefusedError
from accent.config import TaskName
from accent.errors import ConfigError, DataError, RunError

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Remote", "RemoteStatistics", "Row"]

Row = str | tuple[str, str | None]

BATCH_ROWS, BATCH_CHARACTERS = 128, 200_000
"""Rows of one request, and characters of them together: well below what a server takes."""
AHEAD = 4
"""Requests under way at one time, so that the server has the next rows while it sends the last ones."""
_WINDOW = 2048

Answer = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RemoteStatistics:
    """What has been answered, as seen from here."""

    rows: int = 0
    """Rows answered, those without an answer not counted."""
    seconds: float = 0.0
    """Time from the first request to the last answer."""

    def to_json(self) -> dict[str, float]:
        """Return both and what follows from them."""
        speed = self.rows / self.seconds if self.seconds else 0.0
        return {"rows": self.rows, "seconds": round(self.seconds, 6), "rows_per_second": round(speed, 3)}


@dataclass(frozen=True)
class _Facts:
    """What the server says of a run."""

    name: str
    task: TaskName
    pair: bool | None
    streams: bool


class Remote:
    """One run of a server. It has the part of a `Predictor` that `predict` uses."""

    def __init__(self, address: Address, run: str | None = None) -> None:
        """Ask the server what it has. Raises RunError where there is no run `run`, or none by itself."""
        self._address = address
        with Connection(address) as connection:
            served = connection.ask("GET", "/runs")
        self._facts = _find(served, run, address.url)
        self.statistics = RemoteStatistics()

    @property
    def name(self) -> str:
        """The run's name on the server."""
        return self._facts.name

    @property
    def task(self) -> TaskName:
        """What a row asks."""
        return self._facts.task

    @property
    def streams(self) -> bool:
        """Whether an answer can be shown while it is written."""
        return self._facts.streams

    def check_pairs(self, pair: bool, *, remedy: str) -> None:
        """Raise DataError where rows are pairs and the run answers single texts, or the other way round."""
        asked = self._facts.pair
        if asked is not None and asked != pair:
            kinds = ("pairs", "single texts") if asked else ("single texts", "pairs")
            raise DataError(f"this run answers {kinds[0]}, and the rows are {kinds[1]}", where=self.name, remedy=remedy)

    def answers(self, rows: Dataset | Iterable[Row]) -> Iterator[Answer]:
        """Answer a data set's rows, texts, or pairs: one answer a row and in the rows' order.

        A row that the server refuses gives `{"error": "..."}`. Rows are read a few requests ahead, no further.
        """
        started = time.perf_counter()
        waiting: deque[Future[list[Answer]]] = deque()
        free: SimpleQueue[Connection] = SimpleQueue()
        with ExitStack() as ends:
            for _ in range(AHEAD):
                free.put(ends.enter_context(Connection(self._address)))
            pool = ends.enter_context(ThreadPoolExecutor(AHEAD))
            try:
                for batch in _batches(_rows(rows)):
                    waiting.append(pool.submit(self._answer, batch, free))
                    if len(waiting) >= AHEAD:
                        yield from self._counted(waiting.popleft().result(), started)
                while waiting:
                    yield from self._counted(waiting.popleft().result(), started)
            finally:
                for one in waiting:
                    one.cancel()

    def stream(self, prompt: str) -> Iterator[str]:
        """Yield the text that goes on from a prompt piece by piece. Raises RunError where the server breaks off."""
        with Connection(self._address) as connection:
            for name, content in connection.events("/predict/stream", {"run": self.name, "text": prompt}):
                if name == "error":
                    error = content.get("error") or {}
                    remedy = str(error.get("remedy") or "Try again.")
                    raise RunError(str(error.get("what") or "the server broke off"), where=self.name, remedy=remedy)
                if name == "message":
                    yield str(content["text"])

    def _answer(self, rows: Sequence[Row], free: SimpleQueue[Connection]) -> list[Answer]:
        """Return the answers of one request, on a connection that is free."""
        connection = free.get()
        try:
            return self._answered(rows, connection)
        finally:
            free.put(connection)

    def _answered(self, rows: Sequence[Row], connection: Connection) -> list[Answer]:
        """Return the answers of one request; where it is refused, of its halves, until the row is found."""
        try:
            found = connection.ask("POST", "/predict", {"run": self.name, "text": list(map(_json, rows))})
        except RefusedError as refused:
            if len(rows) == 1:
                return [{"error": refused.what}]
            middle = len(rows) // 2
            return self._answered(rows[:middle], connection) + self._answered(rows[middle:], connection)
        answers = found.get("answers") if isinstance(found, dict) else None
        if not isinstance(answers, list) or len(answers) != len(rows):
            what, remedy = f"the server did not answer {len(rows)} rows one by one", "Mend --url."
            raise RunError(what, where=self._address.url, remedy=remedy)
        return answers

    def _counted(self, answers: list[Answer], started: float) -> list[Answer]:
        good = sum("error" not in answer for answer in answers)
        seconds = time.perf_counter() - started
        self.statistics = replace(self.statistics, rows=self.statistics.rows + good, seconds=seconds)
        return answers


def _find(served: Any, run: str | None, url: str) -> _Facts:
    """Return what the server says of the run that is asked for, or of its only one."""
    runs = {one.name: one for one in _read(served, url)}
    if run is not None and run in runs:
        return runs[run]
    if run is None and len(runs) == 1:
        return next(iter(runs.values()))
    names = ", ".join(runs) or "none"
    if run is None:
        raise ConfigError(f"the server has {len(runs)} runs", where=url, remedy=f"Say which with --run: {names}.")
    raise RunError(f"the server has no run {run!r}", where=url, remedy=f"Give --run one of those it has: {names}.")


def _read(served: Any, url: str) -> list[_Facts]:
    try:
        return [_Facts(*(one[name] for name in ("name", "task", "pair", "streams"))) for one in served["runs"]]
    except (TypeError, KeyError) as error:
        remedy = "Mend --url: the address that `accent serve` shows."
        raise RunError("this is no server of Accent's: it names no runs", where=url, remedy=remedy) from error


def _rows(rows: Any) -> Iterator[Row]:
    """Yield rows one by one; a data set's are read in windows."""
    if not hasattr(rows, "column_names"):
        yield from rows
        return
    for start in range(0, len(rows), _WINDOW):
        columns: Mapping[str, list[Any]] = rows[start : start + _WINDOW]
        firsts = columns["text"]
        yield from zip(firsts, columns.get("text_pair", [None] * len(firsts)), strict=True)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield rows in batches; a long row may be one of its own."""
    batch: list[Row] = []
    characters = 0
    for row in rows:
        size = sum(len(text) for text in (row if isinstance(row, tuple) else (row,)) if text)
        if batch and (len(batch) == BATCH_ROWS or characters + size > BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(row)
        characters += size
    if batch:
        yield batch


def _json(row: Row) -> str | list[str]:
    """Return a row as the server reads it: a text, or a list of two. What is no text is sent as an empty one."""
    first, second = row if isinstance(row, tuple) else (row, None)
    return (first or "") if second is None else [first or "", second]
