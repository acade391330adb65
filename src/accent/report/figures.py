"""The figures of the page that are drawn from numbers over time and over confidence: curves and reliability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from accent.report.drawing import BAD, GOOD, INK, MUTED, PAPER, RULE, blank, new_axes, style, svg

__all__ = ["loss_curve", "rate_curve", "reliability_diagram", "smooth", "validation_curve"]

Event = Mapping[str, Any]
CURVE_WIDTH, CURVE_HEIGHT = 350, 230
MOST_EPOCHS = 12
SMOOTHING_SHARE = 0.03
"""The smoothed loss remembers about this share of all updates."""


def loss_curve(events: Sequence[Event]) -> str | None:
    """Draw the training loss, raw and smoothed, and the validation loss; None without a single update."""
    updates = [event for event in events if event["kind"] == "update"]
    if not updates:
        return None
    steps, losses = _series(updates, "loss")
    with style():
        figure, axes = _curve_axes(updates)
        axes.plot(steps, losses, color=GOOD, linewidth=0.8, alpha=0.3)
        axes.plot(steps, smooth(losses), color=GOOD, linewidth=1.8)
        _validation_loss(axes, events)
        _loss_range(axes, losses)
        return svg(figure, name="loss", label="Training and validation loss over the updates")


def rate_curve(events: Sequence[Event]) -> str | None:
    """Draw the learning rate over the updates; None without a single update."""
    updates = [event for event in events if event["kind"] == "update"]
    if not updates:
        return None
    steps, rates = _series(updates, "learning_rate")
    with style():
        figure, axes = _curve_axes(updates)
        axes.plot(steps, rates, color=GOOD, linewidth=1.8)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short_power(value)))
        return svg(figure, name="rate", label="Learning rate over the updates")


def validation_curve(events: Sequence[Event], metric: str) -> str | None:
    """Draw the validation score `metric` at each evaluation, the best one marked; None where it never was computed."""
    evaluations = [event for event in events if event["kind"] == "evaluation" and metric in event.get("scores", {})]
    if not evaluations:
        return None
    steps = np.array([event["update"] for event in evaluations], dtype=float)
    values = np.array([float(event["scores"][metric]) for event in evaluations])
    with style():
        figure, axes = _curve_axes([event for event in events if event["kind"] == "update"] or evaluations)
        axes.plot(steps, values, color=GOOD, linewidth=1.8, marker="o", markersize=4)
        axes.margins(y=0.25)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        _mark_chosen(axes, evaluations, values)
        return svg(figure, name="validation", label=f"Validation score {metric} over the updates")


def reliability_diagram(bins: Sequence[Mapping[str, Any]]) -> str | None:
    """Draw accuracy against confidence with 95 % Wilson intervals, and below it the rows in each bin.

    A bin is {low, high, confidence, accuracy, n}; empty bins are left out. None where all bins are empty.
    """
    filled = [one for one in bins if one["n"]]
    if not filled:
        return None
    with style():
        figure = blank(380, 400)
        upper = new_axes(figure, left=46, top=10, width=322, height=272)
        lower = new_axes(figure, left=46, top=300, width=322, height=58)
        _draw_reliability(upper, filled)
        _draw_counts(lower, filled)
        return svg(figure, name="reliability", label="Reliability: accuracy against confidence, with row counts")


def smooth(values: np.ndarray, share: float = SMOOTHING_SHARE) -> np.ndarray:
    """Return the exponential running mean of `values`, not drawn to zero at its start; what is not finite is skipped.

    The mean's memory is `share` of the whole series, so that curves of 100 and of 100,000 updates look alike.
    """
    keep = 1 - 1 / max(1.0, share * len(values))
    total = weight = 0.0
    smoothed = np.full(len(values), np.nan)
    for index, value in enumerate(values):
        if math.isfinite(value):
            total = keep * total + (1 - keep) * value
            weight = keep * weight + (1 - keep)
        smoothed[index] = total / weight if weight else np.nan
    return smoothed


def _series(events: Sequence[Event], name: str) -> tuple[np.ndarray, np.ndarray]:
    steps = np.array([event["update"] for event in events], dtype=float)
    values = np.array([float(event.get(name, "nan")) for event in events])
    return steps, np.where(np.isfinite(values), values, np.nan)


def _curve_axes(events: Sequence[Event]) -> tuple[Figure, Axes]:
    figure = blank(CURVE_WIDTH, CURVE_HEIGHT)
    axes = new_axes(figure, left=42, top=12, width=CURVE_WIDTH - 52, height=CURVE_HEIGHT - 54)
    last = float(events[-1]["update"])
    axes.set_xlim(0, max(last, 1.0) * 1.03)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("updates", labelpad=3)
    for start in _epoch_ends(events):
        axes.axvline(start, color=RULE, linewidth=0.9, dashes=(2, 3))
    return figure, axes


def _epoch_ends(events: Sequence[Event]) -> list[float]:
    """Return the updates that end a whole epoch; none where there are so many that the lines would run together."""
    ends = []
    done = 0
    for event in events:
        if "epoch" in event and math.floor(event["epoch"] + 1e-9) > done:
            done = math.floor(event["epoch"] + 1e-9)
            ends.append(float(event["update"]))
    return ends if len(ends) <= MOST_EPOCHS else []


def _validation_loss(axes: Axes, events: Sequence[Event]) -> None:
    evaluations = [event for event in events if event["kind"] == "evaluation" and "loss" in event.get("scores", {})]
    if evaluations:
        steps = [event["update"] for event in evaluations]
        losses = [float(event["scores"]["loss"]) for event in evaluations]
        axes.plot(steps, losses, color=BAD, linewidth=1.4, marker="o", markersize=4)


def _loss_range(axes: Axes, losses: np.ndarray) -> None:
    """Keep a single spike from flattening the curve: the axis ends at the 99.5th percentile or the smoothed peak."""
    finite = losses[np.isfinite(losses)]
    if len(finite):
        shown = [line.get_ydata() for line in axes.lines[-2:]]
        peaks = [float(np.nanmax(np.asarray(part, dtype=float))) for part in shown if np.isfinite(part).any()]
        axes.set_ylim(0, 1.06 * max(float(np.quantile(finite, 0.995)), *peaks, 1e-6))


def _mark_chosen(axes: Axes, evaluations: Sequence[Event], values: np.ndarray) -> None:
    chosen = [index for index, event in enumerate(evaluations) if event.get("chosen")]
    if not chosen:
        return
    step, value = evaluations[chosen[-1]]["update"], values[chosen[-1]]
    axes.plot([step], [value], linestyle="none", marker="o", markersize=9, markerfacecolor="none", markeredgecolor=INK)
    left = step > 0.7 * axes.get_xlim()[1]
    axes.annotate(
        f"chosen {value:.3f}",
        (step, value),
        xytext=(6 if left else -6, 10),
        textcoords="offset points",
        ha="right" if left else "left",
        color=INK,
    )


def _short_power(value: float) -> str:
    """Return 0.00005 as 5e-5."""
    if value == 0:
        return "0"
    mantissa, power = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(power)}"


def _draw_reliability(axes: Axes, bins: Sequence[Mapping[str, Any]]) -> None:
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, dashes=(4, 3))
    for one in bins:
        low, high = _wilson(float(one["accuracy"]), int(one["n"]))
        sure, right = float(one["confidence"]), float(one["accuracy"])
        axes.plot([sure, sure], [sure, right], color=BAD if right < sure else GOOD, linewidth=5, alpha=0.28)
        axes.plot([sure, sure], [low, high], color=GOOD, linewidth=1.2)
    axes.plot(
        [float(one["confidence"]) for one in bins],
        [float(one["accuracy"]) for one in bins],
        color=GOOD,
        linewidth=0,
        marker="o",
        markersize=7,
        markeredgecolor=PAPER,
    )
    axes.set(xlim=(0, 1.01), ylim=(0, 1.03), ylabel="share that is right")
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.yaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.tick_params(labelbottom=False)


def _draw_counts(axes: Axes, bins: Sequence[Mapping[str, Any]]) -> None:
    centres = [(float(one["low"]) + float(one["high"])) / 2 for one in bins]
    widths = [0.88 * (float(one["high"]) - float(one["low"])) for one in bins]
    counts = [int(one["n"]) for one in bins]
    axes.bar(centres, counts, width=widths, color=MUTED, alpha=0.45)
    for centre, count in zip(centres, counts, strict=True):
        raised = (centre, count + 0.04 * max(counts))
        axes.text(*raised, f"{count:,}", ha="center", color=MUTED, fontsize=10)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.3 * max(counts)), xlabel="confidence of the answer", ylabel="rows")
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.yaxis.set_major_locator(NullLocator())


def _wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson, 1927), sound at small n and at shares of 0 and 1."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return centre - half, centre + half
