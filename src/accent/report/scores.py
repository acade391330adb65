"""The table of scores: those of the run beside those of the baselines, in the order of the task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accent.report.cells import Bar, Cell, bar, cell
from accent.report.kinds import Kind, kind_named
from accent.report.metrics import is_bounded, is_lower_better
from accent.report.reading import Material, Score
from accent.report.wording import metric_name, number

__all__ = ["Column", "ScoreRow", "ScoreTable", "baselines_by_strength", "metric_title", "score_table"]

SPLITS = (("test", "Test"), ("validation", "Validation"))
TICK = 0.2
LEAST = -1.0
"""Where the axis of the bars begins at the latest: R2 has no lower end, correlations end at -1."""


@dataclass(frozen=True)
class Column:
    """A source of scores."""

    name: str
    """As in scores.json."""
    title: str
    who: str
    """The CSS class of its colour."""


@dataclass(frozen=True)
class ScoreRow:
    """One metric of the run and of the baselines."""

    name: str
    lower_is_better: bool
    cells: tuple[Cell | None, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class ScoreTable:
    """All metrics, and the axis of their bars."""

    columns: tuple[Column, ...]
    rows: tuple[ScoreRow, ...]
    axis: tuple[str, str]
    """The axis's ends as written."""
    step: float
    """Percent of the axis between two of its lines, 0.2 apart."""

    @property
    def drawn(self) -> bool:
        """Whether the bars are worth their room."""
        return 2 * sum(bool(row.bars) for row in self.rows) >= len(self.rows)


def score_table(material: Material) -> ScoreTable | None:
    """Return the scores on test and validation beside those of the baselines; None without scores."""
    if material.judged is None:
        return None
    kind = kind_named(material.task)
    columns = _columns(material, kind)
    sources = {one.name: _source(material, kind, one.name) for one in columns}
    metrics = _metrics(kind, list(sources.values()))
    found = {metric: {name: Score.of(source.get(metric)) for name, source in sources.items()} for metric in metrics}
    start = _start(found)
    rows = tuple(
        ScoreRow(
            name=metric_title(kind, metric),
            lower_is_better=is_lower_better(metric),
            cells=tuple(cell(metric, found[metric][one.name]) for one in columns),
            bars=_bars(metric, found[metric], columns, start),
        )
        for metric in metrics
    )
    return ScoreTable(columns, rows, (number(start, 1) if start else "0", "1"), round(100 * TICK / (1 - start), 3))


def metric_title(kind: Kind, metric: str) -> str:
    """Return a score's name as people write it."""
    return kind.titles.get(metric) or metric_name(metric)


def baselines_by_strength(material: Material) -> list[str]:
    """Return the baselines that have the main score, the best first, of equals in the order of the task's table."""
    kind, main = kind_named(material.task), material.main
    order = list(kind.baselines)
    given = list(material.scores.get("baselines", {}))
    known = {name: score.value for name in given if (score := material.baseline(name, main)) is not None}
    sign = 1 if is_lower_better(main) else -1
    return sorted(known, key=lambda name: (sign * known[name], order.index(name) if name in order else len(order)))


def _columns(material: Material, kind: Kind) -> tuple[Column, ...]:
    splits = [Column(name, title, name) for name, title in SPLITS if material.scores.get(name)]
    names = [name for name, found in material.scores.get("baselines", {}).items() if found]
    order = list(kind.baselines)
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    others = [Column(name, kind.baseline(name).title, f"base-{at}") for at, name in enumerate(names, start=1)]
    return (*splits, *others)


def _source(material: Material, kind: Kind, name: str) -> dict[str, Any]:
    if name in dict(SPLITS):
        return dict(material.scores[name])
    given = material.scores["baselines"][name]
    return {metric: score for metric, score in given.items() if metric not in kind.own_scores}


def _metrics(kind: Kind, sources: Sequence[dict[str, Any]]) -> list[str]:
    """Return the overall scores that any source has, in the task's order, then those that it does not know."""
    given = list(dict.fromkeys(name for source in sources for name in source if "/" not in name))
    return [name for name in kind.metrics if name in given] + [name for name in given if name not in kind.metrics]


def _start(found: dict[str, dict[str, Score | None]]) -> float:
    """Return where the axis begins: below 0 where a baseline or an interval of the run's own does."""
    bounded = [scores for metric, scores in found.items() if is_bounded(metric)]
    lows = [one.low if name in dict(SPLITS) else one.value for scores in bounded for name, one in scores.items() if one]
    lowest = min((low for low in lows if math.isfinite(low)), default=0.0)
    return max(LEAST, min(0.0, math.floor(lowest / TICK) * TICK))


def _bars(metric: str, scores: dict[str, Score | None], columns: Sequence[Column], start: float) -> tuple[Bar, ...]:
    if not is_bounded(metric):
        return ()
    return tuple(bar(score, one.who, start) for one in columns if (score := scores[one.name]) is not None)
