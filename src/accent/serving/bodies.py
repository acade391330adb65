"""Bodies, bounded in size, time and memory while they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Receive, Send

from accent.config import RequestLimitsConfig
from accent.serving.refusals import RefusedError
from accent.serving.tickets import GoneError

__all__ = ["Bodies", "refuse_unread"]

_HELD = 16
"""Bodies of the greatest size that are held together while they are read."""
_DRAINED = 4
"""Bodies of the greatest size that are still taken in after a refusal, so that the client comes to read it."""
_DRAIN_SECONDS = 2.0
_DIGITS = 20
"""Digits of a length that are looked at; a server reads no longer ones."""


class Bodies:
    """Reads bodies; all that are under way share one bound on memory."""

    def __init__(self, limits: RequestLimitsConfig) -> None:
        """Take how large and how slow a body may be."""
        self._most = limits.body_bytes
        self._most_held = _HELD * limits.body_bytes
        self._seconds = limits.body_seconds
        self._held = 0

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes]) -> bytes:
        """Return a request's whole body.

        Raises RefusedError: 413 as soon as it is known to be too large, 408 where it is too slow, 429 where others fill
        the memory; and GoneError where the client goes away.
        """
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared[:_DIGITS]) > self._most:
            raise self._too_large()
        held = 0
        parts: list[bytes] = []
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    part = _part(message)
                    held += len(part)
                    self._held += len(part)
                    self._check(held)
                    parts.append(part)
                    if not message.get("more_body", False):
                        return parts[0] if len(parts) == 1 else b"".join(parts)
        except TimeoutError as error:
            what = f"the body did not come within {self._seconds:g} seconds"
            raise RefusedError(408, "slow", what, where="body", remedy="Send it faster, or less at once.") from error
        finally:
            self._held -= held

    def _check(self, held: int) -> None:
        if held > self._most:
            raise self._too_large()
        if self._held > self._most_held:
            what = "the bodies that are being read fill the memory for them"
            raise RefusedError(429, "bodies", what, remedy="Ask again later.", retry=1)

    def _too_large(self) -> RefusedError:
        what = f"the body is larger than {self._most} bytes"
        return RefusedError(413, "body", what, where="body", remedy="Send the rows in several requests.")


async def refuse_unread(refused: RefusedError, receive: Receive, send: Send, limits: RequestLimitsConfig) -> None:
    """Answer before the body has been read, and take in some of what still comes.

    A client that is sending would not read the answer if the connection were closed under it. What comes is dropped,
    up to a bound in size and time; then the connection is closed.
    """
    start, body = refused.messages(close=True, more=True)
    await send(start)
    await send(body)
    if refused.status_code != 408:  # noqa: PLR2004 - who was too slow is not waited for
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await _drain(receive, _DRAINED * limits.body_bytes)
        except (TimeoutError, GoneError):
            pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive, most: int) -> None:
    taken = 0
    while taken <= most:
        message = await receive()
        taken += len(_part(message))
        if not message.get("more_body", False):
            return


def _part(message: Message) -> bytes:
    if message["type"] != "http.request":
        raise GoneError
    part: bytes = message.get("body", b"")
    return part
