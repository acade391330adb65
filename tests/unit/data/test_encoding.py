"""The encoding is checked over the whole file; what is not UTF-8 is read as latin-1 only where it plainly is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accent.data.encoding import find_encoding
from accent.errors import DataError

Write = Callable[[str, str | bytes], Path]
PLAIN = "a line of plain text\n" * 3


def test_utf8_needs_no_note(write: Write) -> None:
    found = find_encoding(write("a.txt", "grüße\n" * 10), None)
    assert (found.name, found.note) == ("utf-8-sig", None)


def test_latin1_is_inferred_with_the_line_named(write: Write) -> None:
    found = find_encoding(write("a.txt", (PLAIN + "un été à la plage\nplain\nça va bien\n").encode("latin-1")), None)
    assert found.name == "latin-1"
    assert found.note == "encoding: latin-1 (inferred: 2 lines are not UTF-8, the first is line 4)"


def test_windows_quotes_make_it_cp1252(write: Write) -> None:
    found = find_encoding(write("a.txt", (PLAIN + "“quoted” so\n").encode("cp1252")), None)
    assert found.name == "cp1252"
    assert "1 line is not UTF-8" in str(found.note)


def test_a_bad_byte_far_into_the_file_is_found(write: Write) -> None:
    content = PLAIN.encode() * 40_000 + b"caf\xe9 au lait\n"
    assert "line 120001" in str(find_encoding(write("a.txt.gz", content), None).note)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param("Привет мир\n".encode("cp1251") * 5, 1, id="Cyrillic"),
        pytest.param(("grüße\n" * 5).encode() + b"broken \xff here\n", 6, id="damaged UTF-8"),
        pytest.param(PLAIN.encode() + b"odd \x81 byte\n", 4, id="no letter in cp1252"),
    ],
)
def test_other_bytes_are_an_error_that_names_line_and_remedy(write: Write, content: bytes, line: int) -> None:
    path = write("a.txt", content)
    with pytest.raises(DataError, match="not UTF-8") as caught:
        find_encoding(path, None)
    assert caught.value.where == f"{path}:{line}"
    assert "--encoding latin-1" in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"one\ntwo\x00three\n", 2, id="NUL in ASCII"),
        pytest.param(b"one\n\xff\x01\x02\n", 2, id="controls"),
        pytest.param(b"PAR1\x15\x04\x90\x00\xff", 1, id="binary"),
    ],
)
def test_bytes_that_are_no_text_are_unreadable(write: Write, content: bytes, line: int) -> None:
    path = write("a.csv", content)
    with pytest.raises(DataError, match="unreadable bytes") as caught:
        find_encoding(path, None)
    assert caught.value.where == f"{path}:{line}"


def test_the_encoding_asked_for_is_used_or_refused_with_the_line(write: Write) -> None:
    path = write("a.txt", b"one\ncaf\xe9\n")
    assert find_encoding(path, "latin-1").name == "latin-1"
    with pytest.raises(DataError, match="the bytes are not ascii") as caught:
        find_encoding(path, "ascii")
    assert caught.value.where == f"{path}:2"


def test_an_encoding_that_does_not_exist_is_refused(write: Write) -> None:
    with pytest.raises(DataError, match="no encoding is called 'utf-88'"):
        find_encoding(write("a.txt", "a\n"), "utf-88")


def test_utf16_is_known_by_its_mark(write: Write) -> None:
    assert find_encoding(write("a.txt", "text\n".encode("utf-16")), None).name == "utf-16"
