"""How each score is written: a share with three digits, and an amount in its own units as finely as its size asks."""

from __future__ import annotations

import math
from typing import Any

from accent.config import LOWER_IS_BETTER
from accent.report.reading import Score
from accent.report.wording import MINUS, MISSING, interval, number, to_float

__all__ = ["amount", "brief", "is_bounded", "is_lower_better", "with_interval", "written", "written_interval"]

UNBOUNDED = frozenset({"log_loss", "loss", "perplexity", "bits_per_byte", "mae", "rmse", "words"})
"""Scores that have no upper end, so that no bar can show them."""
ALSO_LOWER = frozenset({"log_loss", "ece"})
LARGEST_PLAIN = 1e7
DIGITS = 3
"""Places after the point of numbers below 10; the larger have fewer."""


def is_bounded(metric: str) -> bool:
    """Tell whether a score runs up to 1."""
    return metric.partition("/")[0] not in UNBOUNDED


def is_lower_better(metric: str) -> bool:
    """Tell whether less of a score is better."""
    return metric.partition("/")[0] in LOWER_IS_BETTER | ALSO_LOWER


def written(metric: str, value: Any) -> str:
    """Return a score's value as the page writes it."""
    return number(value) if is_bounded(metric) else amount(value)


def written_interval(metric: str, low: float, high: float) -> str:
    """Return a score's interval as the page writes it, both ends with the digits of the larger."""
    if is_bounded(metric) or not (math.isfinite(low) and math.isfinite(high)):
        return interval(low, high)
    if max(abs(low), abs(high)) >= LARGEST_PLAIN:
        return f"{amount(low)} to {amount(high)}"
    return interval(low, high, _digits(max(abs(low), abs(high))))


def with_interval(metric: str, score: Score) -> str:
    """Return "0.912 (95 % interval 0.899-0.925, n = 1,821)"."""
    between = written_interval(metric, score.low, score.high)
    side = "; lower is better" if is_lower_better(metric) else ""
    return f"{written(metric, score.value)} (95\u00a0% interval {between}, n = {score.n:,}{side})"


def amount(value: Any) -> str:
    """Return 0.2134 as 0.213, 23.412 as 23.41, 0.00123 as 0.00123, 1234.5 as 1,234 and 1.2e9 as 1.2e9."""
    known = to_float(value)
    if not math.isfinite(known):
        return MISSING
    if abs(known) >= LARGEST_PLAIN:
        mantissa, power = f"{abs(known):.3g}".split("e")
        return f"{MINUS if known < 0 else ''}{mantissa}e{int(power)}"
    return number(known, _digits(abs(known)))


def brief(value: Any) -> str:
    """Return an amount without the zeros at its end: 0.1, 5, 23.41."""
    text = amount(value)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _digits(size: float) -> int:
    power = math.floor(math.log10(size)) if size else 0
    return max(0, DIGITS - max(power, 0)) + (min(-power - 1, DIGITS) if power < -1 else 0)
