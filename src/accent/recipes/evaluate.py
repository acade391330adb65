"""Evaluate: score a run on rows that it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accent.config import EvaluateConfig
from accent.data import load_rows
from accent.errors import DataError, RunError
from accent.inference import Predictor, fetch_base, usual_columns
from accent.recipes.listening import Listen, ignore
from accent.recipes.scoring import Scoring, score_page, split_scores
from accent.records import write_json, write_lines
from accent.tasks import check_labels

__all__ = ["evaluate"]


def evaluate(config: EvaluateConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Return the scores of a run's model on `config.data`, and write them where `--output` says.

    The run's own columns are read where the data has them and others are not named. The result has the shape of
    scores.json, with the rows under "test", and "statistics" of the speed.
    """
    output = _output(config.run.output)
    listen("stage", {"what": "loading the model"})
    fetch_base(config.target, base=config.base, offline=config.run.offline)
    predictor = Predictor.load(
        config.target, precision=config.precision, batch_tokens=config.batch_tokens, base=config.base
    )
    listen("stage", {"what": "reading the data"})
    data = usual_columns(config.target, config.data, labelled=True, offline=config.run.offline)
    rows = load_rows(data, task=predictor.task.kind, require_labels=True, offline=config.run.offline)
    if len(rows) == 0:
        raise DataError("there are no rows to score", where=config.data.source, remedy="Give a file with rows.")
    listen("data", {"rows": {"test": len(rows)}, "notes": check_labels(predictor.task, rows)})
    listen("stage", {"what": f"answering {len(rows):,} rows"})
    scoring = Scoring.of(predictor, rows)
    if output is None:
        scoring.finish()
    else:
        write_lines(output / "predictions.jsonl", scoring.lines())
    scores = {"test": split_scores(scoring.scorer, seed=config.run.seed), **score_page(scoring.scorer)}
    if output is not None:
        write_json(output / "scores.json", scores)
    return scores | {"statistics": predictor.statistics.to_json()}


def _output(asked: str | None) -> Path | None:
    """Return the folder for the scores, which must not hold others already."""
    if asked is None:
        return None
    folder = Path(asked)
    if (folder / "scores.json").exists() or (folder / "record.json").exists():
        raise RunError("the folder holds other scores", where=asked, remedy="Give a new folder with --output.")
    return folder
