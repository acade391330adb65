"""Which encoding a file of text is in, checked over all its bytes before a row is read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from accent.data.compression import open_bytes
from accent.errors import DataError

__all__ = ["Encoding", "find_encoding"]

CHUNK = 1 << 20
# Tab, line feed, vertical tab, form feed, carriage return and escape do stand in text; the other controls do not.
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
WINDOWS = re.compile(rb"[\x80-\x9f]")
NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
HIGH = re.compile(rb"[\x80-\xff]")
# Western European text holds under 10 % accented letters; Cyrillic or Greek single-byte text over 60 %.
MOST_HIGH = 0.2


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A codec's name and what the user should know of how it was found."""

    name: str
    note: str | None = None


def find_encoding(path: Path, asked: str | None) -> Encoding:
    """Return the encoding of the file at `path`: the one asked for, UTF-8, or latin-1 where the bytes are plainly that.

    All bytes are checked, in constant memory. Raises DataError with the line of the first bad byte where the file is
    not in the encoding asked for, is not text at all, or is neither UTF-8 nor western European text; and for an empty
    file.
    """
    if asked is not None:
        _check_codec(asked)
    with open_bytes(path) as stream:
        start = stream.read(CHUNK)
    if not start:
        raise DataError("empty file", where=str(path), remedy="Give a file with rows in it.")
    name = asked or _byte_order(start) or "utf-8-sig"
    if _decodes(path, name):
        note = f"encoding: {name} (by its byte order mark)" if name == "utf-16" and asked is None else None
        return Encoding(name=name, note=note)
    if asked is not None:
        raise _wrong_encoding(path, asked)
    return _western(path)


def _check_codec(name: str) -> None:
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise DataError(
            f"no encoding is called {name!r}", where="encoding", remedy="Use utf-8, latin-1, cp1252 or utf-16."
        ) from error


def _byte_order(start: bytes) -> str | None:
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _decodes(path: Path, name: str) -> bool:
    """Return whether every byte decodes; NUL characters are an error whatever the encoding."""
    decoder = codecs.getincrementaldecoder(name)()
    with open_bytes(path) as stream:
        for piece in _pieces(stream):
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError:
                return False
            if "\x00" in text:
                raise _unreadable(path, _line_of(path, b"\x00"))
    return True


def _pieces(stream: BinaryIO) -> Iterable[bytes]:
    """Yield the stream in pieces, and an empty one last, which tells a decoder that the end has come."""
    while piece := stream.read(CHUNK):
        yield piece
    yield b""


def _line_of(path: Path, byte: bytes) -> int:
    with open_bytes(path) as stream:
        return next((number for number, line in enumerate(stream, start=1) if byte in line), 1)


def _wrong_encoding(path: Path, name: str) -> DataError:
    """Return the error for a file that is not in the encoding asked for, with the line where decoding stops."""
    decoder = codecs.getincrementaldecoder(name)()
    number = 0
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):  # noqa: B007 - the last number is used below
            try:
                decoder.decode(line)
            except UnicodeDecodeError:
                break
    return DataError(
        f"the bytes are not {name}",
        where=f"{path}:{number}",
        remedy="Leave --encoding out to have it found, or give the encoding that the file was written in.",
    )


def _western(path: Path) -> Encoding:
    """Return latin-1, or cp1252 where the bytes need it, with a note; DataError where the bytes are not such text."""
    survey = _Survey()
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, start=1):
            if CONTROLS.search(line):
                raise _unreadable(path, number)
            survey.add(number, line)
    if survey.damaged_utf8 or survey.high > MOST_HIGH * survey.size or survey.undefined:
        raise DataError(
            "the bytes are not UTF-8",
            where=f"{path}:{survey.first}",
            remedy="Say the encoding with --encoding latin-1 (or cp1252, cp1251 ...), or mend the line.",
        )
    name = "cp1252" if survey.windows else "latin-1"
    lines = f"{survey.lines} {'line is' if survey.lines == 1 else 'lines are'}"
    return Encoding(name=name, note=f"encoding: {name} (inferred: {lines} not UTF-8, the first is line {survey.first})")


class _Survey:
    """What the lines of a file that is not UTF-8 hold."""

    def __init__(self) -> None:
        self.first = 0
        self.lines = 0
        self.utf8_lines = 0
        self.high = 0
        self.size = 0
        self.windows = False
        self.undefined = False

    @property
    def damaged_utf8(self) -> bool:
        """Whether lines that decode as UTF-8 prevail: such a file is damaged rather than latin-1."""
        return self.utf8_lines >= self.lines

    def add(self, number: int, line: bytes) -> None:
        """Count one line; `number` counts from 1."""
        self.size += len(line)
        if line.isascii():
            return
        self.high += len(HIGH.findall(line))
        try:
            line.decode("utf-8")
            self.utf8_lines += 1
        except UnicodeDecodeError:
            self.first = self.first or number
            self.lines += 1
            self.windows = self.windows or bool(WINDOWS.search(line))
            self.undefined = self.undefined or bool(NOT_WINDOWS.search(line))


def _unreadable(path: Path, line: int) -> DataError:
    return DataError(
        "unreadable bytes: the file is not text",
        where=f"{path}:{line}",
        remedy="Give a text file; for Parquet or Arrow say --format parquet or arrow, for UTF-16 --encoding utf-16.",
    )
