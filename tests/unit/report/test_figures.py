from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from accent.report.drawing import shorten, width_of
from accent.report.figures import loss_curve, rate_curve, reliability_diagram, smooth, validation_curve
from accent.report.matrix import confusion_matrix


def updates(losses: list[Any]) -> list[dict[str, Any]]:
    return [
        {"kind": "update", "update": index, "epoch": index / 10, "loss": loss, "learning_rate": 5e-5}
        for index, loss in enumerate(losses, start=1)
    ]


def evaluation(update: int, value: Any, *, chosen: bool) -> dict[str, Any]:
    return {"kind": "evaluation", "update": update, "scores": {"f1_macro": value, "loss": 0.5}, "chosen": chosen}


def texts(svg: str | None) -> list[str]:
    assert svg is not None
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_smoothing_keeps_a_constant_and_its_start() -> None:
    assert smooth(np.full(50, 3.0)) == pytest.approx(np.full(50, 3.0))
    assert smooth(np.array([4.0, 0.0]), share=1.0)[0] == pytest.approx(4.0)


def test_smoothing_is_the_weighted_mean_of_what_was_seen() -> None:
    values = np.array([1.0, 5.0, 2.0, 8.0])
    keep = 1 - 1 / (0.5 * 4)
    weights = keep ** np.arange(3, -1, -1)
    assert smooth(values, share=0.5)[3] == pytest.approx((weights * values).sum() / weights.sum())


def test_smoothing_passes_over_what_is_not_finite() -> None:
    smoothed = smooth(np.array([np.nan, 2.0, np.inf, 2.0]), share=0.9)
    assert np.isnan(smoothed[0])
    assert smoothed[1:] == pytest.approx([2.0, 2.0, 2.0])


def test_nothing_is_drawn_from_nothing() -> None:
    assert loss_curve([]) is None
    assert rate_curve([{"kind": "start", "update": 0}]) is None
    assert validation_curve(updates([1.0]), "f1_macro") is None
    assert reliability_diagram([{"low": 0, "high": 0.1, "confidence": None, "accuracy": None, "n": 0}]) is None
    assert confusion_matrix([[0, 0], [0, 0]], ["a", "b"]) is None


@pytest.mark.parametrize("losses", [["nan"], ["nan", "inf", 1.0], [0.7], [0.0, 0.0]])
def test_losses_that_are_not_finite_are_survived(losses: list[Any]) -> None:
    drawn = loss_curve(updates(losses))
    assert drawn is not None
    assert "nan" not in drawn


def test_rates_are_written_shortly() -> None:
    assert {"0", "1e-5", "5e-5"} <= set(texts(rate_curve(updates([1.0, 1.0]))))


def test_the_chosen_evaluation_is_marked_even_without_updates() -> None:
    events = [evaluation(10, 0.71, chosen=True), evaluation(20, 0.84, chosen=True), evaluation(30, 0.80, chosen=False)]
    assert "chosen 0.840" in texts(validation_curve(events, "f1_macro"))
    unmarked = [evaluation(10, "nan", chosen=False)]
    assert not any(text.startswith("chosen") for text in texts(validation_curve(unmarked, "f1_macro")))


def test_a_long_log_stays_small() -> None:
    chance = np.random.default_rng(0)
    drawn = loss_curve(updates(list(chance.random(50_000))))
    assert drawn is not None
    assert len(drawn) < 400_000


def test_reliability_counts_its_rows() -> None:
    bins = [
        {"low": 0.5, "high": 0.6, "confidence": 0.55, "accuracy": 0.4, "n": 12},
        {"low": 0.9, "high": 1.0, "confidence": 0.97, "accuracy": 1.0, "n": 1234},
        {"low": 0.6, "high": 0.7, "confidence": "nan", "accuracy": "nan", "n": 0},
    ]
    assert {"12", "1,234"} <= set(texts(reliability_diagram(bins)))


def test_a_cell_bears_its_count_and_an_empty_class_says_so() -> None:
    found = texts(confusion_matrix([[5, 1, 0], [0, 0, 0], [2, 0, 7]], ["a", "b", "c"]))
    assert sorted(found, key=str) == sorted(
        ["a", "b", "c", "a", "b", "c", "answer", "true class", "5", "1", "2", "7", "no rows"]
    )


@pytest.mark.parametrize("classes", [2, 3, 5, 12, 25, 40, 41, 70, 71, 150])
def test_every_size_has_all_its_names_twice(classes: int) -> None:
    labels = [f"class {index}" for index in range(classes)]
    found = texts(confusion_matrix(np.eye(classes, dtype=int).tolist(), labels))
    assert all(found.count(label) == 2 for label in labels)


def test_empty_cells_cost_nothing() -> None:
    labels = [f"class {index}" for index in range(150)]
    drawn = confusion_matrix(np.eye(150, dtype=int).tolist(), labels)
    assert drawn is not None
    assert len(drawn) < 120_000


def test_labels_of_any_script_are_drawn_without_a_warning() -> None:
    labels = ["\u0645\u0644\u0635\u0642", "\U0001f600 $x$", "\u4e2d\u6587", "a\x00\ud800", ""]
    found = texts(confusion_matrix(np.eye(5, dtype=int).tolist(), labels))
    assert "\U0001f600 $x$" in found
    assert "a\ufffd\ufffd" in found


def test_names_are_cut_in_the_middle() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("intent_number_128", 9) == "inte\u2026_128"
    assert len(shorten("x" * 500, 20)) == 20
    assert shorten("two\nlines", 20) == "two lines"


def test_wide_letters_take_more_room() -> None:
    assert width_of("\u4e2d\u6587", 10) > 1.5 * width_of("ab", 10)
