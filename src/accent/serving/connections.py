"""Connections: how many there are, how slowly a head may come or an answer be read, and what is no request at all."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from accent.config import RequestLimitsConfig
from accent.serving.refusals import RefusedError

__all__ = ["most_connections", "protocol_for"]

_SPARE_FILES = 128
"""Open files that are left for all but connections: models, logs, the loads of clients."""
_FULL = RefusedError(429, "connections", "too many connections are open", remedy="Ask again later.", retry=1)
_UNREADABLE = RefusedError(400, "http", "this is no HTTP request", remedy="Send HTTP/1.1.")
_SLOW = RefusedError(408, "slow", "the request's head came too slowly", remedy="Send it faster.")


def most_connections(limits: RequestLimitsConfig) -> int:
    """Return how many connections may be open: as many as asked for, within what the system allows this process."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limits.max_connections if soft < 0 else max(1, min(limits.max_connections, soft - _SPARE_FILES))


def protocol_for(limits: RequestLimitsConfig, count: Callable[[str], None]) -> type[asyncio.Protocol]:
    """Return the class of connections with these limits, as uvicorn takes it; `count` hears of each refusal."""
    most, seconds = most_connections(limits), limits.body_seconds

    class Connection(_Connection):
        """A connection of one server."""

        most_open = most
        patience = seconds
        count_refusal = staticmethod(count)

    return Connection


class _Connection(H11Protocol):
    """uvicorn's connection, with bounds: a head that does not come is not waited for, nor is a client that hangs."""

    most_open: int
    patience: float
    """Seconds for a head to come whole, and for a client to read more of what was sent."""
    count_refusal: Callable[[str], None]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        # The application gets a way to cut this connection, for a client that does not read its answer.
        super().__init__(config, server_state, {**app_state, "abort": self._cut}, _loop)
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or refuse it at once where too many are open."""
        super().connection_made(transport)
        if len(self.connections) > self.most_open:
            self._refused = True
            self._say(_FULL)
            return
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take bytes; while a head is not whole its time runs."""
        if self._refused:
            return
        super().data_received(data)
        if self._between_requests():
            self._await_head()
        else:
            self._forget_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget_head()
        if self._reading is not None:
            self._reading.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Go on to the next request; what is unread of the answer is not kept for ever."""
        super().on_response_complete()
        self._await_reader()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a request that could not be read, in the shape of every error."""
        del msg
        if self._between_requests() or not self.cycle.response_started:
            self._say(_UNREADABLE)
        else:
            self.transport.abort()

    def _between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr] # None at first

    def _await_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(self.patience, self._on_slow_head)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _on_slow_head(self) -> None:
        self._head = None
        if self._between_requests() and not self.transport.is_closing():
            self._say(_SLOW)

    def _await_reader(self) -> None:
        """Give the client time to read what the system has not taken yet: closing waits for that without an end."""
        left = self.transport.get_write_buffer_size()
        if left and self._reading is None:
            self._reading = self.loop.call_later(self.patience, self._on_slow_reader, left)

    def _on_slow_reader(self, before: int) -> None:
        self._reading = None
        if self._between_requests() and self.transport.get_write_buffer_size() >= before:
            self._cut()
        else:  # the gate looks after an answer that is still being sent
            self._await_reader()

    def _say(self, refused: RefusedError) -> None:
        """Write an answer without a request, and close."""
        self._refused = True
        self.count_refusal(refused.reason)
        start, body = refused.messages(close=True)
        lines = [f"HTTP/1.1 {refused.status_code} Refused".encode()]
        lines += [name + b": " + value for name, value in start["headers"]]
        self.transport.write(b"\r\n".join([*lines, b"", body["body"]]))
        self.transport.close()
        self._await_reader()

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()
