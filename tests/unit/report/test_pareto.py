"""The figure of score against cost: each point and name, units, and the scale."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from accent.report.pareto import pareto_figure


def setting(name: str, value: float, cost: float | None) -> dict[str, Any]:
    return {"name": name, "score": {"value": value, "low": value - 0.02, "high": value + 0.02}, "seconds": cost}


def texts(figure: str | None) -> list[str]:
    """Return the words and numbers of a figure."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", figure or "")


def drawn(*settings: dict[str, Any], front: tuple[str, ...] = ()) -> str | None:
    return pareto_figure(settings, "seconds", front=front, metric="Accuracy")


def test_names_units_and_metric_are_written() -> None:
    found = texts(drawn(setting("full", 0.9, 240.0), setting("head", 0.8, 60.0), front=("full", "head")))
    assert {"full", "head", "Accuracy", "training time, min"} <= set(found)
    assert {"0", "2", "4"} <= set(found)
    assert "training time, s" in texts(drawn(setting("full", 0.9, 40.0), setting("head", 0.8, 20.0)))


def test_costs_that_lie_far_apart_stand_on_a_logarithmic_axis() -> None:
    found = texts(drawn(setting("full", 0.9, 100.0), setting("head", 0.8, 1.0)))
    ticks = [float(text) for text in found if re.fullmatch(r"[0-9.]+", text) and float(text) not in (0.8, 0.9)]
    assert "0" not in found
    assert ticks


def test_names_of_equal_points_do_not_run_into_each_other() -> None:
    figure = drawn(*(setting(f"setting {number}", 0.9, 10.0) for number in range(3)), setting("other", 0.8, 5.0))
    places = re.findall(r"x=\"([\d.]+)\" y=\"([\d.]+)\"[^>]*>setting", figure or "")
    heights = sorted(float(y) for _, y in places)
    assert len(heights) == 3
    assert all(below - above > 10 for above, below in pairwise(heights))


def test_there_is_no_figure_of_fewer_than_two_costs() -> None:
    assert drawn(setting("full", 0.9, 10.0), setting("head", 0.8, None)) is None
    assert drawn(setting("full", 0.9, 10.0), setting("head", 0.8, 10.0)) is None


def test_the_same_settings_give_the_same_figure() -> None:
    settings = (setting("full", 0.9, 240.0), setting("head", 0.8, 60.0))
    assert drawn(*settings) == drawn(*settings)
