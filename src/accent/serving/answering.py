"""The routes that answer: one for every task, one for text as it is written, and one for each shape of a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import to_json

from accent.serving import schemas
from accent.serving.documents import JsonRoute
from accent.serving.refusals import RefusedError
from accent.serving.service import Service
from accent.serving.streaming import as_events

__all__ = ["answer", "classify", "generate", "predict", "regress", "router", "stream", "summarize", "tag"]

_FAILURES: dict[int | str, dict[str, Any]] = {
    status: {"model": schemas.Failure, "description": description}
    for status, description in {
        400: "The body is not JSON, or not UTF-8",
        401: "The token is missing or wrong",
        404: "No run has that name",
        408: "The body came too slowly",
        409: "The run's task is another",
        413: "The body is too large",
        415: "The body is not sent as JSON",
        422: "The body does not fit the schema, or holds too much",
        429: "Too many requests, or too many rows wait",
        500: "The server failed",
        503: "The server is shutting down",
        504: "The time for a request is over",
    }.items()
}
_STREAMED = frozenset({"generation"})
"""Tasks with runs that can be shown while they write."""
router = APIRouter(route_class=JsonRoute, responses=_FAILURES, tags=["answers"])


@router.post("/predict", response_model=schemas.PredictAnswers)
async def predict(request: Request, asked: schemas.PairedRequest) -> Response:
    """Answer rows with a run of any task."""
    return await _answer(request, asked.run, asked.text, None)


@router.post("/classify", response_model=schemas.AnswersOf[schemas.Classified | schemas.Labelled])
async def classify(request: Request, asked: schemas.PairedRequest) -> Response:
    """Answer with the class of each row, or with its labels where a row may have several."""
    return await _answer(request, asked.run, asked.text, frozenset({"classification", "multilabel"}))


@router.post("/regress", response_model=schemas.AnswersOf[schemas.Measured | schemas.MeasuredByName])
async def regress(request: Request, asked: schemas.PairedRequest) -> Response:
    """Answer with a number for each row, or with several by their names."""
    return await _answer(request, asked.run, asked.text, frozenset({"regression"}))


@router.post("/tag", response_model=schemas.AnswersOf[schemas.Tagged])
async def tag(request: Request, asked: schemas.TextRequest) -> Response:
    """Answer with the tagged passages of each text."""
    return await _answer(request, asked.run, asked.text, frozenset({"tagging"}))


@router.post("/answer", response_model=schemas.AnswersOf[schemas.Located])
async def answer(request: Request, asked: schemas.QuestionRequest) -> Response:
    """Answer a question with a passage of the context; for many at once, send pairs to /predict."""
    return await _answer(request, asked.run, [(asked.question, asked.context)], frozenset({"qa"}))


@router.post("/generate", response_model=schemas.AnswersOf[schemas.Completed])
async def generate(request: Request, asked: schemas.TextRequest) -> Response:
    """Go on from each text."""
    return await _answer(request, asked.run, asked.text, frozenset({"generation"}))


@router.post("/summarize", response_model=schemas.AnswersOf[schemas.Summarized])
async def summarize(request: Request, asked: schemas.TextRequest) -> Response:
    """Summarize each text."""
    return await _answer(request, asked.run, asked.text, frozenset({"summarization"}))


@router.post(
    "/predict/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": 'data: {"text": piece}, then event: end'}},
)
async def stream(request: Request, asked: schemas.StreamRequest) -> Response:
    """Go on from a text, and send each piece as it is written."""
    service: Service = request.app.state.service
    hosted = service.find(asked.run, _STREAMED if asked.run is None else None)
    if not hosted.streams:
        what = f"the run {hosted.name} answers {hosted.task} at once"
        raise RefusedError(409, "task", what, where="run", remedy="Use /predict.")
    row = (asked.text, None)
    _check_lengths([row], service.limits.max_characters)
    found = hosted.complaint(row)
    if found is not None:
        raise RefusedError(422, "row", found, where="text", remedy="Send a text that can be gone on from.")
    pieces = service.batcher.stream(hosted, asked.text, request.state.ticket, service.limits.request_seconds)
    return await as_events(pieces)


async def _answer(
    request: Request, name: str | None, rows: Sequence[tuple[str, str | None]], tasks: frozenset[str] | None
) -> Response:
    """Answer rows with the run of this name."""
    service: Service = request.app.state.service
    hosted = service.find(name, tasks)
    _check_lengths(rows, service.limits.max_characters)
    answers = await service.batcher.answers(
        [(hosted, row) for row in rows], request.state.ticket, service.limits.request_seconds
    )
    content = to_json({"run": hosted.name, "answers": answers}, inf_nan_mode="null")
    return Response(content, media_type="application/json")


def _check_lengths(rows: Sequence[tuple[str, str | None]], most: int) -> None:
    """Raise RefusedError (422) for the first row of more characters than a row may have."""
    for number, (first, second) in enumerate(rows):
        length = len(first) + len(second or "")
        if length > most:
            what, remedy = f"the row has {length} characters, and {most} may be", "Send it in parts."
            raise RefusedError(422, "characters", what, where=f"text[{number}]", remedy=remedy)
