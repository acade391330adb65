"""A score in a table: its number, its interval, and both as a bar on an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from accent.report.metrics import written, written_interval
from accent.report.reading import Score

__all__ = ["Bar", "Cell", "bar", "cell"]


@dataclass(frozen=True)
class Bar:
    """An interval on an axis: percent of the axis from the left."""

    left: float
    width: float
    at: float
    who: str


@dataclass(frozen=True)
class Cell:
    """A score as written."""

    value: str
    interval: str


def cell(metric: str, score: Score | None) -> Cell | None:
    """Return a score as written; None where there is none."""
    if score is None:
        return None
    return Cell(written(metric, score.value), written_interval(metric, score.low, score.high))


def bar(score: Score, who: str, start: float = 0.0) -> Bar:
    """Return a score on an axis that runs from `start` to 1."""

    def share(value: float) -> float:
        return round(100 * min(1.0, max(0.0, (value - start) / (1 - start))), 2)

    low = share(score.low if math.isfinite(score.low) else score.value)
    high = share(score.high if math.isfinite(score.high) else score.value)
    return Bar(low, round(high - low, 2), share(score.value), who)
