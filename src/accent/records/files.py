"""Whole files only: a reader finds the old contents or the new, never a part.

The new contents go to a hidden file in the same folder (`.NAME.partial-PID`), are flushed to the disk and take the
name in one move; then the folder is flushed. On any failure the hidden file is removed and the old contents stay.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from accent.errors import RunError
from accent.records import disk
from accent.records.json_text import pretty

__all__ = ["explained", "folder_bytes", "make_folders", "write_bytes", "write_json", "write_lines", "write_text"]

CHUNK = 1 << 20
"""Bytes handed to the system at once."""

ELSEWHERE = "Free some space, or write to another disk with --output."
ALLOWED = "Give a folder that you may write to with --output."
NO_SPACE = {
    errno.ENOSPC: ("the disk is full", ELSEWHERE),
    errno.EDQUOT: ("the disk quota is used up", ELSEWHERE),
    errno.EFBIG: ("the file is larger than this system allows", "Raise the limit (see ulimit -f), or write elsewhere."),
}
NO_WAY = {
    errno.EACCES: ("writing here is not permitted", ALLOWED),
    errno.EPERM: ("writing here is not permitted", ALLOWED),
    errno.EROFS: ("the disk is read-only", ALLOWED),
    errno.ENOTDIR: ("a file stands where a folder is needed", "Give another place with --output."),
    errno.ENAMETOOLONG: ("the name is too long", "Give a shorter one with --output."),
    errno.EIO: ("the disk reports a fault", "Check the disk, or write to another one with --output."),
}
NATIVE_ERROR = re.compile(r"\(os error (\d+)\)")
"""How libraries written in Rust (safetensors, tokenizers) name the system's error."""


def write_text(path: Path, text: str) -> None:
    """Write the whole file `path` as UTF-8; line ends stay as they are in `text`.

    Raises:
        RunError: where the disk is full, or the place cannot be written to.
    """
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON; see `json_text.plain` for what becomes of NaN, tuples and arrays."""
    write_text(path, pretty(value))


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files in a folder and below it; 0 where there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` as the whole file `path`; folders that are missing are made."""
    _write_chunks(path, [data])


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write one line for each of `lines` (given without their line end) in constant memory.

    An error that `lines` raises passes through, and the file stays as it was.
    """
    _write_chunks(path, _chunks(lines))


def make_folders(path: Path) -> None:
    """Make the folder `path` and those above it that are missing."""
    with explained(path):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            with suppress(FileExistsError):  # another process of the run was first
                disk.make_folder(folder)
            disk.sync_folder(folder.parent)


@contextmanager
def explained(path: Path, needed: int | None = None) -> Iterator[None]:
    """Turn a system error that the user can mend into a `RunError` about `path`; others pass through.

    `needed` is the number of bytes of the file as far as it is known.
    """
    try:
        yield
    except Exception as error:
        code = _code(error)
        if code in NO_SPACE:
            what, remedy = NO_SPACE[code]
            raise RunError(what + _space(path, needed), where=str(path), remedy=remedy) from error
        if code in NO_WAY:
            what, remedy = NO_WAY[code]
            raise RunError(what, where=str(path), remedy=remedy) from error
        raise


def _write_chunks(path: Path, chunks: Iterable[bytes]) -> None:
    target = _target(path)
    make_folders(target.parent)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        needed = _fill(partial, chunks, path)
        with explained(path, needed):
            disk.rename(partial, target)
            disk.sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            disk.remove_tree(partial)
        raise


def _target(path: Path) -> Path:
    """Follow links, so that the file they lead to is replaced and the link stays; refuse what is no file."""
    with explained(path):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            kind = "folder" if target.is_dir() else "device or a pipe"
            raise RunError(f"a {kind} stands where a file is to be written", where=str(path), remedy="Name a file.")
    return target


def _fill(partial: Path, chunks: Iterable[bytes], path: Path) -> int:
    """Write `chunks` to the new file `partial`, flush it, and return its size."""
    size = 0
    with explained(path):
        disk.remove_tree(partial)
        descriptor = disk.create_file(partial)
    try:
        for chunk in chunks:
            size += len(chunk)
            with explained(path, size):
                disk.write(descriptor, chunk)
        with explained(path, size):
            disk.sync_file(descriptor)
    finally:
        os.close(descriptor)
    return size


def _chunks(lines: Iterable[str]) -> Iterator[bytes]:
    """Join encoded lines to pieces of about `CHUNK` bytes."""
    piece = bytearray()
    for line in lines:
        piece += line.encode() + b"\n"
        if len(piece) >= CHUNK:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _code(error: Exception) -> int | None:
    if isinstance(error, OSError):
        return error.errno
    named = NATIVE_ERROR.search(str(error))
    return int(named.group(1)) if named else None


def _space(path: Path, needed: int | None) -> str:
    """Say how many bytes are needed and free, as far as known."""
    facts = [f"{needed:,} bytes are needed"] if needed is not None else []
    folder = next((folder for folder in path.absolute().parents if folder.exists()), None)
    if folder is not None:
        facts.append(f"{shutil.disk_usage(folder).free:,} bytes are free")
    return ": " + ", ".join(facts) if facts else ""
