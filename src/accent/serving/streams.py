"""Text that is written piece by piece on the batches' thread and read in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from accent.serving.refusals import RefusedError
from accent.serving.tickets import GoneError

__all__ = ["Stream"]


class Stream:
    """One text while it is written. Between two of its pieces the thread computes what else waits."""

    def __init__(self, pieces: Iterator[str], loop: asyncio.AbstractEventLoop) -> None:
        """Take the pieces without asking for any; they are few enough to wait for a client that reads slowly."""
        self.ended = False
        self._pieces = pieces
        self._loop = loop
        self._ready: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self._dropped = False

    def advance(self) -> None:
        """Write one piece, on the batches' thread."""
        if self._dropped:
            self._end(None)
            return
        try:
            piece = next(self._pieces, None)
        except Exception as error:
            self._end(error)
            return
        if piece is None:
            self._end(None)
        else:
            self._give(piece)

    def drop(self) -> None:
        """Write no more of it, in the event loop."""
        if not self._dropped:
            self._dropped = True
            self._ready.put_nowait(GoneError())

    async def next(self, seconds: float) -> str | None:
        """Return the next piece, None after the last. Raises RefusedError (504), GoneError, or what went wrong."""
        try:
            async with asyncio.timeout(seconds):
                piece = await self._ready.get()
        except TimeoutError as error:
            what, remedy = f"no more text within {seconds:g} seconds", "Ask again later."
            raise RefusedError(504, "timeout", what, remedy=remedy) from error
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def _end(self, last: BaseException | None) -> None:
        self.ended = True
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        self._give(last)

    def _give(self, piece: str | BaseException | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.put_nowait, piece)
