"""The confusion matrix as a heat map that reads well from 2 to 150 classes.

Right answers are one colour and wrong ones another, each as strong as its share of the true class: a large matrix
shows its few bad cells at a glance. Empty cells are not drawn, which keeps 22,500 cells small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FixedLocator

from accent.report.drawing import BAD, GOOD, INK, MUTED, PAPER, RULE, blank, new_axes, shorten, style, svg, width_of

__all__ = ["confusion_matrix"]


@dataclass(frozen=True)
class _Plan:
    """How a matrix of some number of classes is drawn."""

    cell: float
    """Pixels of a cell's side."""
    text: float
    """Pixels of the labels' letters."""
    label: int
    """Characters of a label at most."""
    rotation: int
    """Degrees by which the labels below are turned."""


HORIZONTAL, SLANTED, VERTICAL = 0, 45, 90
ALIGNMENT = {HORIZONTAL: "center", SLANTED: "right", VERTICAL: "center"}
LEVELS = 12
"""Strengths of a colour; cells of one level are one path."""
NUMBERED_CLASSES = 40
"""Up to this many classes a cell bears its count."""
RULED_CLASSES = 70
"""Up to this many classes each cell has its lines; beyond, a line every 10 leads the eye."""
STRONG = 0.42
"""From this share on a cell is dark enough for letters in the page's own colour."""
PLANS = (
    (4, _Plan(84, 11, 22, HORIZONTAL)),
    (12, _Plan(44, 11, 22, SLANTED)),
    (25, _Plan(30, 10, 22, SLANTED)),
    (NUMBERED_CLASSES, _Plan(22, 9.5, 20, VERTICAL)),
    (RULED_CLASSES, _Plan(14, 9.5, 20, VERTICAL)),
)
LARGEST_PLAN = _Plan(11, 9, 20, VERTICAL)


def confusion_matrix(counts: Sequence[Sequence[int]], labels: Sequence[str]) -> str | None:
    """Draw `counts` (true class down, answer across), strength by share of the true class; None without any rows."""
    matrix = np.asarray(counts, dtype=float)
    if not matrix.sum():
        return None
    plan = _plan(labels)
    names = [shorten(label, plan.label) for label in labels]
    longest = max(width_of(name, plan.text) for name in names)
    side = plan.cell * len(names)
    bottom = {HORIZONTAL: plan.text, SLANTED: 0.75 * longest, VERTICAL: longest}[plan.rotation] + 34
    with style():
        figure = blank(longest + 40 + side + 14, side + bottom + 10)
        axes = new_axes(figure, left=longest + 40, top=10, width=side, height=side)
        _prepare(axes, names, plan)
        _fill(axes, matrix)
        if len(names) <= NUMBERED_CLASSES:
            _number(axes, matrix, plan)
        return svg(figure, name="confusion", label="Confusion matrix: true class by answer")


def _plan(labels: Sequence[str]) -> _Plan:
    plan = next((plan for most, plan in PLANS if len(labels) <= most), LARGEST_PLAN)
    if plan.rotation == HORIZONTAL and max(width_of(shorten(label, plan.label)) for label in labels) > plan.cell:
        return replace(plan, rotation=SLANTED)
    return plan


def _prepare(axes: Axes, names: Sequence[str], plan: _Plan) -> None:
    places = np.arange(len(names))
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(True)
    axes.xaxis.set_major_locator(FixedLocator(list(places)))
    axes.yaxis.set_major_locator(FixedLocator(list(places)))
    anchor = "anchor" if plan.rotation == SLANTED else "default"
    axes.set_xticklabels(names, rotation=plan.rotation, ha=ALIGNMENT[plan.rotation], rotation_mode=anchor)
    axes.set_yticklabels(names)
    axes.tick_params(length=0, labelsize=plan.text, labelcolor=INK, pad=4)
    axes.set_xlabel("answer")
    axes.set_ylabel("true class")
    every = 1 if len(names) <= RULED_CLASSES else 10
    for edge in np.arange(every - 0.5, len(names) - 1, every):
        axes.axhline(edge, color=RULE, linewidth=0.6)
        axes.axvline(edge, color=RULE, linewidth=0.6)


def _fill(axes: Axes, matrix: np.ndarray) -> None:
    shares = _shares(matrix)
    levels = np.ceil(LEVELS * shares**0.6).astype(int)
    right = np.eye(len(matrix), dtype=bool)
    for colour, where in ((GOOD, right), (BAD, ~right)):
        for level in range(1, LEVELS + 1):
            cells = np.argwhere((levels == level) & where & (matrix > 0))
            if len(cells):
                axes.add_patch(_cells(cells, colour, strength=0.06 + 0.94 * level / LEVELS))


def _cells(cells: np.ndarray, colour: str, *, strength: float) -> PathPatch:
    squares = [Rectangle((column - 0.5, row - 0.5), 1, 1) for row, column in cells]
    paths = [square.get_transform().transform_path(Path.unit_rectangle()) for square in squares]
    return PathPatch(Path.make_compound_path(*paths), facecolor=colour, alpha=strength, linewidth=0)


def _number(axes: Axes, matrix: np.ndarray, plan: _Plan) -> None:
    shares = _shares(matrix)
    for row, column in np.argwhere(matrix > 0):
        text = f"{matrix[row, column]:.0f}"
        colour = PAPER if shares[row, column] > STRONG else INK
        size = min(plan.text + 2, 0.9 * plan.cell / (0.6 * len(text)))
        axes.text(float(column), float(row), text, ha="center", va="center", fontsize=size, color=colour)
    middle = len(matrix) / 2 - 0.5
    for row in np.flatnonzero(matrix.sum(axis=1) == 0):
        axes.text(middle, float(row), "no rows", ha="center", va="center", fontsize=plan.text, color=MUTED)


def _shares(matrix: np.ndarray) -> np.ndarray:
    totals = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(totals > 0, totals, 1.0)
