"""Answers, one a row: made while they are gone over, or read from the file that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from accent.errors import RunError
from accent.records.files import write_lines
from accent.records.json_text import one_line

__all__ = ["Answering", "Answers"]


class Answering(Protocol):
    """Whoever answers: a model here, or a server."""

    def answers(self, rows: Any) -> Iterator[dict[str, Any]]:
        """Yield one answer a row, in order."""
        ...

    @property
    def statistics(self) -> Any:
        """How much has been answered, and how fast."""
        ...

    @property
    def streams(self) -> bool:
        """Whether an answer can be shown while it is written."""
        ...

    def stream(self, prompt: str) -> Iterator[str]:
        """Yield one answer's text piece by piece."""
        ...


P_co = TypeVar("P_co", bound=Answering, covariant=True)


class Answers(Generic[P_co]):
    """Answers, one a row and in the rows' order.

    They are made while they are gone over, which can be done once; then `predictor.statistics` is whole. Those that
    were written to a file are read from it, as often as is wanted.
    """

    def __init__(self, predictor: P_co, rows: Any) -> None:
        """Take the rows (a data set, texts, pairs) without reading any."""
        self.predictor = predictor
        self.file: Path | None = None
        self._rows: Any = rows

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
        """Make all answers, and keep them in `file`: a whole file, one JSON object a line.

        Raises RunError where a folder is in the way.
        """
        if file.is_dir():
            raise RunError("the output is a folder", where=str(file), remedy="Give a file's name with --output.")
        write_lines(file, (one_line(answer) for answer in self))
        self.file = file


def _read(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
