"""Predict: answers to texts from arguments, files or standard input, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from accent.config import DataConfig, PredictConfig
from accent.data import load_rows
from accent.errors import ConfigError
from accent.inference import Predictor, fetch_base, usual_columns
from accent.recipes.listening import Listen, ignore
from accent.records import Answers, standard_input

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["predict"]

Row = tuple[str, str | None]


def predict(config: PredictConfig, *, pairs: Sequence[Row] = (), listen: Listen = ignore) -> Answers[Predictor]:
    """Return the answers to the texts of `config`; with `--output` they are written to that file first.

    `pairs` are rows of two texts, which come from Python only, in place of texts.

    Rows are read, answered and passed on in windows: memory does not grow with their number.
    """
    if config.target is None:
        raise ConfigError("no run is given", where="RUN", remedy="Give the run's folder.")
    if not pairs and (config.input is None) == (not config.texts):
        raise ConfigError(
            "give either texts or --input" if config.texts else "there is nothing to answer",
            remedy="accent predict RUN 'a text', accent predict RUN --input FILE, or --input - for standard input.",
        )
    listen("stage", {"what": "loading the model"})
    fetch_base(config.target, base=config.base, offline=config.offline)
    predictor = Predictor.load(
        config.target,
        precision=config.precision,
        batch_tokens=config.batch_tokens,
        decoding=config.decoding,
        seed=config.seed,
        base=config.base,
    )
    rows = _pairs(pairs, predictor) if pairs else _rows(config, config.target, predictor)
    answers = Answers(predictor, rows)
    if config.output is not None:
        answers.write(Path(config.output))
    return answers


def _pairs(rows: Sequence[Row], predictor: Predictor) -> Iterator[Row]:
    predictor.check_pairs(True, remedy="Give single texts.")
    return iter(rows)


def _rows(config: PredictConfig, target: str, predictor: Predictor) -> Dataset | Iterator[Row]:
    if config.input is None or config.input == "-":
        predictor.check_pairs(False, remedy="Give a file with two columns of texts: accent predict RUN --input FILE.")
        return ((text, None) for text in (config.texts if config.input is None else standard_input()))
    asked = DataConfig(source=config.input, text_column=config.text_column, **vars(config.reading))
    data = usual_columns(target, asked, labelled=False, offline=config.offline)
    rows = load_rows(data, task=predictor.task.kind, require_labels=False, offline=config.offline)
    predictor.check_pairs("text_pair" in rows.column_names)
    return rows
