"""Predict by asking a server: what `accent predict --url` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accent.client.address import Address
from accent.client.remote import Remote, Row
from accent.config import DataConfig, PredictConfig
from accent.config.paths import typed_path
from accent.errors import ConfigError
from accent.records import Answers, standard_input

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasets import Dataset

__all__ = ["predict", "settled"]

_FILE = "accent predict --url URL --input FILE."


def predict(
    config: PredictConfig,
    *,
    pairs: Sequence[Row] = (),
    listen: Callable[[str, Mapping[str, Any]], None] | None = None,
) -> Answers[Remote]:
    """Return the server's answers to the texts of `config`; with `--output` they are written to that file first.

    `pairs` are rows of two texts, which come from Python only. Raises ConfigError for an address that is none, for a
    missing token and where the server has several runs and none is named; RunError where it cannot be reached.
    """
    config = settled(config)
    if listen is not None:
        listen("stage", {"what": "asking the server"})
    remote = Remote(Address.parse(str(config.url), config.token), config.run)
    answers = Answers(remote, _rows(config, remote, pairs))
    if config.output is not None:
        answers.write(Path(config.output))
    return answers


def settled(config: PredictConfig) -> PredictConfig:
    """Return the same with RUN and TEXT told apart: `run` is the run, `texts` are texts, `target` is nothing.

    Before texts or an input file RUN names the run, by its name or by the folder that it is named after. Alone, or with
    `--run`, it is the first text.
    """
    if config.target is None:
        return config
    if config.run is None and (config.texts or config.input is not None):
        return replace(config, target=None, run=Path(config.target).name or config.target)
    if config.run is None and typed_path(config.target).is_dir():
        remedy = "Give TEXT behind it, or --input FILE."
        raise ConfigError("there is nothing to answer", where=config.target, remedy=remedy)
    if config.input is not None:
        raise ConfigError("texts and an input file are both given", where="--input", remedy="Give one of the two.")
    return replace(config, target=None, texts=(config.target, *config.texts))


def _rows(config: PredictConfig, remote: Remote, pairs: Sequence[Row]) -> Dataset | Iterable[Row]:
    if pairs:
        remote.check_pairs(True, remedy="Give single texts.")
        return pairs
    if config.input is None or config.input == "-":
        remote.check_pairs(False, remedy=f"Give a file with two columns of texts: {_FILE}")
        return config.texts if config.input is None else standard_input()
    from accent.data import load_rows

    asked = DataConfig(source=config.input, text_column=config.text_column, **vars(config.reading))
    rows = load_rows(asked, task=remote.task, require_labels=False)
    times = "once" if "text_pair" in rows.column_names else "twice"
    remote.check_pairs("text_pair" in rows.column_names, remedy=f"Name the columns of texts: --text-column {times}.")
    return rows
