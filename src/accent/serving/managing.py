"""The routes about the server itself: its runs, its health, its counts and its page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from accent.serving import schemas
from accent.serving.documents import JsonRoute
from accent.serving.loading import load_run, remove_run
from accent.serving.metrics import MEDIA_TYPE
from accent.serving.pages import read_page
from accent.serving.refusals import RefusedError
from accent.serving.service import Service

if TYPE_CHECKING:
    from accent.inference import Hosted

__all__ = ["health", "load", "metrics", "page", "ready", "remove", "router", "runs"]


def _failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": schemas.Failure} for status in statuses}


router = APIRouter(route_class=JsonRoute, tags=["server"])


@router.get("/runs", response_model=schemas.Runs, responses=_failures(401))
async def runs(request: Request) -> schemas.Runs:
    """List the runs that are served."""
    return schemas.Runs(runs=[_shown(hosted) for hosted in _service(request).host.runs()])


@router.post(
    "/runs",
    response_model=schemas.Run,
    status_code=201,
    responses=_failures(400, 401, 403, 408, 409, 413, 415, 422, 429, 500, 503),
)
async def load(request: Request, asked: schemas.LoadRequest) -> schemas.Run:
    """Serve one more run, from the folder that runs may be loaded from."""
    return _shown(await load_run(_service(request), asked.name, asked.path))


@router.delete("/runs/{name}", status_code=204, response_class=Response, responses=_failures(401, 404, 422))
async def remove(request: Request, name: str) -> Response:
    """Serve a run no longer; what it was asked already is answered."""
    remove_run(_service(request), name)
    return Response(status_code=204)


@router.get("/health", response_model=schemas.Health)
async def health() -> schemas.Health:
    """Say that the server is alive."""
    return schemas.Health(status="alive")


@router.get("/ready", response_model=schemas.Health, responses=_failures(503))
async def ready(request: Request) -> schemas.Health:
    """Say whether rows are answered: runs are loaded, and the server is not shutting down."""
    if not _service(request).ready:
        raise RefusedError(503, "ready", "the server does not answer rows now", remedy="Ask again later.", retry=1)
    return schemas.Health(status="ready")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **_failures(401)})
async def metrics(request: Request) -> Response:
    """Give the server's counts to Prometheus."""
    return Response(_service(request).metrics.page(), media_type=MEDIA_TYPE)


@router.get("/", response_class=Response, include_in_schema=False)
async def page() -> Response:
    """Give the page on which runs are tried by hand."""
    text, headers = read_page()
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _shown(hosted: Hosted) -> schemas.Run:
    return schemas.Run(
        name=hosted.name,
        task=hosted.task,
        labels=list(hosted.labels),
        pair=hosted.pair,
        strategy=hosted.strategy,
        base=_without_place(hosted.base),
        shared=hosted.shared,
        loaded=hosted.loaded,
        memory=hosted.memory,
        streams=hosted.streams,
    )


def _without_place(base: str) -> str:
    """Return a base's name; of a folder its last part only, because clients need not know where it is."""
    folder = base.startswith((".", "~", os.sep)) or base.count("/") > 1 or "\\" in base
    return base.replace("\\", "/").rstrip("/").rpartition("/")[2] if folder else base
