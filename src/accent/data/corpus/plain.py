"""Documents of plain text files, in constant memory however long a file, a document or a line is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from accent.config.corpus import DocumentsName
from accent.data.readers import InputFile
from accent.errors import DataError

__all__ = ["LONGEST", "plain_documents", "plain_pairs"]

LONGEST = 16 * 10**6
"""Characters of a document at most: a longer one goes on as another, from the end of a line where it has lines."""
BLANK_LINES: dict[DocumentsName, int | None] = {"line": 0, "blank-line": 1, "blank-lines": 2, "file": None}
"""How many blank lines end a document; None: however many, it goes on."""


def plain_documents(file: InputFile, documents: DocumentsName, *, longest: int = LONGEST) -> Iterator[tuple[int, str]]:
    """Yield (number of its first line, text) for each document with text in it.

    Blank lines inside a document are kept, those around it are not.
    """
    ends = BLANK_LINES[documents]
    held: list[str] = []
    start = size = blank = 0
    for number, line in _lines(file, longest):
        if not line.strip():
            blank += 1
            continue
        if held and ((ends is not None and blank >= ends) or size + len(line) > longest):
            yield start, "\n".join(held)
            held, size = [], 0
        if held:
            held += [""] * blank
        else:
            start = number
        held.append(line)
        size += len(line) + blank + 1
        blank = 0
    if held:
        yield start, "\n".join(held)


def plain_pairs(file: InputFile, pair: InputFile, *, longest: int = LONGEST) -> Iterator[tuple[int, str, str]]:
    """Yield (line, text, translation) for each line of two files that both have text in it.

    Raises DataError where one of the files ends before the other.
    """
    for one, other in zip_longest(_lines(file, longest), _lines(pair, longest)):
        if one is None or other is None:
            shorter, line = (file, other) if one is None else (pair, one)
            raise DataError(
                f"the file ends before line {line[0]:,} of its translation",
                where=shorter.name,
                remedy="Give two files with the same lines in two languages.",
            )
        if one[1].strip() and other[1].strip():
            yield one[0], one[1], other[1]


def _lines(file: InputFile, longest: int) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line without its end); a line that is too long comes in parts."""
    with file.text() as text:
        number = 1
        for line in iter(partial(text.readline, longest), ""):
            yield number, line.rstrip("\n").removesuffix("\r")
            number += line.endswith("\n")
