"""Files of arrays that are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from accent.errors import DataError

if sys.platform != "win32":
    import fcntl

__all__ = ["alone", "write_whole"]

FULL = {errno.ENOSPC, errno.EDQUOT}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def write_whole(path: Path, fill: Callable[[IO[bytes]], None]) -> None:
    """Let `fill` write a hidden file beside `path`, flush it to the disk and give it its name.

    What `fill` raises leaves nothing behind. Raises DataError where the disk is full or may not be written to.
    """
    with _explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process builds in `folder`, which is made; the lock ends with the process, too.

    Where the system has no such locks, two processes may do the same work, and write the same files.
    """
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("wb")
    with lock:
        if sys.platform != "win32":
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
            except OSError as error:
                if error.errno not in {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}:
                    raise
        yield


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL | REFUSED:
            raise
        what = "the disk is full" if error.errno in FULL else "the folder of the corpus cannot be written"
        raise DataError(
            what, where=str(folder), remedy="Free space there, or set ACCENT_CACHE to a folder that can be written."
        ) from error
