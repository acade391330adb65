"""What is refused and how that is said: one shape for every error, and nothing in it about this machine."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.types import Message

__all__ = ["FAILED", "RefusedError", "stopping"]

_JSON = (b"content-type", b"application/json")
_PLAIN = (_JSON, (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


class RefusedError(HTTPException):
    """A request that is not answered, with its status, what is wrong, where in the request, and what to do.

    `reason` is the word that refusals are counted by. `retry` are the seconds after which it may go better.
    """

    def __init__(
        self, status: int, reason: str, what: str, *, remedy: str, where: str | None = None, retry: int | None = None
    ) -> None:
        headers = {} if retry is None else {"retry-after": str(retry)}
        super().__init__(status, what, headers)
        self.reason = reason
        self.body = to_json({"error": {"what": what, "where": where, "remedy": remedy}})

    def messages(self, *, close: bool = False, more: bool = False) -> tuple[Message, Message]:
        """Return the answer as ASGI has it; `close` ends the connection, `more` leaves the answer open."""
        headers: list[Any] = [*_PLAIN, (b"content-length", str(len(self.body)).encode())]
        headers += [(name.encode(), value.encode()) for name, value in (self.headers or {}).items()]
        if close:
            headers.append((b"connection", b"close"))
        start = {"type": "http.response.start", "status": self.status_code, "headers": headers}
        return start, {"type": "http.response.body", "body": self.body, "more_body": more}


FAILED = RefusedError(
    500, "failed", "the server failed", remedy="Try again; if it fails again, the server's log says why."
)
"""What clients learn of our own mistakes; the traceback goes to the server's log."""


def stopping() -> RefusedError:
    """Return the refusal of a server that is shutting down."""
    return RefusedError(503, "stopping", "the server is shutting down", remedy="Ask again later.", retry=5)
