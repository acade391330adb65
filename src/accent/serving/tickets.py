"""A request that somebody waits for, until the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["GoneError", "Ticket"]


class GoneError(Exception):
    """The client went away; nobody reads an answer."""


class Ticket:
    """Says that the client of one request has gone, to whoever works for it."""

    def __init__(self) -> None:
        self.gone = False
        self._told: Callable[[], None] | None = None

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the client goes away, at once where it has gone already; it replaces what stood here."""
        self._told = tell
        if self.gone:
            tell()

    def leave(self) -> None:
        """Note that the client has gone."""
        self.gone = True
        if self._told is not None:
            self._told()

    @staticmethod
    def fail(future: asyncio.Future[Any]) -> None:
        """End a wait with GoneError, where it has not ended."""
        if not future.done():
            future.set_exception(GoneError())
