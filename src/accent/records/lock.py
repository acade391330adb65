"""One writer a run: a lock on the run folder that ends with the process that holds it, kill -9 included.

It is advisory (flock on `RUN/.lock`, an empty file that stays). Where the system or the file system has no such locks
(Windows, some network shares) nothing is locked, and two writers of one run are not noticed.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from weakref import WeakValueDictionary

from accent.errors import RunError
from accent.records import disk

if sys.platform != "win32":
    import fcntl

__all__ = ["LOCK", "RunLock", "refuse_live"]

LOCK = ".lock"
"""The lock's file in the run folder."""
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL})
"""What file systems answer that cannot lock."""


class RunLock:
    """The right to write a run, from its making to `release`, the end of a `with`, or the end of the process.

    A process does not shut itself out: its newer lock on a folder takes the place of its older one, which a traceback
    kept in a notebook may hold for ever.
    """

    def __init__(self, folder: Path) -> None:
        """Take the lock of the run in `folder`, which exists; raise `RunError` while another process holds it."""
        self._descriptor: int | None = None
        place = os.path.realpath(folder)
        older = _held.get(place)
        if older is not None:
            older.release()
        self._descriptor = _take(folder)
        _held[place] = self

    def release(self) -> None:
        """Let others write; a second time nothing happens."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> RunLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()


_held: WeakValueDictionary[str, RunLock] = WeakValueDictionary()


def refuse_live(folder: Path) -> None:
    """Raise `RunError` where another process is writing the run in `folder`; nothing is made or changed."""
    place = os.path.realpath(folder)
    if (folder / LOCK).is_file() and place not in _held:
        os.close(_take(folder))


def _take(folder: Path) -> int:
    """Return the descriptor whose being open is the lock."""
    descriptor = disk.open_end(folder / LOCK)
    try:
        if sys.platform != "win32":
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        remedy = "Wait for it or stop it (Ctrl-C saves a checkpoint), or choose another folder with --output."
        raise RunError("this run is still running", where=str(folder), remedy=remedy) from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            os.close(descriptor)
            raise
    return descriptor
