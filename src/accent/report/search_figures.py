"""The figures of a search: the best score so far, the trials as they learned, and their values beside their scores."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from accent.report.drawing import GOOD, INK, MUTED, PAPER, RULE, blank, new_axes, shorten, style, svg
from accent.report.wording import number, plain_value

__all__ = ["curves_figure", "history_figure", "parallel_figure"]

Trial = Mapping[str, Any]
WIDTH, HEIGHT = 560, 260
LEFT, BOTTOM, TOP, RIGHT = 58, 40, 12, 12
BEST_SHARE = 0.2
"""The best trials, which are drawn in colour."""
AXIS_WIDTH, MOST_WIDTH, PARALLEL_HEIGHT = 132, 1040, 300
SIDE, HEAD, FOOT = 62, 34, 20
LONGEST_NAME, LONGEST_VALUE = 18, 14
MOST_WORDS = 8
"""Choices that are written beside an axis."""


def history_figure(trials: Sequence[Trial], *, metric: str, lower_is_better: bool) -> str | None:
    """Draw each trial's best score and the best of all so far; None without any that ended."""
    scored = [one for one in trials if one["score"] is not None and one["state"] in ("complete", "pruned")]
    whole = [one for one in scored if one["state"] == "complete"]
    if not whole:
        return None
    with style():
        figure, axes = _axes()
        for state, filled in (("pruned", False), ("complete", True)):
            chosen = [one for one in scored if one["state"] == state]
            axes.plot(
                [one["number"] for one in chosen],
                [one["score"] for one in chosen],
                linestyle="none",
                marker="o",
                markersize=5,
                color=GOOD if filled else MUTED,
                markerfacecolor=GOOD if filled else PAPER,
            )
        places = [one["number"] for one in whole]
        best = _running([one["score"] for one in whole], lower_is_better=lower_is_better)
        axes.step([*places, trials[-1]["number"]], [*best, best[-1]], where="post", color=GOOD, linewidth=1.6)
        axes.set(xlabel="trial", ylabel=metric)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        return svg(figure, name="history", label=f"{metric} of each trial, and the best so far")


def curves_figure(trials: Sequence[Trial], *, metric: str, lower_is_better: bool) -> str | None:
    """Draw each trial's best score over its epochs: where it was given up, its line ends; None without any."""
    learned = [one for one in trials if one["evaluations"]]
    if not learned:
        return None
    chosen = _best(learned, lower_is_better=lower_is_better)
    with style():
        figure, axes = _axes()
        for one in learned:
            epochs, scores = zip(*one["evaluations"], strict=True)
            strong = one["number"] in chosen
            axes.plot(
                epochs,
                [float(score) for score in scores],
                color=GOOD if strong else MUTED,
                linewidth=1.6 if strong else 0.9,
                alpha=1.0 if strong else 0.6,
                marker="o",
                markersize=2.5,
                zorder=3 if strong else 2,
            )
        axes.set(xlabel="epochs", ylabel=metric)
        axes.set_xlim(left=0)
        return svg(figure, name="curves", label=f"Best {metric} so far over the epochs of each trial")


def parallel_figure(
    trials: Sequence[Trial], names: Sequence[str], *, log: Sequence[str], metric: str, lower_is_better: bool
) -> str | None:
    """Draw a line for each trial through its values and its score, the best in colour; None for fewer than two."""
    scored = [one for one in trials if one["score"] is not None and math.isfinite(float(one["score"]))]
    if len(scored) < 2:  # noqa: PLR2004 - one line compares nothing
        return None
    chosen = _best(scored, lower_is_better=lower_is_better)
    columns = [_Axis([one["settings"].get(name) for one in scored], name, log=name in log) for name in names]
    columns.append(_Axis([float(one["score"]) for one in scored], metric, log=False))
    width = min(MOST_WIDTH, 2 * SIDE + AXIS_WIDTH * (len(columns) - 1))
    with style():
        figure = blank(width, PARALLEL_HEIGHT)
        axes = new_axes(figure, left=SIDE, top=HEAD, width=width - 2 * SIDE, height=PARALLEL_HEIGHT - HEAD - FOOT)
        axes.set(xlim=(0, len(columns) - 1), ylim=(-0.02, 1.02))
        axes.axis("off")
        heights = np.array([column.heights for column in columns])
        for at, one in enumerate(scored):
            strong = one["number"] in chosen
            axes.plot(
                range(len(columns)),
                heights[:, at],
                color=GOOD if strong else MUTED,
                linewidth=1.6 if strong else 0.8,
                alpha=0.95 if strong else 0.45,
                zorder=3 if strong else 2,
                clip_on=False,
            )
        for place, column in enumerate(columns):
            _draw_axis(axes, place, column)
        return svg(figure, name="parallel", label=f"Values of each setting and {metric}, a line for each trial")


