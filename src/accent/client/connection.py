"""One connection to a server: requests in JSON, patience with a busy server, and its refusals as errors."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from accent.client.address import TOKEN_VARIABLE, Address
from accent.errors import ConfigError, RunError, UserError

__all__ = ["Connection", "RefusedError"]

_BUSY = frozenset({429, 503, 504})
"""Answers that may be others a little later."""
_REFUSED = frozenset({400, 413, 422})
"""Answers that are about the rows of the request."""
_PATIENCE = 120.0
"""Seconds that one request waits for a busy server in all."""
_LONGEST_PAUSE = 10.0
_TIMEOUT = 300.0
"""Seconds until a server that says nothing counts as gone; its own limit is shorter."""
_LOST = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError, http.client.HTTPException)


class RefusedError(RunError):
    """What the request holds is refused: too much of it, or something that the server cannot read."""


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """A connection that stays open between requests; one thread uses it at a time."""

    def __init__(self, address: Address, *, timeout: float = _TIMEOUT, patience: float = _PATIENCE) -> None:
        """Open nothing yet."""
        kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
        self._address = address
        self._patience = patience
        self._http = kind(address.host, address.port, timeout=timeout)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._http.close()

    def ask(self, method: str, route: str, content: Any = None) -> Any:
        """Return what the server answers, read as JSON.

        A busy server is asked again after the time that it says, for two minutes in all. Raises RefusedError where it
        refuses what `content` holds, ConfigError where it lets nobody in without a token, and RunError for the rest.
        """
        waited, attempt = 0.0, 0
        while True:
            reply = self._exchange(method, route, content)
            if reply.status < http.client.MULTIPLE_CHOICES:
                return self._parsed(reply)
            if reply.status not in _BUSY or waited >= self._patience:
                raise self._error(reply)
            pause = _pause(reply, attempt)
            time.sleep(pause)
            waited, attempt = waited + pause, attempt + 1

    def events(self, route: str, content: Any) -> Iterator[tuple[str, Any]]:
        """Yield what the server sends piece by piece (text/event-stream): each event's name and content.

        Raises as `ask` does, but waits for nobody.
        """
        try:
            reply = self._send("POST", route, content)
            if reply.status >= http.client.MULTIPLE_CHOICES:
                raise self._error(_Reply(reply.status, dict(reply.headers), reply.read()))
            yield from _events(reply)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            self.close()

    def _exchange(self, method: str, route: str, content: Any) -> _Reply:
        """Send and read; a connection that the server has ended in the meantime is opened anew, once."""
        kept = self._http.sock is not None
        try:
            try:
                return self._read(self._send(method, route, content))
            except _LOST:
                self.close()
                if not kept:
                    raise
                return self._read(self._send(method, route, content))
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unreachable(error) from error

    def _send(self, method: str, route: str, content: Any) -> http.client.HTTPResponse:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Accept": "application/json"} | ({} if body is None else {"Content-Type": "application/json"})
        if self._address.token is not None:
            headers["Authorization"] = f"Bearer {self._address.token}"
        try:
            self._http.request(method, self._address.path + route, body=body, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses a body answers before it has read all of it, and closes.
            if self._http.sock is None:
                raise
        return self._http.getresponse()

    def _read(self, reply: http.client.HTTPResponse) -> _Reply:
        return _Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())

    def _parsed(self, reply: _Reply) -> Any:
        try:
            return json.loads(reply.body)
        except ValueError as error:
            raise self._foreign("what it answers is no JSON") from error

    def _error(self, reply: _Reply) -> UserError:
        """Return the error that a refusal is told as: the server's own words, where it has any."""
        if reply.status == http.client.UNAUTHORIZED:
            what = "asks for a token" if self._address.token is None else "refuses the token"
            remedy = f"Give it in the variable {TOKEN_VARIABLE}, or with --token."
            return ConfigError(f"the server {what}", where=self._address.url, remedy=remedy)
        said = _said(reply.body)
        if said is None:
            return self._foreign(f"it answers {reply.status}")
        kind = RefusedError if reply.status in _REFUSED else RunError
        place = f", {said['where']}" if said.get("where") else ""
        return kind(str(said["what"]), where=f"{self._address.url}{place}", remedy=str(said.get("remedy")))

    def _foreign(self, what: str) -> RunError:
        remedy = "Mend --url: the address that `accent serve` shows, without a route such as /predict."
        return RunError(f"this is no server of Accent's: {what}", where=self._address.url, remedy=remedy)

    def _unreachable(self, error: Exception) -> RunError:
        if isinstance(error, TimeoutError):
            what, remedy = "the server does not answer in time", "Try again, or start another beside it."
        else:
            reason = getattr(error, "strerror", None) or str(error) or "it hung up"
            what = f"no server can be reached: {reason[:1].lower()}{reason[1:]}"
            remedy = "Start it with `accent serve RUN`, or mend --url."
        return RunError(what, where=self._address.url, remedy=remedy)


def _pause(reply: _Reply, attempt: int) -> float:
    """Return the seconds to wait: what the server asks for, or a little more each time."""
    asked = reply.headers.get("retry-after", "")
    seconds = float(asked) if asked.isdecimal() else 0.0
    return min(seconds or 0.1 * 2.0 ** min(attempt, 7), _LONGEST_PAUSE)


def _said(body: bytes) -> dict[str, Any] | None:
    """Return what the server says of an error, None where it does not speak as Accent's does."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    said = content.get("error") if isinstance(content, dict) else None
    return said if isinstance(said, dict) and "what" in said else None


def _events(reply: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    name = "message"
    for line in reply:
        field, _, value = line.decode("utf-8").rstrip("\r\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
        elif not field:
            name = "message"
