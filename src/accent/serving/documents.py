"""Bodies as documents: JSON is read strictly, and what would be dear to look at is refused before it is looked at."""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic_core import from_json

from accent.config import RequestLimitsConfig
from accent.serving.refusals import RefusedError

__all__ = ["JsonRoute", "read_document", "refusal_of"]

_MOST_KEYS = 16
_JSON_REMEDY = "Send a JSON object, in UTF-8."


class JsonRoute(APIRoute):
    """A route whose bodies are read by `read_document`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's own handler, with a request of ours."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return handle


class _JsonRequest(Request):
    """A request whose body is read strictly."""

    async def json(self) -> Any:
        """Return the body's document. Raises RefusedError."""
        return read_document(await self.body(), self.app.state.service.limits)


def read_document(body: bytes, limits: RequestLimitsConfig) -> dict[str, Any]:
    """Return the object that a body holds.

    Raises RefusedError: 400 where it is no JSON or no UTF-8 (NaN, lone surrogates and nesting of more than 200 levels
    are none), 422 where it is no object, has many keys, or lists more rows than a request may.
    """
    try:
        with _without_collector():
            document = from_json(body, allow_inf_nan=False, cache_strings="none")
    except ValueError as error:
        raise RefusedError(400, "json", f"the body is not JSON: {error}", where="body", remedy=_JSON_REMEDY) from error
    if not isinstance(document, dict):
        raise RefusedError(422, "schema", "the body is not an object", where="body", remedy=_JSON_REMEDY)
    if len(document) > _MOST_KEYS:
        what = f"the body has {len(document)} keys"
        raise RefusedError(422, "schema", what, where="body", remedy="Send those of /openapi.json only.")
    for key, value in document.items():
        if isinstance(value, list) and len(value) > limits.max_rows:
            raise RefusedError(
                422,
                "rows",
                f"{len(value)} rows are more than {limits.max_rows}",
                where=key,
                remedy="Send them in several requests.",
            )
    return document


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep Python's collector of cycles out: a document has none.

    A million lists would have it look at every object of the process many times, seconds instead of a tenth of one.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def refusal_of(error: RequestValidationError) -> RefusedError:
    """Return what is wrong with a document that does not fit its schema: the first problem, and where it is."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part != "body"]
    what = str(first["msg"]).removeprefix("Value error, ")
    where, bar, told = what.partition("|")
    if bar:
        return RefusedError(422, "schema", told, where=where, remedy="See /openapi.json for what goes there.")
    if first["type"] == "missing":
        what = "something is missing" if place else "there is no body"
    elif first["type"] == "extra_forbidden":
        what = "there is no such setting"
    return RefusedError(
        422, "schema", what, where=".".join(place)[:80] or "body", remedy="See /openapi.json for what goes there."
    )
