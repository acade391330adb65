"""Tables of scores on a terminal: each task's, in 80 columns."""

from __future__ import annotations

from typing import Any

import pytest

from accent.cli.console import Console
from accent.cli.tables import score_parts

Capture = pytest.CaptureFixture[str]


def score(value: float, half: float = 0.05, n: int = 200) -> dict[str, Any]:
    return {"value": value, "low": value - half, "high": value + half, "n": n}


def compared(name: str, difference: float, *, p: float = 0.001) -> dict[str, Any]:
    return {"score": name, "difference": score(difference), "p_value": p, "significant": p < 0.05}


def shown(capsys: Capture, scores: dict[str, Any]) -> str:
    Console().show(*score_parts(scores))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    return out


def by_name(names: tuple[str, ...], metrics: tuple[str, ...]) -> dict[str, Any]:
    return {f"{metric}/{name}": score(0.8, n=10 + at) for metric in metrics for at, name in enumerate(names)}


THREE = ("precision", "recall", "f1")


def test_entities_stand_by_type_beside_the_gazetteer(capsys: Capture):
    scores = {
        "test": {"precision": score(0.7), "f1": score(0.75), **by_name(("LOC", "PER"), THREE)},
        "main": "f1",
        "types": ["LOC", "PER"],
        "baselines": {"gazetteer": {"f1": score(0.3)}, "none": {"f1": score(0.0)}},
        "comparisons": {"gazetteer": compared("f1", 0.45)},
    }
    lines = shown(capsys, scores).splitlines()
    assert lines[2].split() == ["metric", "value", "interval", "gazetteer", "none"]
    assert lines[3].split() == ["f1", "0.7500", "[0.7000,", "0.8000]", "0.3000", "0.0000"]
    assert lines[5].split() == ["type", "precision", "recall", "f1", "n"]
    assert lines[7].split() == ["PER", "0.8000", "0.8000", "0.8000", "11"]
    assert lines[8] == "f1 is 0.4500 above gazetteer [0.4000, 0.5000]: significant (p = 0.001)"


@pytest.mark.parametrize(
    ("page", "noun"),
    [
        ({"classes": ["a", "b"]}, "class"),
        ({"classes": ["a", "b"], "labels_per_row": {"gold": 1.0, "predicted": 1.0}}, "label"),
        ({"types": ["a", "b"]}, "type"),
        ({"confusion": {"labels": ["a", "b"], "counts": [[1, 0], [0, 1]]}}, "tag"),
    ],
)
def test_the_parts_are_called_what_they_are(capsys: Capture, page: dict[str, Any], noun: str):
    out = shown(capsys, {"test": {"f1": score(0.8), **by_name(("a", "b"), THREE)}, **page})
    assert out.splitlines()[4].split()[0] == noun


def test_several_numbers_stand_apart_with_their_own_scores(capsys: Capture):
    metrics = ("pearson", "spearman", "mae", "rmse", "r2")
    scores = {"test": {"pearson": score(0.8), **by_name(("depth", "width"), metrics)}, "quantities": ["depth", "width"]}
    lines = shown(capsys, scores).splitlines()
    assert lines[4].split() == ["number", *metrics, "n"]
    assert lines[5].split() == ["depth", *["0.8000"] * 5, "10"]


def test_a_name_with_a_slash_is_one_name(capsys: Capture):
    out = shown(capsys, {"test": {"f1": score(0.8), **by_name(("a/b",), THREE)}, "classes": ["a/b"]})
    assert out.splitlines()[5].split()[:2] == ["a/b", "0.8000"]


def test_many_classes_stand_in_the_report_only(capsys: Capture):
    names = tuple(f"c{index}" for index in range(31))
    assert "c30" not in shown(capsys, {"test": {"f1": score(0.8), **by_name(names, THREE)}, "classes": list(names)})


def test_the_compared_score_comes_first(capsys: Capture):
    out = shown(capsys, {"test": {"loss": score(3.0), "bits_per_byte": score(1.2)}, "main": "bits_per_byte"})
    assert [line.split()[0] for line in out.splitlines()[3:]] == ["bits_per_byte", "loss"]


def test_scores_of_other_tokens_are_not_laid_side_by_side(capsys: Capture):
    grams = {name: score(7.7) for name in ("loss", "perplexity", "bits_per_byte")}
    own = {"loss": score(3.0), "perplexity": score(20.1), "bits_per_byte": score(1.2)}
    out = shown(capsys, {"test": own, "main": "bits_per_byte", "baselines": {"5-gram": grams}})
    assert out.count("7.7000") == 1


def test_large_amounts_are_written_shortly(capsys: Capture):
    out = shown(capsys, {"test": {"mae": score(12345.678, 100.0), "perplexity": score(2.5e9, 1e8), "r2": score(0.5)}})
    assert out.splitlines()[3].split() == ["mae", "12,345.7", "[12,245.7,", "12,445.7]"]
    assert out.splitlines()[4].split() == ["perplexity", "2.5e+09", "[2.4e+09,", "2.6e+09]"]


def test_a_long_comparison_breaks_before_its_verdict(capsys: Capture):
    scores = {
        "test": {"bits_per_byte": score(1.2)},
        "comparisons": {"common tag": compared("bits_per_byte", -1.2345, p=0.12)},
    }
    lines = shown(capsys, scores).splitlines()
    assert lines[-2:] == [
        "bits_per_byte is 1.2345 below common tag [-1.2845, -1.1845]:",
        "    not significant (p = 0.12)",
    ]