class _Axis:
    """One upright axis: where each trial's value stands between 0 and 1, and what is written beside it."""

    def __init__(self, values: Sequence[Any], name: str, *, log: bool) -> None:
        self.name = name
        known = [value for value in values if value is not None]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
            self._number(values, log=log)
        else:
            self._word(values)

    def _number(self, values: Sequence[Any], *, log: bool) -> None:
        raw: npt.NDArray[np.float64] = np.array([math.nan if one is None else float(one) for one in values])
        scale = np.log(raw) if log else raw
        low, high = (float(np.nanmin(scale)), float(np.nanmax(scale))) if len(raw) else (0.0, 1.0)
        span = high - low
        self.heights = (scale - low) / span if span > 0 else np.where(np.isnan(scale), math.nan, 0.5)
        ends = {0.0: low, 1.0: high} if span > 0 else {0.5: low}
        self.labels = {height: _short(math.exp(end) if log else end) for height, end in ends.items()}

    def _word(self, values: Sequence[Any]) -> None:
        words = list(dict.fromkeys(sorted((_word_of(value) for value in values), key=str)))
        step = 1.0 / max(1, len(words) - 1)
        places = {word: at * step if len(words) > 1 else 0.5 for at, word in enumerate(words)}
        self.heights = np.array([places[_word_of(value)] for value in values])
        self.labels = {height: shorten(word, LONGEST_VALUE) for word, height in places.items()}
        if len(words) > MOST_WORDS:
            self.labels = {}


def _draw_axis(axes: Axes, place: int, column: _Axis) -> None:
    axes.plot([place, place], [0, 1], color=RULE, linewidth=1.2, zorder=1, clip_on=False)
    axes.annotate(
        shorten(column.name, LONGEST_NAME),
        (place, 1.0),
        xytext=(0, 14),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=INK,
        annotation_clip=False,
    )
    for height, text in column.labels.items():
        axes.annotate(
            text,
            (place, height),
            xytext=(5, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            color=MUTED,
            annotation_clip=False,
            zorder=4,
        )


def _axes() -> tuple[Any, Axes]:
    figure = blank(WIDTH, HEIGHT)
    axes = new_axes(figure, left=LEFT, top=TOP, width=WIDTH - LEFT - RIGHT, height=HEIGHT - TOP - BOTTOM)
    axes.margins(y=0.1)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    return figure, axes


def _running(scores: Sequence[Any], *, lower_is_better: bool) -> list[float]:
    """Return the best score until each place."""
    best = np.minimum if lower_is_better else np.maximum
    return [float(one) for one in best.accumulate([float(score) for score in scores])]


def _best(trials: Sequence[Trial], *, lower_is_better: bool) -> set[int]:
    """Return the numbers of the best trials that came to their end: a fifth of all, and one at least."""
    whole = [one for one in trials if one["state"] == "complete"]
    ordered = sorted(whole, key=lambda one: float(one["score"]) * (1 if lower_is_better else -1))
    return {one["number"] for one in ordered[: max(1, round(BEST_SHARE * len(trials)))]}


def _word_of(value: Any) -> str:
    return "none" if value is None else plain_value(value)


def _short(value: float) -> str:
    """Return 0.00005 as 5e-5, and 0.25 as it is."""
    if value and (abs(value) < 1e-3 or abs(value) >= 1e5):  # noqa: PLR2004 - as %g does, with a shorter power
        mantissa, power = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    return f"{value:.3g}"
