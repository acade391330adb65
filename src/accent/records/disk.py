"""The calls that change the disk, one function each.

Every write of a run folder passes through here and nowhere else, so that a test can end the process before any of
them and look at what is left. Each raises `OSError` as the system gives it; `accent.records.files` explains those.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

__all__ = [
    "create_file",
    "cut_file",
    "make_folder",
    "open_end",
    "remove_file",
    "remove_folder",
    "remove_tree",
    "rename",
    "sync_file",
    "sync_folder",
    "write",
]

NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EACCES})
"""What file systems answer that cannot flush a folder (network shares, Windows)."""


def create_file(path: Path) -> int:
    """Create the file `path`, which must not exist, and return its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)


def open_end(path: Path) -> int:
    """Open the file `path`, created if missing, to write behind its end, and return its descriptor."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)


def write(descriptor: int, data: bytes) -> None:
    """Write all of `data`; the system may take it in several pieces."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_file(descriptor: int) -> None:
    """Wait until the file's contents are on the disk."""
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the folder's names are on the disk, where the file system can."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise


def cut_file(path: Path, size: int) -> None:
    """Drop everything behind the first `size` bytes."""
    os.truncate(path, size)


def rename(source: Path, target: Path) -> None:
    """Give `source` the name `target` in one move; a file of that name is replaced."""
    os.replace(source, target)


def make_folder(path: Path) -> None:
    """Make the one folder `path`, which must not exist."""
    path.mkdir()


def remove_file(path: Path) -> None:
    """Remove the file `path`."""
    path.unlink()


def remove_folder(path: Path) -> None:
    """Remove the empty folder `path`."""
    path.rmdir()


def remove_tree(path: Path) -> None:
    """Remove `path` and all that it holds; nothing happens where there is nothing."""
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            remove_tree(entry)
        remove_folder(path)
    elif path.exists() or path.is_symlink():
        remove_file(path)
