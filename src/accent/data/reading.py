"""A file read once into a stored table of its own columns, with each record's line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa

from accent.config.data import DataConfig
from accent.data.encoding import find_encoding
from accent.data.formats import FoundFormat, find_format
from accent.data.readers import BINARY, READERS, InputFile, Reading, ReadOptions
from accent.data.sources import SourceFile
from accent.data.store import Facts, Stored, Write, file_digest, find, key_of, store
from accent.errors import ConfigError, DataError

__all__ = ["Rows", "read_file"]

Documents = Literal["line", "paragraph", "file"]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The records of one file as they stand in it: what rows and messages call the file, its table, its SHA-256."""

    name: str
    key: str
    digest: str
    table: Stored

    @property
    def columns(self) -> dict[str, pa.DataType]:
        """The file's columns and their types: strings or lists."""
        return {field.name: field.type for field in self.table.schema}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was inferred when the file was read."""
        return tuple(f"{self.name}: {note}" for note in self.table.facts["notes"])


def read_file(source: SourceFile, config: DataConfig, *, documents: Documents | None = None) -> Rows:
    """Return the rows of a file, from the store where the same bytes were read the same way before.

    `documents` is what a row of a plain text file is, where `config` does not say it; where neither does, it is a line,
    which may hold a label before the text. Raises DataError for a file that is empty, broken or in another encoding,
    and ConfigError where `config` says what a row of another format is.
    """
    digest = file_digest(source.path)
    found = find_format(source.path, config.format)
    if found.format == "text" and (config.documents or documents) is not None:
        found = FoundFormat(format="text")
    elif config.documents is not None:
        raise ConfigError(
            f"--documents {config.documents} would have no effect: {source.name} is no plain text but {found.format}",
            where="documents",
            remedy="Leave it out.",
        )
    options = _options(config, found, source, documents=documents)
    key = key_of(file=digest, format=found.format, encoding=config.encoding, **asdict(options))
    table = find(key) or _read(source, found, options, encoding=config.encoding, key=key)
    return Rows(name=source.name, key=key, digest=digest, table=table)


def _options(config: DataConfig, found: FoundFormat, source: SourceFile, *, documents: Documents | None) -> ReadOptions:
    return ReadOptions(
        delimiter=config.delimiter or found.delimiter,
        quoting=config.quoting,
        header=config.header,
        columns=config.columns or found.columns,
        member=source.member,
        documents=(config.documents or documents or "line") if found.format == "text" else "line",
    )


def _read(source: SourceFile, found: FoundFormat, options: ReadOptions, *, encoding: str | None, key: str) -> Stored:
    notes = [found.note] if found.note else []
    name = None
    if found.format not in BINARY:
        encoded = find_encoding(source.path, encoding)
        name = encoded.name
        notes += [encoded.note] if encoded.note else []
    file = InputFile(path=source.path, name=source.name, encoding=name)
    reading = READERS[found.format](file, options)
    return store(key, reading.schema, lambda write: _fill(file, reading, [*notes, *reading.notes], write))


def _fill(file: InputFile, reading: Reading, notes: list[str], write: Write) -> Facts:
    written = False
    for batch in _some(reading.batches):
        write(batch)
        written = True
    if not written:
        raise DataError("empty file: it has no rows", where=file.name, remedy="Give a file with rows in it.")
    return {"notes": notes}


def _some(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    return (batch for batch in batches if batch.num_rows)
