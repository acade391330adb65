"""Shows how far a long reading is: one line that is drawn anew on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console

if TYPE_CHECKING:
    from rich.live import Live

__all__ = ["Reading"]

_REDRAW = 0.1
"""Seconds between redraws on a terminal."""
_EVERY = 30.0
"""Seconds between lines elsewhere: what is read sooner needs none."""
_MILLION, _THOUSAND = 10**6, 10**4


class Reading:
    """Hears `progress` events {what, done, total, tokens, tokens_per_second}, the latter three where they are known."""

    def __init__(self, console: Console) -> None:
        """Show on `console`'s messages; nothing is drawn before the first event."""
        self._console = console
        self._live: Live | None = None
        self._what: str | None = None
        self._shown = 0.0

    def show(self, fields: Mapping[str, Any]) -> None:
        """Show how far it is, if it is time to."""
        now = time.monotonic()
        if self._what != fields["what"]:
            self._what, self._shown = fields["what"], -math.inf if self._is_drawn else now
        if now - self._shown < (_REDRAW if self._is_drawn else _EVERY):
            return
        self._shown = now
        if self._is_drawn:
            self._draw(_line(fields))
        else:
            self._console.tell(_line(fields))

    def end(self) -> None:
        """Take the line away."""
        self._what = None
        if self._live is not None:
            self._live.stop()
            self._live = None

    @property
    def _is_drawn(self) -> bool:
        return self._console.messages.is_terminal and not self._console.messages.is_dumb_terminal

    def _draw(self, line: str) -> None:
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            self._live = Live(console=self._console.messages, auto_refresh=False, transient=True, redirect_stdout=False)
            self._live.start()
        self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)


def _line(fields: Mapping[str, Any]) -> str:
    """Return what fits in 80 columns: 12.3M of 45.6M characters tokenized, 3.1M tokens, 210,000 a second."""
    total = f" of {_short(fields['total'])}" if fields.get("total") else ""
    line = f"  {_short(fields['done'])}{total} {fields['what']}"
    if fields.get("tokens"):
        line += f", {_short(fields['tokens'])} tokens"
    if fields.get("tokens_per_second"):
        line += f", {fields['tokens_per_second']:,.0f} a second"
    return line


def _short(value: int) -> str:
    if value >= _MILLION:
        return f"{value / 1e6:,.1f}M"
    return f"{value / 1e3:,.0f}k" if value >= _THOUSAND else f"{value:,}"
