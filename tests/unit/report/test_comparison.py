"""The page of a comparison, made of compare.json's contents alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from accent.report import write_comparison


def setting(name: str, value: float, best: float, **changed: Any) -> dict[str, Any]:
    p_value = {"p_value": 0.0001, "adjusted": 0.0003, "significant": True, "test": "McNemar's exact test"}
    difference = {"value": value - best, "low": value - best - 0.03, "high": value - best + 0.03, "n": 200}
    against = None if value == best else {"one": name, "other": "full", "difference": difference, **p_value}
    made = {
        "name": name,
        "runs": [f"runs/{name}/seed-{seed}" for seed in (1, 2)],
        "seeds": [1, 2],
        "score": {"value": value, "low": value - 0.02, "high": value + 0.02, "n": 200},
        "values": [value - 0.01, value + 0.01],
        "deviation": 0.0141,
        "strategy": "full",
        "base": "builtin:minilm",
        "updates": 1200,
        "trainable": 250,
        "parameters": 1000,
        "seconds": 100.0 * value,
        "total_seconds": 120.0,
        "memory": 1_500_000_000,
        "model_bytes": 91_000_000,
        "rows_per_second": 1234.5,
        "against_best": against,
        "against_first": against,
    }
    return made | changed


def document(*settings: dict[str, Any], **changed: Any) -> dict[str, Any]:
    pairs = [one["against_best"] for one in settings if one["against_best"]]
    made = {
        "metric": "accuracy",
        "lower_is_better": False,
        "task": "classification",
        "split": "test",
        "rows": 2000,
        "best": settings[0]["name"],
        "winner": settings[0]["name"],
        "tied": [],
        "verdict": "full is best of <all>.",
        "recommended": {"setting": "full", "why": "it is significantly better than all others"},
        "cautions": ["2 seeds say little."],
        "settings": list(settings),
        "pairs": pairs,
        "correction": "Holm over 3 pairs",
        "front": {"seconds": ["full", "head"], "model_bytes": ["full"]},
        "differing": {"training.learning_rate": [5e-5, 1e-3, None]},
    }
    return made | changed


@pytest.fixture
def page(tmp_path: Path) -> str:
    settings = [setting("full", 0.91, 0.91), setting("head", 0.85, 0.91), setting("l<b>ra", 0.8, 0.91)]
    return write_comparison(tmp_path / "compare.html", document(*settings)).read_text(encoding="utf-8")


def plain(page: str) -> str:
    """Return the page's text on one line."""
    body = page.partition("<body>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ")


def test_scores_differences_and_costs_are_written(page: str) -> None:
    text = plain(page)
    assert "full 0.910 0.890\u20130.930 2 0.014" in text
    assert "head 0.850 0.830\u20130.870 2 0.014 \u22120.060 \u22120.090 to \u22120.030 &lt; 0.001 significant" in text
    assert "full builtin:minilm 25.0 % 1,200 1 min 31 s 1.5 GB 91.0 MB 1,234" in text
    assert "training.learning_rate 5e-5 0.001 \u2013" in text
    assert "2,000 test rows of classification" in text
    assert "runs/head/seed-2 done" in text


def test_what_users_named_cannot_break_the_page(page: str) -> None:
    assert "l<b>ra" not in page
    assert "l&lt;b&gt;ra" in page
    assert "full is best of &lt;all&gt;." in page


def test_it_is_one_file_without_network(page: str) -> None:
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "<script" not in page


def test_figures_are_drawn_where_costs_differ(page: str) -> None:
    assert page.count('<svg class="figure"') == 1  # sizes are the same, times are not


def test_runs_that_failed_keep_their_place(tmp_path: Path) -> None:
    runs = [
        {"name": "full", "seed": 1, "folder": "runs/full/seed-1", "status": "done", "error": None},
        {"name": "head", "seed": 1, "folder": "runs/head/seed-1", "status": "failed", "error": "out of luck"},
    ]
    found = document(setting("full", 0.9, 0.9), pairs=[], recommended=None)
    text = plain(write_comparison(tmp_path / "x.html", found, title="Sweep x", runs=runs).read_text(encoding="utf-8"))
    assert "head, seed 1, failed and is not compared: out of luck" in text
    assert "head 1 runs/head/seed-1 out of luck" in text
    assert "Recommended" not in text
    assert "All pairs" not in text


def test_scores_without_an_end_have_no_axis(tmp_path: Path) -> None:
    settings = [setting("full", 12.5, 12.5), setting("head", 20.25, 12.5)]
    found = document(*settings, metric="perplexity", task="generation", lower_is_better=True)
    page = write_comparison(tmp_path / "x.html", found).read_text(encoding="utf-8")
    assert 'class="axis"' not in page
    assert "lower is better" in page
