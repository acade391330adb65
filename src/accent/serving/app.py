"""The ASGI application: routes, the gate before them, and one shape for every error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

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


def build(host: Host, config: ServeConfig) -> FastAPI:
    """Return the application that answers from `host`."""
    routes = [
        one for router in (answering.router, managing.router) for one in router.routes if isinstance(one, APIRoute)
    ]
    service = Service(host, config, routes=[*(route.path for route in routes), "/openapi.json"])
    app = FastAPI(
        title="Accent",
        version=__version__,
        description="Runs that answer over HTTP. Errors have one shape: what is wrong, where, and what to do.",
        docs_url=None,  # FastAPI's pages load their scripts from another site
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.service = service
    app.include_router(answering.router)
    app.include_router(managing.router)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_schema)
    bodies = frozenset(route.path for route in routes if "POST" in (route.methods or ()))
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


async def _on_http(_request: Request, error: Exception) -> Response:
    """Hand refusals on to the gate, which answers them, and put the framework's own into their shape."""
    if isinstance(error, RefusedError):
        raise error
    status = error.status_code if isinstance(error, HTTPException) else 500
    what, remedy = _FRAMEWORKS.get(status, ("the request cannot be answered", "See /openapi.json."))
    refused = RefusedError(status, "route", what, where="path", remedy=remedy)
    refused.headers = dict(getattr(error, "headers", None) or {})
    raise refused


async def _on_schema(_request: Request, error: Exception) -> Response:
    """Say what does not fit."""
    if not isinstance(error, RequestValidationError):
        raise error
    raise refusal_of(error)


_FRAMEWORKS = {
    404: ("there is nothing here", "See /openapi.json for what there is."),
    405: ("this is not done here", "See /openapi.json for the method."),
}
