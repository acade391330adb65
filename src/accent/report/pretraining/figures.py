"""The curves of a pretraining over the tokens that were read: loss, scores, and tokens a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from accent.report.drawing import BAD, GOOD, INK, blank, new_axes, style, svg
from accent.report.figures import Event, smooth

__all__ = ["score_curve", "speed_curve", "token_curve", "tokens_by_update"]

WIDTH, HEIGHT = 350, 230
_TOP = 0.995
_POWERS = ((1e9, "B"), (1e6, "M"), (1e3, "k"))


def tokens_by_update(events: Sequence[Event]) -> dict[int, float]:
    """Return how many tokens had been read when each update was done."""
    updates = [event for event in events if event["kind"] == "update"]
    sums = np.cumsum([float(event.get("tokens") or 0) for event in updates])
    return {0: 0.0} | {int(event["update"]): float(done) for event, done in zip(updates, sums, strict=True)}


def token_curve(events: Sequence[Event]) -> str | None:
    """Draw the training loss, raw and smoothed, and the validation loss over tokens; None without two updates."""
    tokens, losses = _series(events, "loss")
    if len(tokens) < 2:  # noqa: PLR2004 - a curve
        return None
    seen, scores = _validation(events, "loss")
    with style():
        figure, axes = _axes(tokens[-1])
        axes.plot(tokens, losses, color=GOOD, linewidth=0.8, alpha=0.3)
        axes.plot(tokens, smooth(losses), color=GOOD, linewidth=1.8)
        if len(seen):
            axes.plot(seen, scores, color=BAD, linewidth=1.4, marker="o", markersize=4)
        return svg(figure, name="loss-tokens", label="Training and validation loss over the tokens that were read")


def score_curve(events: Sequence[Event], metric: str) -> str | None:
    """Draw a validation score over tokens, the one of the weights that were kept ringed; None where it is not there."""
    seen, scores = _validation(events, metric)
    if not len(seen):
        return None
    with style():
        figure, axes = _axes(max(tokens_by_update(events).values()))
        axes.plot(seen, scores, color=GOOD, linewidth=1.8, marker="o", markersize=4)
        axes.margins(y=0.25)
        chosen = [place for place, event in enumerate(_evaluations(events, metric)) if event.get("chosen")][-1:]
        ring = {"linestyle": "none", "marker": "o", "markersize": 9, "markerfacecolor": "none", "color": INK}
        axes.plot(seen[chosen], scores[chosen], **ring)  # type: ignore[arg-type]
        return svg(figure, name=f"score-{metric}", label=f"Validation score {metric} over the tokens that were read")


def speed_curve(events: Sequence[Event]) -> str | None:
    """Draw tokens a second over the tokens that were read, each update and smoothed; None without two updates."""
    tokens, speeds = _series(events, "tokens_per_second")
    if len(tokens) < 2:  # noqa: PLR2004 - a curve
        return None
    with style():
        figure, axes = _axes(tokens[-1])
        axes.plot(tokens, speeds, color=GOOD, linewidth=0.8, alpha=0.3)
        axes.plot(tokens, smooth(speeds), color=GOOD, linewidth=1.8)
        axes.set_ylim(0, 1.1 * float(np.nanquantile(speeds, _TOP)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
        return svg(figure, name="speed", label="Tokens a second over the tokens that were read")


def _series(events: Sequence[Event], name: str) -> tuple[np.ndarray, np.ndarray]:
    done = tokens_by_update(events)
    updates = [event for event in events if event["kind"] == "update"]
    tokens = np.array([done[int(event["update"])] for event in updates])
    values = np.array([float(event.get(name, "nan")) for event in updates])
    return tokens, np.where(np.isfinite(values), values, np.nan)


def _evaluations(events: Sequence[Event], metric: str) -> list[Event]:
    return [event for event in events if event["kind"] == "evaluation" and metric in (event.get("scores") or {})]


def _validation(events: Sequence[Event], metric: str) -> tuple[np.ndarray, np.ndarray]:
    done = tokens_by_update(events)
    found = [one for one in _evaluations(events, metric) if int(one["update"]) in done]
    seen = np.array([done[int(event["update"])] for event in found])
    return seen, np.array([float(event["scores"][metric]) for event in found])


def _axes(last: float) -> tuple[Figure, Axes]:
    figure = blank(WIDTH, HEIGHT)
    axes = new_axes(figure, left=46, top=12, width=WIDTH - 56, height=HEIGHT - 54)
    axes.set_xlim(0, max(last, 1.0) * 1.03)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))
    axes.set_xlabel("tokens", labelpad=3)
    return figure, axes


def _short(value: float) -> str:
    """Return 250000 as 250k and 1500000 as 1.5M."""
    size, name = next(((size, name) for size, name in _POWERS if abs(value) >= size), (1.0, ""))
    return f"{value / size:.3g}{name}"
