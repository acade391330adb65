"""Which processes of a search are alive: each holds a lock that ends with it, kill -9 included.

Where a lock's folder is out of sight, on another machine's disk, a sign of life counts that is renewed every minute.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from accent.errors import RunError
from accent.records import disk, make_folders
from accent.records.lock import RunLock, refuse_live

__all__ = ["SIGN", "WORKER", "WORKERS", "Worker", "bury", "lives", "signs_of_life", "turn"]

WORKER, SIGN = "worker", "alive"
"""Attributes of a trial: who runs it, and when it last said so."""
WORKERS = "workers"
"""The folder in the search's where its processes show that they live."""
EVERY, SILENCE = 60.0, 600.0
"""Seconds between signs of life, and without one until a process out of sight counts as dead."""
PAUSE = 0.05
"""Seconds after which a process looks again whether it is its turn."""


class Worker:
    """This process in a search."""

    def __init__(self, folder: Path) -> None:
        """Take part in the search in `folder`, until `leave` or the end of the process."""
        self.place = folder / WORKERS / f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        make_folders(self.place)
        self._lock = RunLock(self.place)

    @property
    def name(self) -> str:
        """Where others see whether it lives."""
        return str(self.place.resolve())

    def leave(self) -> None:
        """Take no more part."""
        self._lock.release()
        disk.remove_tree(self.place)


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Begin the search in `folder` alone; wait while another process does, to find what that one has made."""
    place = folder / WORKERS
    make_folders(place)
    with _lock(place):
        yield


def _lock(place: Path) -> RunLock:
    while True:
        try:
            return RunLock(place)
        except RunError:
            time.sleep(PAUSE)


def lives(worker: str, sign: float) -> bool:
    """Tell whether the process called `worker`, which last gave a sign of life at the time `sign`, is alive."""
    place = Path(worker)
    if not place.is_dir():
        return time.time() - sign < SILENCE
    try:
        refuse_live(place)
    except RunError:
        return True
    return False


def bury(worker: str) -> None:
    """Remove what a dead process has left of its lock, where it is in sight."""
    disk.remove_tree(Path(worker))


@contextmanager
def signs_of_life(say: Callable[[float], Any]) -> Iterator[None]:
    """Call `say` with the time, now and every minute until the end of the block, from a thread of its own.

    What it raises now is raised; later it is said again after a minute, as a storage may be away for a while.
    """
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(EVERY):
            with suppress(Exception):
                say(time.time())

    say(time.time())
    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
