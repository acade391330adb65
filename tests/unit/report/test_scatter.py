from __future__ import annotations

import re

from accent.report.scatter import scatter_diagram


def points(svg: str) -> list[tuple[float, float]]:
    """The places of the points: what is clipped by the axes and drawn by reference."""
    clipped = "".join(re.findall(r"<g clip-path[^>]*>(.*?)</g>", svg))
    return [(float(x), float(y)) for x, y in re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', clipped)]


def test_each_pair_is_a_point_and_the_diagonal_is_there() -> None:
    drawn = scatter_diagram([[0.0, 0.5], [1.0, 1.5], [2.0, 1.0], ["nan", 1.0]])
    assert drawn is not None
    assert len(points(drawn)) == 3
    assert "true number" in drawn
    assert "stroke-dasharray" in drawn


def test_points_lie_where_their_numbers_say() -> None:
    drawn = scatter_diagram([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    assert drawn is not None
    (low_x, low_y), right, above = points(drawn)
    assert right[0] > low_x
    assert right[1] == low_y
    assert above[0] == low_x
    assert above[1] < low_y
    assert abs((right[0] - low_x) - (low_y - above[1])) < 0.01


def test_one_number_and_none_are_survived() -> None:
    assert scatter_diagram([[3.0, 3.0]]) is not None
    assert scatter_diagram([]) is None
    assert scatter_diagram([["nan", 1.0]]) is None
