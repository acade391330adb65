"""What a reader of one format takes and gives: the file and its options in, batches of Arrow records out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TextIO

import pyarrow as pa

from accent.data.compression import open_bytes, plain_name

__all__ = ["ORIGIN_LINE", "InputFile", "ReadOptions", "Reader", "Reading"]

ORIGIN_LINE = "origin_line"
"""The column that each reader adds: the line of the record's start in the plain file, or its number, from 1."""


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What cannot be read off a file: None means that the reader infers it and says so."""

    delimiter: str | None = None
    quoting: Literal["minimal", "none"] | None = None
    header: Literal["first", "none"] | None = None
    columns: tuple[str, ...] | None = None
    member: str | None = None
    """For JSON with one list of rows a split: the key of the list to read."""
    documents: Literal["line", "paragraph", "file"] = "line"
    """For plain text: what a row is; a paragraph is what stands between blank lines."""


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file of rows, perhaps compressed; `encoding` is None for binary formats, `name` is what messages call it."""

    path: Path
    name: str
    encoding: str | None = None

    @property
    def plain_name(self) -> str:
        """The name without the suffix of a compression."""
        return plain_name(self.path)

    @contextmanager
    def text(self, newline: str = "\n") -> Iterator[TextIO]:
        """Open the decoded text; lines end at `newline` (io.TextIOWrapper's meaning) and keep it."""
        with open_bytes(self.path) as stream, io.TextIOWrapper(stream, self.encoding, newline=newline) as text:
            yield text

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield (number from 1, line without its end) for each line; only line feeds (and CR LF) end a line."""
        with self.text() as text:
            for number, line in enumerate(text, start=1):
                yield number, line.rstrip("\n").removesuffix("\r")

    def place(self, line: int) -> str:
        """Return `file:line` for messages."""
        return f"{self.name}:{line}"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file on its way in: the columns' types, the records in batches, and what was inferred.

    `schema` holds the file's columns and ORIGIN_LINE (int64), each a string or a list; `batches` can be run once.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """A format's reader. Errors in the file are DataError with `file:line`."""

    def __call__(self, file: InputFile, options: ReadOptions) -> Reading:
        """Infer the layout, then return the records as a stream; nothing is read beyond what inferring needs."""
        ...
