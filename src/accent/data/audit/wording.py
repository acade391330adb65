"""Counts, shares and lists in plain English, right in the singular too."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["counted", "listed", "percent", "quoted", "verb"]

_LEAST = 0.1  # percent
_LONG = 40


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 row`, `2 rows` or `1,234 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def verb(number: int, singular: str, plural: str) -> str:
    """Return the form of a verb that goes with `number` things."""
    return singular if number == 1 else plural


def percent(part: int, whole: int) -> str:
    """Return a share such as `12.3 %`; one that is not zero, or not all, is never rounded to look so."""
    if part == 0 or whole == 0:
        return "0 %"
    if part == whole:
        return "100 %"
    share = 100 * part / whole
    if share < _LEAST:
        return f"under {_LEAST} %"
    return f"{min(share, 100 - _LEAST):.1f} %"


def quoted(text: str) -> str:
    """Return a name in quotes on one line, with invisible characters escaped and long ones cut at 40 characters."""
    visible = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
    return f'"{visible if len(visible) <= _LONG else visible[: _LONG - 1] + "…"}"'


def listed(things: Sequence[str], *, shown: int = 5) -> str:
    """Return `a`, `a and b`, `a, b and c`, or the first `shown` and how many more there are."""
    if len(things) > shown:
        return f"{', '.join(things[:shown])} and {len(things) - shown:,} more"
    return " and ".join(filter(None, [", ".join(things[:-1]), *things[-1:]]))
