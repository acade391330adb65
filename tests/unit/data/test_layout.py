"""Delimiters and headers are inferred from the first rows, and what was inferred is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accent.data.readers import InputFile, ReadOptions
from accent.data.readers.layout import Layout, find_layout
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]


def layout(path: Path, default: str | None = None, **options: object) -> Layout:
    file = InputFile(path=path, name=path.name, encoding="utf-8-sig")
    return find_layout(file, ReadOptions(**options), default=default)  # type: ignore[arg-type]


HEADERS: dict[str, tuple[str, bool]] = {
    "label values stand again": ("good film\tpos\nbad film\tneg\nfine film\tpos\n", False),
    "a number": ("0.5\tsome words here\n1.25\tother words\n", False),
    "known names": ("text\tlabel\ngood\tpos\nbad\tneg\n", True),
    "known names with values alike": ("text\tspam\nwin\tspam\nhello\tham\nbuy\tspam\n", True),
    "a label that is a known name": ("spam\tWin a prize now\nham\tSee you\nspam\tBuy this\n", False),
    "unknown short names": ("utt\tdialogue act\nhello there\tgreet\nbye now\tpart\n", True),
    "long first cell": ("this is a sentence of more than forty letters\tx\nshort one\ty\n", False),
    "empty name": ("\tspam\ttext\n0\t1\twin\n1\t0\thello\n", True),
    "upper case": ("Quality\t#1 String\n1\twords\n0\tother words\n", True),
}


@pytest.mark.parametrize("case", HEADERS)
def test_header_is_inferred(write: Write, case: str) -> None:
    content, header = HEADERS[case]
    found = layout(write("a.tsv", content), "\t")
    assert found.header is header
    assert found.columns[0] != ""


def test_a_rare_repetition_in_many_rows_is_no_proof(write: Write) -> None:
    rows = "".join(f"words {number}\tlabel {number % 2}\n" for number in range(100))
    found = layout(write("a.tsv", "utt\tact\n" + rows + "x\tact\n"), "\t")
    assert found.header


def test_what_was_inferred_is_said_and_what_was_asked_is_not(write: Write) -> None:
    path = write("a.tsv", "good\tpos\nbad\tneg\nfine\tpos\n")
    assert layout(path, "\t").notes == ("header: none (inferred: 'pos' stands again in its column, 1x)",)
    assert layout(path, "\t", header="none").notes == ()
    assert layout(path, "\t", header="first").columns == ("good", "pos")
    assert layout(path, "\t", columns=("a", "b")).header is False


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiter_is_inferred(write: Write, delimiter: str) -> None:
    rows = [["text", "label"], ["one two", "a"], ["three, four; five", "b"] if delimiter == "|" else ["three", "b"]]
    found = layout(write("a.csv", "".join(delimiter.join(row) + "\n" for row in rows)))
    assert found.delimiter == delimiter
    assert found.quoted is (delimiter != "\t")


def test_quotes_may_hold_the_delimiter_while_it_is_inferred(write: Write) -> None:
    assert layout(write("a.csv", 'text,label\n"a; b; c",x\n"d; e; f",y\n')).delimiter == ","


def test_quoting_minimal_in_a_tsv(write: Write) -> None:
    assert layout(write("a.tsv", 'text\tlabel\n"a\tb"\tx\n'), "\t", quoting="minimal").quoted


def test_columns_must_fit_the_rows(write: Write) -> None:
    path = write("a.tsv", "a b c\tx\nd e f\ty\n")
    with pytest.raises(DataError, match="--columns names 3 columns, but the first row has 2"):
        layout(path, "\t", columns=("a", "b", "c"))
    with pytest.raises(DataError, match="so does --columns"):
        layout(path, "\t", columns=("a", "b"), header="first")


def test_a_delimiter_is_one_character(write: Write) -> None:
    with pytest.raises(DataError, match="cannot stand between columns"):
        layout(write("a.csv", "a,b\n"), delimiter="::")
