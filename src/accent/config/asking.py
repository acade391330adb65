"""Which settings of `predict` do not go together: texts or a file, a run's folder or a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from accent.config.contradictions import Contradiction, clash, idle
from accent.config.data import ReadingConfig
from accent.config.decoding import DecodingConfig
from accent.config.runs import PredictConfig

__all__ = ["predict_rules", "reading_rules"]

_LEAVE = "Leave it out."
_FORMATS_OF = {
    "delimiter": {"csv", "tsv"},
    "quoting": {"csv", "tsv"},
    "header": {"csv", "tsv"},
    "columns": {"csv", "tsv", "conll"},
    "encoding": {"csv", "tsv", "json", "jsonl", "text", "conll", "conllu", "squad"},
}
_LOADING = (("base",), ("batch_tokens",), ("precision",), ("seed",))
"""Settings of a model that is loaded here."""


def reading_rules(reading: ReadingConfig, section: str) -> Iterator[Contradiction]:
    """Yield settings that the format of the file has no use for; `section` is where `reading` stands."""
    if reading.columns is not None and reading.header == "first":
        remedy = "Leave it out, or write --header none."
        yield idle((section, "columns"), "header first takes the names from the file", remedy, (section, "header"))
    for name, formats in _FORMATS_OF.items():
        if reading.format is not None and reading.format not in formats:
            yield idle((section, name), f"format {reading.format} has none", _LEAVE, (section, "format"))


def predict_rules(config: PredictConfig) -> Iterator[Contradiction]:
    """Yield what does not go together where texts are answered."""
    if config.input not in (None, "-"):
        yield from reading_rules(config.reading, "reading")
    else:
        for place in (("text_column",), *(("reading", field.name) for field in fields(ReadingConfig))):
            yield idle(place, "no input file is given", "Give --input FILE too.", ("input",))
    yield from _rows(config)
    yield from _local(config) if config.url is None else _remote(config)


def _rows(config: PredictConfig) -> Iterator[Contradiction]:
    if config.input is not None:
        if config.texts:
            yield clash(("input",), "texts and an input file are both given", "Give one of the two.", ("texts",))
    elif not config.texts and (config.url is None or config.target is None):
        yield clash(("input",), "there is nothing to answer", "Give TEXT, --input FILE, or - for standard input.")


def _local(config: PredictConfig) -> Iterator[Contradiction]:
    for name in ("run", "token"):
        yield idle((name,), "it is for a server, and no url is given", "Give --url too, or leave it out.", ("url",))
    if config.target is None:
        yield clash(("target",), "no run is given", "Give RUN, the run's folder, or --url with a server's address.")


def _remote(config: PredictConfig) -> Iterator[Contradiction]:
    for place in (*_LOADING, *(("decoding", field.name) for field in fields(DecodingConfig))):
        yield idle(place, "the server answers as it was started", _LEAVE, ("url",))
    if config.offline:
        yield clash(("offline",), "a server is asked, and offline forbids connections", _LEAVE, ("url",))
