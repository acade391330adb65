"""The figure of predicted numbers against true ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from accent.report.drawing import GOOD, MUTED, blank, new_axes, style, svg
from accent.report.wording import MINUS, to_float

__all__ = ["scatter_diagram"]

SIDE = 322
MARGIN = 0.04
"""Of the range, on each side."""


def scatter_diagram(pairs: Sequence[Sequence[float]]) -> str | None:
    """Draw (true, predicted) numbers with the diagonal on which answers are exact; None without a finite pair."""
    points = np.array([[to_float(value) for value in pair] for pair in pairs], dtype=float).reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return None
    low, high = float(points.min()), float(points.max())
    edge = MARGIN * (high - low) or MARGIN * max(abs(high), 1.0)
    low, high = low - edge, high + edge
    with style():
        figure = blank(SIDE + 70, SIDE + 58)
        axes = new_axes(figure, left=56, top=10, width=SIDE, height=SIDE)
        axes.plot([low, high], [low, high], color=MUTED, linewidth=1, dashes=(4, 3))
        axes.plot(
            points[:, 0], points[:, 1], color=GOOD, linewidth=0, marker="o", markersize=4, alpha=0.6, markeredgewidth=0
        )
        axes.set(xlim=(low, high), ylim=(low, high), xlabel="true number", ylabel="answer")
        axes.grid(visible=True, axis="both")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}".replace("-", MINUS)))
        return svg(figure, name="scatter", label="Answers against true numbers, with the diagonal of exact answers")
