"""What a document of a plain text file is, and which line it begins on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accent.config.corpus import DocumentsName
from accent.data.corpus.plain import plain_documents, plain_pairs
from accent.data.readers import InputFile
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
TEXT = "\none\ntwo\n\nthree\n \n\nfour\n"


def opened(path: Path) -> InputFile:
    return InputFile(path=path, name=path.name, encoding="utf-8")


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        ("line", [(2, "one"), (3, "two"), (5, "three"), (8, "four")]),
        ("blank-line", [(2, "one\ntwo"), (5, "three"), (8, "four")]),
        ("blank-lines", [(2, "one\ntwo\n\nthree"), (8, "four")]),
        ("file", [(2, "one\ntwo\n\nthree\n\n\nfour")]),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.txt.xz", "a.txt.zst"])
def test_documents_and_their_first_lines(
    write: Write, name: str, documents: DocumentsName, expected: list[tuple[int, str]]
) -> None:
    assert list(plain_documents(opened(write(name, TEXT)), documents)) == expected


def test_windows_line_ends_are_no_text(write: Write) -> None:
    found = list(plain_documents(opened(write("a.txt", "one\r\ntwo\r\n\r\nthree")), "blank-line"))
    assert found == [(1, "one\ntwo"), (4, "three")]


def test_a_long_document_goes_on_as_another_at_the_end_of_a_line(write: Write) -> None:
    found = list(plain_documents(opened(write("a.txt", "aaaa\nbbbb\ncccc\n")), "file", longest=10))
    assert found == [(1, "aaaa\nbbbb"), (3, "cccc")]


def test_a_line_that_is_too_long_comes_in_parts_and_counts_once(write: Write) -> None:
    found = list(plain_documents(opened(write("a.txt", "a" * 25 + "\nb\n")), "file", longest=10))
    assert found == [(1, "a" * 10), (1, "a" * 10), (1, "aaaaa\nb")]


def test_lines_of_two_files_are_pairs_where_both_have_text(write: Write) -> None:
    one, other = opened(write("a.en", "a dog\n\na cat\nx\n")), opened(write("a.de", "ein Hund\ny\neine Katze\n\n"))
    assert list(plain_pairs(one, other)) == [(1, "a dog", "ein Hund"), (3, "a cat", "eine Katze")]


@pytest.mark.parametrize(("one", "other", "where"), [("a\nb\n", "a\n", "a.de"), ("a\n", "a\nb\n", "a.en")])
def test_files_of_different_lengths_are_refused(write: Write, one: str, other: str, where: str) -> None:
    files = opened(write("a.en", one)), opened(write("a.de", other))
    with pytest.raises(DataError, match="ends before line 2 of its translation") as caught:
        list(plain_pairs(*files))
    assert caught.value.where == where
