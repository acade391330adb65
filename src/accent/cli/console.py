"""Where output goes: results to standard output, progress and messages to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

    from accent.cli.streams import Messages, Results

__all__ = ["Console", "OutputClosedError"]


class OutputClosedError(Exception):
    """Whoever read standard output has left, as `head` does: nothing more is wanted."""


class Console:
    """The two streams, and whether they are to be silent or to carry JSON.

    With `quiet` only errors are printed, and what the user asked for: the JSON document, answers, --show. With `json`
    standard output holds one JSON document and nothing else.
    """

    def __init__(self, *, quiet: bool = False, json: bool = False) -> None:
        """Open nothing yet: rich is loaded with the first thing to print."""
        self.quiet = quiet
        self.json = json

    @cached_property
    def messages(self) -> Messages:
        """Standard error for progress and messages, by way of rich: NO_COLOR and TERM=dumb are respected."""
        from accent.cli.streams import Messages

        return Messages(stderr=True, quiet=self.quiet, highlight=False, markup=False, emoji=False)

    @cached_property
    def _results(self) -> Results:
        from accent.cli.streams import Results

        return Results(quiet=self.quiet or self.json, highlight=False, markup=False, emoji=False)

    def show(self, *parts: RenderableType) -> None:
        """Print results for people: tables, and lines that are not broken, so that paths can be copied."""
        try:
            for part in parts:
                self._results.print(part, soft_wrap=isinstance(part, str))
        except BrokenPipeError as error:
            raise OutputClosedError from error

    def document(self, content: Mapping[str, Any]) -> None:
        """Print the one JSON document, where JSON was asked for. NaN and infinities become strings."""
        if self.json:
            from accent.records import plain

            self.write([json.dumps(plain(content), ensure_ascii=False, indent=2, allow_nan=False)])

    def write(self, lines: Iterable[str]) -> None:
        """Print lines as they are, quiet or not: they are what was asked for."""
        for line in lines:
            try:
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
            except BrokenPipeError as error:
                raise OutputClosedError from error

    @property
    def is_watched(self) -> bool:
        """Whether somebody reads standard output as it comes: it is a terminal."""
        return sys.stdout.isatty()

    def write_pieces(self, pieces: Iterable[str]) -> None:
        """Print pieces of one text as they come, and end the line."""
        try:
            for piece in pieces:
                sys.stdout.write(piece)
                sys.stdout.flush()
            sys.stdout.write("\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise OutputClosedError from error

    def tell(self, text: str) -> None:
        """Print a message."""
        self.messages.print(text, soft_wrap=not self.messages.is_terminal)
