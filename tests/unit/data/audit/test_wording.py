from __future__ import annotations

import pytest

from accent.data.audit.wording import counted, listed, percent, quoted, verb


@pytest.mark.parametrize(("number", "expected"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1234, "1,234 rows")])
def test_counted_is_right_in_the_singular_too(number: int, expected: str) -> None:
    assert counted(number, "row") == expected


def test_an_uneven_plural_is_given() -> None:
    assert (counted(1, "class", "classes"), counted(2, "class", "classes")) == ("1 class", "2 classes")
    assert (verb(1, "has", "have"), verb(0, "has", "have")) == ("has", "have")


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 10, "0 %"),
        (0, 0, "0 %"),
        (10, 10, "100 %"),
        (1, 8, "12.5 %"),
        (1, 100_000, "under 0.1 %"),
        (99_999, 100_000, "99.9 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(part: int, whole: int, expected: str) -> None:
    assert percent(part, whole) == expected


def test_lists_are_cut_with_the_number_left_out() -> None:
    assert [listed(list("abcdefg"[:size])) for size in (0, 1, 2, 3, 7)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c, d, e and 2 more",
    ]


def test_names_in_quotes_show_what_cannot_be_seen_and_are_cut() -> None:
    assert quoted("a\tb") == '"a\\tb"'
    assert len(quoted("x" * 100)) == 42
