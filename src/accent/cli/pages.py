"""Help pages: plain text, in groups, made to fit the terminal. Nothing heavy is needed to show them."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping

__all__ = ["Entry", "main_page", "verb_page"]

Entry = tuple[str, str]
"""How a flag or argument is written, and what it does."""

_COLUMN = 26
_NARROW, _WIDE = 60, 100


def main_page(verbs: Mapping[str, str]) -> str:
    """Return what `accent --help` shows: what it is, its verbs, and where to begin."""
    parts = [
        "Usage: accent COMMAND [OPTIONS]",
        "Accent takes text to a deployed transformer.",
        _section("Commands", verbs.items()),
        _section("Options", [("--help", "Show this page."), ("--version", "Show the version.")]),
        "Begin with `accent demo`, or `accent check DATA` and `accent finetune DATA`.\n"
        "`accent COMMAND --help` shows what a command takes.",
    ]
    return "\n\n".join(parts) + "\n"


def verb_page(usage: str, text: str, examples: Iterable[str], groups: Mapping[str, Iterable[Entry]]) -> str:
    """Return a verb's page: usage, what it does, examples, its flags in groups."""
    shown = "\n".join([_bold("Examples"), *(f"  {example}" for example in examples)])
    sections = [_section(title, entries) for title, entries in groups.items()]
    return "\n\n".join([f"Usage: {usage}", textwrap.fill(text, _width()), shown, *sections]) + "\n"


def _section(title: str, entries: Iterable[Entry]) -> str:
    return "\n".join([_bold(title), *(_entry(*entry) for entry in entries)])


def _entry(left: str, text: str) -> str:
    """Write a flag at the left and its help at the right, below it where the flag is too long."""
    lines = textwrap.wrap(text, _width() - _COLUMN, break_on_hyphens=False) or [""]
    left = f"  {left}"
    if len(left) < _COLUMN - 1:
        first = f"{left:<{_COLUMN}}{lines.pop(0)}"
        return "\n".join([first.rstrip(), *(" " * _COLUMN + line for line in lines)])
    heads = textwrap.wrap(left.replace("|", "| "), _width() - 2, subsequent_indent="      ")
    heads = [head.replace("| ", "|") for head in heads]
    return "\n".join([f"  {heads[0].strip()}", *heads[1:], *(" " * _COLUMN + line for line in lines)])


def _width() -> int:
    return min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)


def _bold(text: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[1m{text}\x1b[0m"
