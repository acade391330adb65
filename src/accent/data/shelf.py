"""Large arrays that can be made again: a folder of whole files under a bound, the longest unused removed first.

An array that is read is locked (a shared flock, which ends with the last map of the file, kill -9 included), and what
is locked is not removed. Where the system has no such locks (Windows, some network shares) it may be; on Linux and
macOS what is mapped then stays readable all the same.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

if sys.platform != "win32":
    import fcntl

__all__ = ["Put", "make_room", "place", "take"]

MOST_BYTES = 20 * 10**9
"""A folder holds no more than this ..."""
MOST_SHARE = 0.2
"""... and no more than this share of what would be free on its disk without it."""
ABANDONED_SECONDS = 24 * 3600
"""A file that nobody has finished for so long was left by a process that was killed."""

Put = Callable[[int, npt.NDArray[np.float32]], None]
"""Writes some rows of an array, from the row of this number on."""


def take(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.float32] | None:
    """Return the float32 array of this shape in `path`, memory-mapped; None where there is none."""
    try:
        with path.open("rb") as file:
            _lock(file, shared=True)
            version = np.lib.format.read_magic(file)
            found = np.lib.format.read_array_header_1_0(file)
            if version != (1, 0) or found != (shape, False, np.dtype(np.float32)) or not _is_whole(file, shape):
                return None
            os.utime(path)
            return np.memmap(file, dtype=np.float32, mode="r", offset=file.tell(), shape=shape)
    except (OSError, ValueError):
        return None


def place(path: Path, shape: tuple[int, int], fill: Callable[[Put], None]) -> None:
    """Write a float32 array of this shape to `path` in the .npy format; `fill` is given what writes its rows.

    The file is there once it is whole; whatever `fill` raises leaves nothing behind. Raises OSError where it cannot be
    written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
            start, row = file.tell(), shape[1] * np.dtype(np.float32).itemsize
            file.truncate(start + shape[0] * row)

            def put(first: int, values: npt.NDArray[np.float32]) -> None:
                file.seek(start + first * row)
                rest = memoryview(np.ascontiguousarray(values, dtype="<f4").tobytes())
                while rest:
                    rest = rest[file.write(rest) :]

            fill(put)
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def make_room(folder: Path, size: int) -> bool:
    """Remove the files of `folder` that were unused the longest until `size` bytes fit in, and say whether they do.

    Nothing is removed for what would not fit into the empty folder either.
    """
    _sweep(folder)
    files = sorted(((path.stat(), path) for path in folder.glob("*.npy")), key=lambda one: one[0].st_mtime_ns)
    held = sum(facts.st_size for facts, _ in files)
    most = min(MOST_BYTES, int(MOST_SHARE * (shutil.disk_usage(folder).free + held)))
    if size > most:
        return False
    for facts, path in files:
        if held + size <= most:
            break
        if _remove(path):
            held -= facts.st_size
    return held + size <= most


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left."""
    for path in folder.glob(".partial-*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def _remove(path: Path) -> bool:
    """Remove a file that nobody reads, and say whether it is gone."""
    try:
        with path.open("rb") as file:
            if not _lock(file, shared=False):
                return False
        path.unlink()
    except OSError:
        return not path.exists()
    return True


def _lock(file: IO[Any], *, shared: bool) -> bool:
    """Lock an open file, where that can be done, and say whether another process stood in the way."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _is_whole(file: IO[Any], shape: tuple[int, int]) -> bool:
    return os.fstat(file.fileno()).st_size == file.tell() + shape[0] * shape[1] * np.dtype(np.float32).itemsize
