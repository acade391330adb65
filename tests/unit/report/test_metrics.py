"""How scores are written: shares, and amounts in their own units."""

from __future__ import annotations

from typing import Any

import pytest

from accent.report.metrics import amount, brief, is_bounded, is_lower_better, with_interval, written, written_interval
from accent.report.reading import Score


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2134, "0.213"),
        (0.0512, "0.0512"),
        (0.00123456, "0.00123"),
        (5, "5.000"),
        (23.412, "23.41"),
        (234.12, "234.1"),
        (1234.5, "1,234"),
        (-3.5, "\u22123.500"),
        (0, "0.000"),
        (1.014e304, "1.01e304"),
        ("nan", "\u2013"),
    ],
)
def test_amounts_keep_about_four_digits(value: Any, text: str) -> None:
    assert amount(value) == text


def test_brief_amounts_have_no_zeros_at_their_end() -> None:
    assert [brief(value) for value in (5.0, 0.1, 23.40, 1200, 100.0, 2e9)] == [
        "5",
        "0.1",
        "23.4",
        "1,200",
        "100",
        "2e9",
    ]


def test_shares_have_three_digits_and_amounts_those_of_their_size() -> None:
    assert (written("f1", 0.98765), written("perplexity", 34.5678)) == ("0.988", "34.57")
    assert written_interval("f1", 0.9, 0.95) == "0.900\u20130.950"
    assert written_interval("mae", 9.87654, 12.5) == "9.88\u201312.50"
    assert written_interval("perplexity", 2.0, 4e8) == "2.000 to 4e8"


def test_scores_of_single_classes_are_as_their_metric() -> None:
    assert is_bounded("f1/a")
    assert not is_bounded("mae/price")
    assert is_lower_better("rmse/price")
    assert not is_lower_better("pearson/price")


def test_what_is_better_lower_says_so() -> None:
    told = with_interval("bits_per_byte", Score(1.05, 0.98, 1.13, 60)).replace("\u00a0", " ")
    assert told == "1.050 (95 % interval 0.980\u20131.130, n = 60; lower is better)"
    assert "lower" not in with_interval("f1", Score(0.9, 0.8, 1.0, 60))
