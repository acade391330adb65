"""Numbers of a row: found by name or by their fractions, parsed, and refused where they are none."""

from __future__ import annotations

import pytest
from tests.unit.data.layouts.reading import Write, jsonl, refused, rows

from accent.data.layouts import LAYOUTS

TEXTS = [f"some words about thing number {number}" for number in range(12)]


def table(header: str, *cells: str) -> str:
    lines = [f"{text}\t{cell}\n" for text, cell in zip(TEXTS, cells * 12, strict=False)]
    return header + "\n" + "".join(lines)


@pytest.mark.parametrize(
    ("header", "cells", "wanted"),
    [
        ("text\tscore\tn", ("1.5\t7", "-2\t8"), [1.5, -2.0]),
        ("text\tid\tweight", ("7\t1e-3", "8\t+.5"), [0.001, 0.5]),
        ("text\tyears", ("3", "4"), [3.0, 4.0]),
        ("text\tlabel\tvalence", ("good\t0.5", "bad\t1"), [0.5, 1.0]),
    ],
)
def test_the_number_is_found(write: Write, header: str, cells: tuple[str, ...], wanted: list[float]) -> None:
    found = rows(write("a.tsv", table(header, *cells)), "regression")
    assert [row["label"] for row in found] == [[number] for number in wanted] * 6


def test_several_numbers_in_the_order_asked_for(write: Write) -> None:
    records = [{"text": "one two", "a": 1, "b": "2.25"}, {"text": "three four", "a": -0.5, "b": 1e2}]
    found = rows(write("a.jsonl", jsonl(records)), "regression", label_column=("b", "a"))
    assert [row["label"] for row in found] == [[2.25, 1.0], [100.0, -0.5]]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("many", "'many'"),
        ("nan", "'nan'"),
        ("inf", "'inf'"),
        ("1,5", "'1,5'"),
        ("1_0", "'1_0'"),
        (" ", "an empty cell"),
    ],
)
def test_what_is_no_number_is_named_with_its_line(write: Write, cell: str, what: str) -> None:
    path = write("a.tsv", table("text\tscore", "1.5") + f"last words\t{cell}\n")
    error = refused(path, "regression")
    assert error.what == f"{what} in the column 'score', which has to hold a number"
    assert error.where == f"{path}:14"


def test_columns_that_number_the_rows_are_no_numbers_to_tell(write: Write) -> None:
    lines = [f"{number}\t{text}\t{'ab'[number % 2]}\n" for number, text in enumerate(TEXTS)]
    error = refused(write("a.tsv", "index\ttext\tlabel\n" + "".join(lines)), "regression")
    assert error.what == "no column of numbers: the columns are index, text, label"
    assert "--task classification" in error.remedy


def test_several_columns_of_numbers_are_a_question(write: Write) -> None:
    error = refused(write("a.tsv", table("text\theight\twidth", "1.5\t2.5", "2.5\t1.5")), "regression")
    assert error.what == "2 columns may hold the number: height, width"
    assert "--label-column 'height'" in error.remedy


def test_numbers_are_not_needed_for_predicting(write: Write) -> None:
    path = write("a.tsv", table("text\tscore", "1.5", ""))
    assert set(rows(path, "regression", require_labels=False)[1]) == {"text"}


def test_keys_and_classes() -> None:
    layout = LAYOUTS["regression"]
    assert layout.key([1.0, 2.5]) == "1.0, 2.5"
    assert layout.classes([1.0]) == ()
    assert layout.stratum([1.0]) == ""
