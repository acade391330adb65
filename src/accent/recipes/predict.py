"""Predict: answers to texts from arguments, files or standard input, in order."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accent.config import DataConfig, PredictConfig
from accent.data import load_rows
from accent.errors import ConfigError, RunError
from accent.inference import Predictor
from accent.recipes.listening import Listen, ignore
from accent.records import one_line, write_lines

__all__ = ["Answers", "predict"]

Row = tuple[str, str | None]


@dataclass
class Answers:
    """Answers as they are made, one a row and in the rows' order; `predictor.statistics` is whole at the end."""

    predictor: Predictor
    rows: Iterator[Row]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.predictor.answers(self.rows)


def predict(config: PredictConfig, *, listen: Listen = ignore) -> Answers:
    """Return the answers to the texts of `config`; with `--output` they are written to that file first.

    Rows are read, answered and passed on in windows: memory does not grow with their number.
    """
    if (config.input is None) == (not config.texts):
        raise ConfigError(
            "give either texts or --input" if config.texts else "there is nothing to answer",
            remedy="accent predict RUN 'a text', accent predict RUN --input FILE, or --input - for standard input.",
        )
    listen("stage", {"what": "loading the model"})
    predictor = Predictor.load(config.target, precision=config.precision, batch_tokens=config.batch_tokens)
    answers = Answers(predictor, _rows(config))
    if config.output is not None:
        target = Path(config.output)
        if target.is_dir():
            raise RunError("the output is a folder", where=config.output, remedy="Give a file's name with --output.")
        write_lines(target, (one_line(answer) for answer in answers))
    return answers


def _rows(config: PredictConfig) -> Iterator[Row]:
    if config.input is None:
        return ((text, None) for text in config.texts)
    if config.input == "-":
        return ((line.rstrip("\r\n"), None) for line in sys.stdin)
    rows = load_rows(
        DataConfig(source=config.input, text_column=config.text_column), require_labels=False, offline=config.offline
    )
    paired = "text_pair" in rows.column_names
    return ((row["text"], row["text_pair"] if paired else None) for row in rows)
