"""The command line: parse, call a recipe, print, exit. The only code that prints."""

from __future__ import annotations

__all__: list[str] = []
