"""The page of a search, from a tune.json made by hand."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from accent.errors import RunError
from accent.report import write_search_page
from accent.report.search_figures import curves_figure, history_figure, parallel_figure
from tests.unit.tuning.documents import SUMMARY, trial


def page_of(folder: Path, **changes: Any) -> str:
    (folder / "tune.json").write_text(json.dumps(copy.deepcopy(SUMMARY) | changes), encoding="utf-8")
    return write_search_page(folder).read_text(encoding="utf-8")


def text_of(page: str) -> str:
    plain = re.sub(r"<(style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", plain).split())


def test_the_page_says_what_was_found(tmp_path: Path) -> None:
    text = text_of(page_of(tmp_path))
    assert "Trial 1 is the best of 2 trials that came to their end: F1, macro 0.910 on validation rows." in text
    assert "On test rows, which no trial has seen, its Accuracy is 0.873." in text
    assert "2 whole, 1 given up, 1 failed, 1 lost" in text
    assert "20,000 tokens in 1 min 2 s" in text
    assert "scores of 9 trials at their first evaluation" in text
    assert "1 trial came to nothing" in text
    assert "1e-05..0.001 log" in text


def test_trials_stand_in_the_order_of_their_scores(tmp_path: Path) -> None:
    table = page_of(tmp_path).split('id="trials"')[1]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)]
    rows = [row for row in rows if row]
    assert [row[0] for row in rows] == ["1", "0", "2", "3", "4"]
    assert rows[0][1:3] == ["0.910", "whole"]
    assert rows[0][5:] == ["0.0002", "32"]
    assert rows[3][2] == "failed<small>a &lt;text&gt; is too long</small>"


def test_the_page_needs_no_network_and_is_the_same_each_time(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert page == page_of(tmp_path)
    assert not re.search(r"(?:src|href)=\"https?:|url\(http|@import", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_second_reading_of_the_test_rows_is_a_caution(tmp_path: Path) -> None:
    page = page_of(tmp_path, scored=[0, 1])
    assert "The test rows have been read 2 times" in page.split('class="caution"')[1]


def test_a_search_under_way_has_a_page(tmp_path: Path) -> None:
    only = {"trials": [trial(0, None, "running")], "winner": None, "importance": None, "scored": []}
    totals = {"states": {"running": 1}, "tokens": 0, "updates": 0, "seconds": 0}
    text = text_of(page_of(tmp_path, totals=totals, **only))
    assert "No trial has come to its end yet." in text
    assert "What mattered" not in text


def test_the_page_needs_its_document(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be read"):
        write_search_page(tmp_path)


@pytest.mark.parametrize("lower", [False, True])
def test_the_history_draws_the_best_so_far(lower: bool) -> None:
    scores = (0.5, 0.3, 0.7)
    drawn = history_figure([trial(n, one) for n, one in enumerate(scores)], metric="loss", lower_is_better=lower)
    best = ([0.5, 0.3, 0.3] if lower else [0.5, 0.5, 0.7])[1:]
    assert drawn is not None
    (line,) = re.findall(r'id="history-line2d_\d+">\s*<path d="([^"]+)" clip-path="[^"]+" style="fill: none', drawn)[
        -1:
    ]
    heights = [float(y) for _, y in re.findall(r"[ML] ([\d.]+) ([\d.]+)", line)]
    assert (heights[-1] < heights[0]) == (best[-1] > 0.5)  # SVG counts from the top
    assert heights[0] != heights[-1]


def test_a_setting_that_a_trial_lacks_breaks_its_line() -> None:
    some = [trial(0, 0.5), trial(1, 0.7), trial(2, 0.6)]
    some[1]["settings"] = {"learning_rate": 1e-3}
    drawn = parallel_figure(
        some, ["learning_rate", "batch_size"], log=["learning_rate"], metric="F1", lower_is_better=False
    )
    assert drawn is not None
    assert "1e-4" in drawn
    assert "16" in drawn
    assert parallel_figure(some[:1], ["learning_rate"], log=[], metric="F1", lower_is_better=False) is None


def test_there_is_no_figure_of_nothing() -> None:
    none = [trial(0, None, "failed")]
    assert history_figure(none, metric="F1", lower_is_better=False) is None
    assert curves_figure(none, metric="F1", lower_is_better=False) is None
