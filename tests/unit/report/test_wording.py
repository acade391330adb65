from __future__ import annotations

from typing import Any

import pytest

from accent.report import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.9117, "0.912"),
        (-0.0421, "\u22120.042"),
        (-0.0001, "0.000"),
        (1234.5, "1,234.500"),
        ("nan", "\u2013"),
        (None, "\u2013"),
    ],
)
def test_numbers(value: Any, text: str) -> None:
    assert wording.number(value) == text


def test_an_interval_with_a_minus_sign_says_to() -> None:
    assert wording.interval(0.1, 0.2) == "0.100\u20130.200"
    assert wording.interval(-0.1, 0.2) == "\u22120.100 to 0.200"
    assert wording.interval(float("nan"), 0.2) == "\u2013"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (12.2, "12 s"),
        (59.7, "1 min 0 s"),
        (161.3, "2 min 41 s"),
        (4000, "1 h 6 min"),
        (None, "\u2013"),
    ],
)
def test_durations(seconds: Any, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "p < 0.001"), (0.001, "p = 0.001"), (0.0214, "p = 0.021"), (0.214, "p = 0.21"), (1.0, "p = 1.00")],
)
def test_p_values(value: float, text: str) -> None:
    assert wording.p_value(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5e-5, "5e-5"),
        (3.0, "3"),
        (2e-10, "2e-10"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (9600, "9,600"),
        (None, "\u2013"),
        ([], "\u2013"),
        (["a", 2], "a, 2"),
        ({"a": 1.5}, "a 1.5"),
        ("text", "text"),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert wording.plain_value(value) == text


def test_one_row_two_rows() -> None:
    assert wording.plural(1, "row") == "1 row"
    assert wording.plural(2000, "row") == "2,000 rows"
    assert wording.plural(2, "class", "classes") == "2 classes"


def test_long_paths_keep_their_end() -> None:
    assert wording.place("data/test.tsv", 12) == "data/test.tsv:12"
    assert wording.place("/" + "very/" * 10 + "sst2/test.tsv", 12) == "\u2026/sst2/test.tsv:12"
    assert wording.place("rows", None) == "rows"


def test_moments() -> None:
    assert wording.moment("2026-01-31T12:00:00+00:00") == "2026-01-31 12:00 UTC"
    assert wording.moment(None) == "\u2013"
    assert wording.moment("yesterday") == "yesterday"


def test_texts_are_cut_and_what_is_left_off_is_counted() -> None:
    assert wording.short_text("abc", 3) == ("abc", 0)
    assert wording.short_text("abcd", 3) == ("abc", 1)
    assert wording.short_text(None, 3) == ("", 0)


def test_clean_keeps_line_ends_and_tabs() -> None:
    assert wording.clean("a\tb\nc\x0b\x1f\udfff") == "a\tb\nc\ufffd\ufffd\ufffd"


def test_metric_names() -> None:
    assert wording.metric_name("f1_macro") == "F1, macro"
    assert wording.metric_name("exact_match") == "exact match"
