"""The gate of every request: who may come in, how many, and with how much. It stands before anything is read.

A refusal costs no more than its answer, so that a server with too much to do says so in milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accent.serving.access import Access
from accent.serving.bodies import Bodies, refuse_unread
from accent.serving.refusals import FAILED, RefusedError, stopping
from accent.serving.service import Service
from accent.serving.tickets import GoneError, Ticket

__all__ = ["Admission"]

_UNREAD = frozenset({408, 413})
_log = logging.getLogger("accent.serving")


class Admission:
    """ASGI middleware: token, media type, places, bodies; errors in one shape; counts of it all."""

    def __init__(self, app: ASGIApp, *, service: Service, access: Access, bodies: frozenset[str]) -> None:
        """Stand before `app`, which takes bodies (POST) under these paths and nowhere else."""
        self._app = app
        self._service = service
        self._access = access
        self._bodies = Bodies(service.limits)
        self._with_body = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answer = _Answer(send, scope, self._service.limits.body_seconds)
        try:
            await self._admit(scope, receive, answer)
        except RefusedError as refused:
            await self._refuse(refused, receive, answer)
        except GoneError:
            answer.status = _GONE
        except asyncio.CancelledError:
            if not self._service.closing:
                raise
            await self._refuse(stopping(), receive, answer)  # its time to finish is over
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            await self._refuse(FAILED, receive, answer)
        self._service.metrics.answered(scope["path"], answer.status, time.perf_counter() - started)

    async def _admit(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Check what the head says, and where there is a body, read it and take a place while it is answered."""
        headers = dict(scope["headers"])
        self._access.check(scope["path"], headers)
        if scope["method"] != "POST" or scope["path"] not in self._with_body:
            await self._app(scope, receive, answer)
            return
        service = self._service
        if service.closing:
            raise stopping()
        _check_media(headers)
        service.refuse_if_busy()
        body = await self._bodies.read(receive, headers)
        with service.place():
            await self._answer(scope, receive, answer, body)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer, body: bytes) -> None:
        """Let the application answer, and tell whoever works for the client when it goes away."""
        ticket = scope.setdefault("state", {})["ticket"] = Ticket()  # not every server has states
        watcher = asyncio.create_task(_watch(receive, ticket))
        try:
            await self._app(scope, _Replay(body, watcher), answer)
        finally:
            watcher.cancel()

    async def _refuse(self, refused: RefusedError, receive: Receive, answer: _Answer) -> None:
        self._service.metrics.refused(refused.reason)
        if answer.started:
            await answer.abort()  # half an answer is ended as what it is: cut off
            return
        try:
            if refused.status_code in _UNREAD:
                await refuse_unread(refused, receive, answer, self._service.limits)
                return
            for message in refused.messages(close=refused is FAILED or self._service.closing):
                await answer(message)
        except GoneError:
            pass


_GONE = 499
"""What requests are counted as whose client went away, as nginx does; nobody gets to see it."""


class _Answer:
    """Sends an answer, and gives up on a client that does not read it."""

    def __init__(self, send: Send, scope: Scope, seconds: float) -> None:
        self._send = send
        self._seconds = seconds
        self._abort = scope.get("state", {}).get("abort")
        self.status = 0
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.started = True
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(message)
        except TimeoutError as error:
            await self.abort()
            raise GoneError from error

    async def abort(self) -> None:
        """Cut the connection, where the server says how, and let the server notice it."""
        if self._abort is not None:
            self._abort()
            await asyncio.sleep(0)


class _Replay:
    """Gives a body that was read already, and then waits until the client goes away."""

    def __init__(self, body: bytes, watcher: asyncio.Task[None]) -> None:
        self._body: bytes | None = body
        self._watcher = watcher

    async def __call__(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.wait([self._watcher])
        return {"type": "http.disconnect"}


async def _watch(receive: Receive, ticket: Ticket) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    ticket.leave()


def _check_media(headers: Mapping[bytes, bytes]) -> None:
    """Raise RefusedError (415) for what is not JSON: a page of another site can send anything else unasked."""
    media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media != b"application/json":
        what = f"the body is {media.decode('latin-1')[:80] or 'of no kind'}, and JSON is wanted"
        raise _media("Content-Type", what, "Send the header Content-Type: application/json.")
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise _media("Content-Encoding", "the body is compressed", "Send it as it is.")


def _media(where: str, what: str, remedy: str) -> RefusedError:
    return RefusedError(415, "media", what, where=where, remedy=remedy)
