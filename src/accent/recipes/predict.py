"""Predict: answers to texts from arguments, files or standard input, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accent.config import DataConfig, PredictConfig
from accent.data import load_rows
from accent.errors import ConfigError, DataError, RunError
from accent.inference import Predictor, fetch_base, usual_columns
from accent.recipes.listening import Listen, ignore
from accent.records import one_line, write_lines

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Answers", "predict"]

Row = tuple[str, str | None]


class Answers:
    """Answers, one a row and in the rows' order.

    They are made while they are gone over, which can be done once; then `predictor.statistics` is whole. Those that
    were written to a file are read from it, as often as is wanted.
    """

    def __init__(self, predictor: Predictor, rows: Dataset | Iterator[Row]) -> None:
        """Take the rows without reading any."""
        self.predictor = predictor
        self.file: Path | None = None
        self._rows: Dataset | Iterator[Row] | None = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self.file is not None:
            return _read(self.file)
        if self._rows is None:
            raise RunError(
                "these answers have been gone over already, and they are made once",
                remedy="Keep them in a list, or in a file with output.",
            )
        rows, self._rows = self._rows, None
        return self.predictor.answers(rows)

    def write(self, file: Path) -> None:
        """Make all answers, and keep them in `file`: a whole file, one JSON object a line."""
        write_lines(file, (one_line(answer) for answer in self))
        self.file = file


def predict(config: PredictConfig, *, pairs: Sequence[Row] = (), listen: Listen = ignore) -> Answers:
    """Return the answers to the texts of `config`; with `--output` they are written to that file first.

    `pairs` are rows of two texts, which come from Python only, in place of texts.

    Rows are read, answered and passed on in windows: memory does not grow with their number.
    """
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
    answers = Answers(predictor, _pairs(pairs, predictor) if pairs else _rows(config, predictor))
    if config.output is not None:
        target = Path(config.output)
        if target.is_dir():
            raise RunError("the output is a folder", where=config.output, remedy="Give a file's name with --output.")
        answers.write(target)
    return answers


def _pairs(rows: Sequence[Row], predictor: Predictor) -> Iterator[Row]:
    predictor.check_pairs(True, remedy="Give single texts.")
    return iter(rows)


def _read(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _rows(config: PredictConfig, predictor: Predictor) -> Dataset | Iterator[Row]:
    if config.input is None or config.input == "-":
        predictor.check_pairs(False, remedy="Give a file with two columns of texts: accent predict RUN --input FILE.")
        return ((text, None) for text in (config.texts if config.input is None else _standard_input()))
    asked = DataConfig(source=config.input, text_column=config.text_column, **vars(config.reading))
    data = usual_columns(config.target, asked, labelled=False, offline=config.offline)
    rows = load_rows(data, task=predictor.task.kind, require_labels=False, offline=config.offline)
    predictor.check_pairs("text_pair" in rows.column_names)
    return rows


def _standard_input() -> Iterator[str]:
    """Yield the lines of standard input, which are UTF-8 whatever the terminal's encoding."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise DataError(
                "the bytes are not UTF-8",
                where=f"standard input:{number}",
                remedy="Give UTF-8, or save the texts and say what they are in: --input FILE --encoding latin-1.",
            ) from error
