"""The table of scores: columns, order, units, bars."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from accent.records import RunFolder, write_json
from accent.report.reading import read_material
from accent.report.scores import score_table


def copy_run(source: RunFolder, target: Path) -> RunFolder:
    shutil.copytree(source.path, target)
    return RunFolder(target)


def test_baselines_stand_in_the_same_table(reviews: RunFolder) -> None:
    table = score_table(read_material(reviews))
    assert table is not None
    assert [one.name for one in table.columns] == ["test", "validation", "tfidf", "majority"]
    accuracy = json.loads(reviews.scores.read_text())["baselines"]["tfidf"]["accuracy"]
    cell = table.rows[0].cells[2]
    assert cell is not None
    assert cell.value == f"{accuracy['value']:.3f}"
    assert all(len(row.cells) == 4 for row in table.rows)


def test_a_bar_is_the_interval_on_the_axis(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    write_json(folder.scores, {"test": {"accuracy": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 50}}})
    table = score_table(read_material(folder))
    assert table is not None
    (bar,) = table.rows[0].bars
    assert (bar.left, bar.width, bar.at) == (80.0, 15.0, 90.0)
    assert (table.axis, table.step) == (("0", "1"), 20.0)


def test_the_axis_reaches_below_zero_where_a_score_does(reviews: RunFolder, tmp_path: Path) -> None:
    folder = copy_run(reviews, tmp_path / "run")
    write_json(folder.scores, {"test": {"matthews": {"value": 0.2, "low": -0.15, "high": 0.5, "n": 50}}})
    table = score_table(read_material(folder))
    assert table is not None
    assert table.axis == ("\u22120.2", "1")
    (bar,) = table.rows[0].bars
    assert bar.at == pytest.approx(100 * 0.4 / 1.2, abs=0.01)


def test_log_loss_has_no_bar(reviews: RunFolder) -> None:
    table = score_table(read_material(reviews))
    assert table is not None
    (row,) = [row for row in table.rows if row.name == "Log loss"]
    assert row.lower_is_better
    assert row.bars == ()
    assert None not in row.cells
