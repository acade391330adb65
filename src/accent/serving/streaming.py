"""Pieces of text as server-sent events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from accent.serving.refusals import FAILED, RefusedError
from accent.serving.tickets import GoneError

__all__ = ["as_events"]

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}
"""A proxy in between passes each piece on at once."""
_log = logging.getLogger("accent.serving")


async def as_events(pieces: AsyncGenerator[str, None]) -> StreamingResponse:
    """Return an answer of `data: {"text": piece}` for each piece, and `event: end` after the last.

    The first piece is waited for: what goes wrong before it is refused with a status. Later failures are an
    `event: error` with the error that a refusal would have.
    """
    first = await anext(pieces, None)
    return StreamingResponse(_events(first, pieces), media_type="text/event-stream", headers=_HEADERS)


async def _events(first: str | None, pieces: AsyncGenerator[str, None]) -> AsyncIterator[bytes]:
    try:
        if first is not None:
            yield _event({"text": first})
        async for piece in pieces:
            yield _event({"text": piece})
        yield b"event: end\ndata: {}\n\n"
    except GoneError:
        return
    except RefusedError as refused:
        yield b"event: error\ndata: " + refused.body + b"\n\n"
    except Exception:
        _log.exception("a text could not be written to its end")
        yield b"event: error\ndata: " + FAILED.body + b"\n\n"
    finally:
        await pieces.aclose()


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + to_json(data) + b"\n\n"
