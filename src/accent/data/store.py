"""Rows kept on disk as Arrow streams, written batch by batch and read through a memory map.

A stored table is two files in the cache folder: KEY.arrow and, written last, KEY.json with facts about it. Without the
second there is no table, so a process that is killed leaves nothing that looks whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import datasets
import pyarrow as pa

from accent.config.paths import typed_path
from accent.data.compression import open_raw
from accent.errors import DataError

__all__ = ["Facts", "Stored", "Write", "cache_folder", "file_digest", "find", "key_of", "store"]

# Part of every key: a change of how rows are read or written raises it, and the old files are not found any more.
VERSION = 3
FULL = {errno.ENOSPC, errno.EDQUOT}

Facts = dict[str, Any]
Write = Callable[[pa.RecordBatch], None]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A table on disk and the facts that were written with it (always among them: `rows`)."""

    path: Path
    facts: Facts

    @property
    def schema(self) -> pa.Schema:
        """The table's columns and types."""
        with pa.memory_map(str(self.path)) as source, pa.ipc.open_stream(source) as reader:
            return reader.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the records as they were written, from the memory map, one batch at a time."""
        with pa.memory_map(str(self.path)) as source, pa.ipc.open_stream(source) as reader:
            yield from reader

    def dataset(self) -> datasets.Dataset:
        """Return the table as a memory-mapped data set."""
        return datasets.Dataset.from_file(str(self.path))


def cache_folder(kind: str = "data") -> Path:
    """Return the folder of stored tables, or of another kind: $ACCENT_CACHE/data, else ~/.cache/accent/data."""
    root = os.environ.get("ACCENT_CACHE")
    return (typed_path(root) if root else Path.home() / ".cache" / "accent") / kind


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal digits."""
    with open_raw(path) as stream:
        return hashlib.file_digest(cast(BufferedReader, stream), "sha256").hexdigest()


def key_of(**parts: object) -> str:
    """Return the key of the table that comes from `parts` (anything that JSON can write)."""
    text = json.dumps({"version": VERSION, **parts}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find(key: str) -> Stored | None:
    """Return the table stored under `key`, or None where there is none of the size that was written."""
    path = cache_folder() / f"{key}.arrow"
    try:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        whole = path.stat().st_size == facts["bytes"]
    except (OSError, ValueError, KeyError):
        return None
    return Stored(path=path, facts=facts) if whole else None


def store(key: str, schema: pa.Schema, fill: Callable[[Write], Facts]) -> Stored:
    """Write a table under `key` and return it: `fill` is given what writes a batch, and returns the facts to keep.

    Whatever `fill` raises leaves no table behind. Raises DataError where the cache folder cannot be written.
    """
    folder = cache_folder()
    path = folder / f"{key}.arrow"
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _temporary(folder) as partial:
            rows, facts = _write_table(partial, schema, fill)
            size = partial.stat().st_size
            partial.replace(path)
        with _temporary(folder) as partial:
            complete = {**facts, "rows": rows, "bytes": size}
            partial.write_text(json.dumps(complete, ensure_ascii=False), encoding="utf-8")
            partial.replace(path.with_suffix(".json"))
    return Stored(path=path, facts=complete)


def _write_table(path: Path, schema: pa.Schema, fill: Callable[[Write], Facts]) -> tuple[int, Facts]:
    rows = 0
    with path.open("wb") as sink:
        with pa.ipc.new_stream(sink, schema) as writer:

            def write(batch: pa.RecordBatch) -> None:
                nonlocal rows
                rows += batch.num_rows
                if batch.num_rows:
                    writer.write_batch(batch)

            facts = fill(write)
        sink.flush()
        os.fsync(sink.fileno())
    return rows, facts


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """Give a new file's path in `folder` and remove it if it is still there at the end."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".partial-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written into DataError."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL | {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        what = "the disk is full" if error.errno in FULL else "the cache folder cannot be written"
        raise DataError(
            what, where=str(folder), remedy="Free space there, or set ACCENT_CACHE to a folder that can be written."
        ) from error
