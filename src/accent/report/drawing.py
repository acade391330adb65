"""How every figure is drawn: sizes in pixels, colours that follow the page's theme, SVG that stands inside HTML.

Matplotlib draws with stand-in colours; afterwards each stand-in becomes a CSS variable of the page, so that one SVG
serves light, dark and print. Text stays text: it takes the page's font and can be searched and selected.
"""

from __future__ import annotations

import html
import io
import re
import unicodedata
import warnings
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from accent.report.wording import clean

__all__ = ["BAD", "GOOD", "INK", "MUTED", "PAPER", "RULE", "blank", "new_axes", "shorten", "style", "svg", "width_of"]

INK, MUTED, RULE, PAPER, GOOD, BAD = (f"#00000{number}" for number in range(1, 7))
VARIABLES = {INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "paper", GOOD: "good", BAD: "bad"}
"""The page's CSS variable for each stand-in colour."""
TEXT_SIZE = 11
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "accent",
    "text.parse_math": False,
    "font.size": TEXT_SIZE,
    "font.family": ["DejaVu Sans"],
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.facecolor": "none",
    "axes.linewidth": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": TEXT_SIZE,
    "ytick.labelsize": TEXT_SIZE,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "lines.solid_capstyle": "round",
    "path.simplify": True,
    "path.simplify_threshold": 0.5,
}


def style() -> Any:
    """Return the context in which figures are drawn; it leaves matplotlib's own settings as they were."""
    return matplotlib.rc_context(STYLE)


def blank(width: float, height: float) -> Figure:
    """Return an empty, transparent figure of `width` by `height` pixels."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    figure.patch.set_visible(False)
    return figure


def new_axes(figure: Figure, *, left: float, top: float, width: float, height: float) -> Axes:
    """Return axes whose upper left corner stands at (`left`, `top`) pixels."""
    full_width, full_height = figure.get_size_inches() * 72
    return figure.add_axes(
        (left / full_width, 1 - (top + height) / full_height, width / full_width, height / full_height)
    )


def svg(figure: Figure, *, name: str, label: str) -> str:
    """Return `figure` as one SVG element for HTML.

    `name` prefixes its ids, so that several figures share a page; `label` is read to those who cannot see it. The
    text is the same for the same figure: no date, no random ids.
    """
    buffer = io.StringIO()
    with warnings.catch_warnings():
        # The browser draws the text: a letter that matplotlib's own font lacks is no loss.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")
        warnings.filterwarnings("ignore", message=".*natively supported")
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    width, height = figure.get_size_inches() * 72
    return _for_html(buffer.getvalue(), name=name, label=label, width=width, height=height)


def _for_html(text: str, *, name: str, label: str, width: float, height: float) -> str:
    body = text[text.index("<g id=") : text.rindex("</svg>")]
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r"font: (?:[a-z0-9]+ )*?([0-9.]+px) [^;\"]*", r"font-size: \1", body)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'href="#', f'href="#{name}-', body)
    body = body.replace("url(#", f"url(#{name}-")
    body = re.sub(r"#00000([1-6])\b", lambda match: f"var(--{VARIABLES[match.group()]})", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    return (
        f'<svg class="figure" role="img" aria-label="{html.escape(label)}" viewBox="0 0 {width:g} {height:g}" '
        f'style="--natural: {width:g}px">{body}</svg>'
    )


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line and at most `limit` characters long; the middle is cut, as names differ at the ends."""
    line = " ".join(clean(text).split())
    if len(line) <= limit:
        return line
    tail = limit // 2
    return f"{line[: limit - tail - 1].rstrip()}\u2026{line[-tail:].lstrip()}"


def width_of(text: str, size: float = TEXT_SIZE) -> float:
    """Return about how many pixels `text` takes in the page's font at `size` pixels."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (0.57 * (len(text) - wide) + 1.05 * wide)
