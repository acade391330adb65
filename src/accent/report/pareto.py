"""The figure of score against cost: which settings are worth their price."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from accent.report.drawing import GOOD, INK, MUTED, blank, new_axes, shorten, style, svg, width_of
from accent.report.wording import number

__all__ = ["pareto_figure"]

WIDTH, HEIGHT = 470, 300
LEFT, BOTTOM, TOP = 58, 44, 14
COSTS = {
    "seconds": ("training time", ((3600.0, "h"), (60.0, "min"), (1.0, "s"))),
    "model_bytes": ("size on disk", ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))),
}
"""What each cost is called, and its units."""
LOG_FROM = 20.0
"""Costs that lie further apart than this are drawn on a logarithmic axis."""
LONGEST_NAME = 22
LINE = 13
"""Pixels between two names."""
MARK = 4.0
"""Half of a point's width in pixels."""


def pareto_figure(
    settings: Sequence[Mapping[str, Any]],
    cost: str,
    *,
    front: Collection[str],
    metric: str,
) -> str | None:
    """Draw each setting's score with its interval against what it cost; None where fewer than two costs are known.

    `cost` is seconds or model_bytes. Those on the front, which no other setting beats in score without costing more,
    are joined by a line.
    """
    points = [one for one in settings if one[cost] is not None]
    if len(points) < 2 or len({float(one[cost]) for one in points}) < 2:  # noqa: PLR2004 - a figure compares two
        return None
    title, unit, name = _unit(cost, max(float(one[cost]) for one in points))
    points = [{**one, cost: float(one[cost]) / unit} for one in points]
    with style():
        figure = blank(WIDTH, HEIGHT)
        axes = new_axes(figure, left=LEFT, top=TOP, width=WIDTH - LEFT - 12, height=HEIGHT - TOP - BOTTOM)
        _scale(axes, [float(one[cost]) for one in points])
        _draw(axes, points, cost, front)
        axes.set(xlabel=f"{title}, {name}", ylabel=metric)
        axes.margins(y=0.12)
        axes.set_ylim(*axes.get_ylim())  # final before names are placed by it
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        _name(axes, points, cost, front)
        return svg(figure, name=f"pareto-{cost}", label=f"{metric} against {title}, for each setting")


def _unit(cost: str, most: float) -> tuple[str, float, str]:
    """Return what a cost is called, and the largest unit that is not larger than the largest cost, with its name."""
    title, units = COSTS[cost]
    return title, *next((unit for unit in units if most >= unit[0]), units[-1])


def _scale(axes: Axes, costs: Sequence[float]) -> None:
    low, high = min(costs), max(costs)
    if low > 0 and high / low > LOG_FROM:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.6, high * 1.6)
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_xlim(0, high * 1.12)
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _draw(axes: Axes, points: Sequence[Mapping[str, Any]], cost: str, front: Collection[str]) -> None:
    best = sorted((one for one in points if one["name"] in front), key=lambda one: float(one[cost]))
    axes.plot(
        [float(one[cost]) for one in best], [one["score"]["value"] for one in best], color=GOOD, linewidth=1, alpha=0.5
    )
    for one in points:
        color = GOOD if one["name"] in front else MUTED
        place, score = float(one[cost]), one["score"]
        axes.plot([place, place], [score["low"], score["high"]], color=color, linewidth=1.4, alpha=0.6)
        axes.plot([place], [score["value"]], linestyle="none", marker="o", markersize=7, color=color, markeredgewidth=0)


def _name(axes: Axes, points: Sequence[Mapping[str, Any]], cost: str, front: Collection[str]) -> None:
    """Write each name beside its point, moved down where it would run into another point or name."""
    places = [axes.transData.transform((float(one[cost]), float(one["score"]["value"]))) for one in points]
    taken: list[tuple[float, float, float]] = [(x - MARK, x + MARK, y) for x, y in places]
    for one, (x, y) in sorted(zip(points, places, strict=True), key=lambda each: -each[1][1]):
        name = shorten(str(one["name"]), LONGEST_NAME)
        wide = width_of(name)
        left = x + wide + 10 > WIDTH
        start = x - wide - 8 if left else x + 8
        aim = y
        while any(abs(aim - other) < LINE and start < end and begin < start + wide for begin, end, other in taken):
            aim -= 1.0
        taken.append((start, start + wide, aim))
        axes.annotate(
            name,
            (x, y),
            xycoords="figure pixels",
            xytext=(-8 if left else 8, aim - y),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            color=INK if one["name"] in front else MUTED,
        )
