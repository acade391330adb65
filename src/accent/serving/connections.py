"""Connections: how many there are, how slowly a head may come, and what is said where no request could be read."""

from __future__ import annotations

import asyncio
import resource
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


def protocol_for(limits: RequestLimitsConfig) -> type[asyncio.Protocol]:
    """Return the class of connections with these limits, as uvicorn takes it."""
    most, seconds = most_connections(limits), limits.body_seconds

    class Connection(_Connection):
        """A connection of one server."""

        most_open = most
        head_seconds = seconds

    return Connection


class _Connection(H11Protocol):
    """uvicorn's connection, with bounds: a head that does not come is not waited for, nor is a client that hangs."""

    most_open: int
    head_seconds: float

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
        super().connection_lost(exc)

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
            self._head = self.loop.call_later(self.head_seconds, self._on_slow_head)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _on_slow_head(self) -> None:
        self._head = None
        if self._between_requests() and not self.transport.is_closing():
            self._say(_SLOW)

    def _say(self, refused: RefusedError) -> None:
        """Write an answer without a request, and close."""
        self._refused = True
        start, body = refused.messages(close=True)
        lines = [f"HTTP/1.1 {refused.status_code} Refused".encode()]
        lines += [name + b": " + value for name, value in start["headers"]]
        self.transport.write(b"\r\n".join([*lines, b"", body["body"]]))
        self.transport.close()

    def _cut(self) -> None:
        if self.transport is not None:
            self.transport.abort()
