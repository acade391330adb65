"""`accent predict RUN [TEXT...]`: answers texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import PredictConfig

if TYPE_CHECKING:
    from accent.records import Answers

__all__ = ["VERB"]


def _run(config: PredictConfig, console: Console) -> int:
    """Print one JSON object a line in the order of the texts, or one document with --json, or fill --output.

    On a terminal, what goes on from a single prompt appears as it is written, as plain text.
    """
    config, predict = _asked(config)
    if config.texts == ("-",) and config.input is None:
        config = replace(config, texts=(), input="-")
    with Progress(console) as progress:
        answers = predict(config, listen=progress)
    if config.output is not None:
        console.document({"output": config.output, "statistics": _statistics(answers)})
        console.show(f"answers  {config.output}")
    elif console.json:
        found = list(answers)
        console.document({"answers": found, "statistics": _statistics(answers)})
    elif console.is_watched and len(config.texts) == 1 and answers.predictor.streams:
        console.write_pieces(answers.predictor.stream(config.texts[0]))
        return 0
    else:
        console.write(_lines(answers))
    speed = _statistics(answers)
    cut = f", {speed['truncated_rows']:,} of them cut to what the model reads" if speed.get("truncated_rows") else ""
    console.tell(f"{speed['rows']:,} rows in {speed['seconds']:.2f} s, {speed['rows_per_second']:,.0f} rows/s{cut}")
    return 0


def _asked(config: PredictConfig) -> tuple[PredictConfig, Callable[..., Answers[Any]]]:
    """Return what is asked, and who answers: a model here, or a server, for which no model is loaded."""
    if config.url is None:
        from accent.recipes import predict as here

        return config, here
    from accent.client import predict, settled

    return settled(config), predict


def _lines(answers: Iterable[dict[str, Any]]) -> Iterator[str]:
    return (json.dumps(answer, ensure_ascii=False) for answer in answers)


def _statistics(answers: Answers[Any]) -> dict[str, Any]:
    found: dict[str, Any] = answers.predictor.statistics.to_json()
    return found


VERB = Verb(
    name="predict",
    help=(
        "Answer texts: one JSON object a line, in the order of the texts; a row that cannot be answered says why.\n\n"
    ),
    examples=(
        "accent predict runs/reviews 'a fine film'",
        "accent predict runs/reviews --input new.csv --output answers.jsonl",
        "cat lines.txt | accent predict runs/reviews -",
        "accent predict --url http://127.0.0.1:8000 'a fine film'",
    ),
    config=PredictConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="RUN"), Argument(name="texts", metavar="TEXT", many=True)),
    metavars={"output": "FILE"},
)
