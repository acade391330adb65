"""The ASGI application: routes, the gate before them, and one shape for every error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

from accent import __version__
from accent.config import ServeConfig
from accent.serving import answering, managing
from accent.serving.access import Access
from accent.serving.admission import Admission
from accent.serving.documents import refusal_of
from accent.serving.refusals import RefusedError
from accent.serving.service import Service

if TYPE_CHECKING:
    from accent.inference import Host

__all__ = ["build"]

_ROUTES = [one for router in (answering.router, managing.router) for one in router.routes if isinstance(one, APIRoute)]


def build(host: Host, config: ServeConfig) -> FastAPI:
    """Return the application that answers from `host`."""
    service = Service(host, config, routes=[*(route.path for route in _ROUTES), "/openapi.json"])
    app = FastAPI(
        title="Accent",
        version=__version__,
        description="Runs that answer over HTTP. Errors have one shape: what is wrong, where, and what to do.",
        docs_url=None,  # FastAPI's pages load their scripts from another site
        redoc_url=None,
        redirect_slashes=False,  # behind a proxy that ends TLS it would send clients, and their tokens, to http
        lifespan=_lifespan,
    )
    app.state.service = service
    app.include_router(answering.router)
    app.include_router(managing.router)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_schema)
    bodies = frozenset(route.path for route in _ROUTES if "POST" in (route.methods or ()))
    app.add_middleware(Admission, service=service, access=Access(config), bodies=bodies)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Compute while the server runs, and what still waits when it ends."""
    service: Service = app.state.service
    service.batcher.start()
    yield
    service.closing = True
    await service.batcher.stop(service.limits.shutdown_seconds)


async def _on_http(request: Request, error: Exception) -> Response:
    """Hand refusals on to the gate, which answers them, and put the framework's own into their shape."""
    if isinstance(error, RefusedError):
        raise error
    status = error.status_code if isinstance(error, HTTPException) else 500
    what, remedy = _FRAMEWORKS.get(status, ("the request cannot be answered", "See /openapi.json."))
    refused = RefusedError(status, "route", what, where="path", remedy=remedy)
    headers: dict[str, str] = dict(getattr(error, "headers", None) or {})
    if "Allow" in headers:
        headers["Allow"] = _methods_at(request) or headers["Allow"]
    refused.headers = headers
    raise refused


def _methods_at(request: Request) -> str:
    """Return every method of a path: several routes may share it, and the framework names those of the first."""
    here = [route for route in _ROUTES if route.matches(request.scope)[0] is not Match.NONE]
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


async def _on_schema(_request: Request, error: Exception) -> Response:
    """Say what does not fit."""
    if not isinstance(error, RequestValidationError):
        raise error
    raise refusal_of(error)


_FRAMEWORKS = {
    404: ("there is nothing here", "See /openapi.json for what there is."),
    405: ("this is not done here", "See /openapi.json for the method."),
}
