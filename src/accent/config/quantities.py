"""Quantities that users write with their unit: times (90s, 10m, 1.5h) and amounts of memory (500MB, 8GB)."""

from __future__ import annotations

import math
import re

__all__ = ["bytes_of", "is_amount", "is_duration", "seconds_of"]

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?) ?([a-z]+)", re.IGNORECASE | re.ASCII)


def is_duration(text: str) -> bool:
    """Tell whether `text` is a time above zero, such as 90s, 10m or 1.5h."""
    return 0 < _parsed(text.lower(), _SECONDS) < math.inf


def seconds_of(text: str) -> float:
    """Return the seconds of a time: 90 of 1.5m."""
    return _parsed(text.lower(), _SECONDS)


def is_amount(text: str) -> bool:
    """Tell whether `text` is an amount above zero, such as 500MB or 8GB."""
    return 0 < _parsed(text.upper(), _BYTES) < math.inf


def bytes_of(text: str) -> int:
    """Return the bytes of an amount: 8GB are 8 * 10**9, 8GiB are 8 * 2**30."""
    return round(_parsed(text.upper(), _BYTES))


def _parsed(text: str, units: dict[str, float] | dict[str, int]) -> float:
    """Return the number times its unit, 0 for what is no such quantity."""
    found = _WRITTEN.fullmatch(text.strip())
    return float(found[1]) * units.get(found[2], 0) if found else 0.0
