"""The log of a run: one JSON line an event, whole lines only, cut back exactly when a run is resumed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from accent.errors import RunError
from accent.records import disk
from accent.records.files import explained, make_folders
from accent.records.json_text import one_line

__all__ = ["EventLog", "read_events"]

BLOCK = 1 << 16
"""Bytes read at once when the last line's end is searched for."""
RESTORE = "Restore the file from a copy, or start a new run."


class EventLog:
    """Appends events to a file; each line reaches the system in one call, so that no buffer is lost with the process.

    What a stopped process left of a line is dropped when the log is opened again.
    """

    def __init__(self, path: Path) -> None:
        """Open the log `path`, made where it is missing, to write behind its last whole line."""
        self.path = path
        make_folders(path.parent)
        with explained(path):
            if path.exists():
                disk.cut_file(path, _whole_lines(path))
            else:
                os.close(disk.open_end(path))

    @classmethod
    def resume(cls, path: Path, offset: int) -> EventLog:
        """Return the log cut to its first `offset` bytes, as `sync` returned them when a checkpoint was saved.

        Raises:
            RunError: where the file is shorter than that, or `offset` is not the end of a line.
        """
        with explained(path):
            size = path.stat().st_size if path.exists() else 0
            if size < offset:
                what = f"the log has {size:,} bytes, the checkpoint was saved behind byte {offset:,}"
                raise RunError(what, where=str(path), remedy=RESTORE)
            if not _ends_line(path, offset):
                what = f"byte {offset:,}, where the checkpoint was saved, is not the end of a line"
                raise RunError(what, where=str(path), remedy=RESTORE)
            if size > offset:
                disk.cut_file(path, offset)
        return cls(path)

    def append(self, kind: str, **fields: Any) -> None:
        """Write the event `kind` with its `fields` as one line; NaN and infinity become "nan", "inf" and "-inf".

        Raises:
            RunError: where the disk is full; the log then ends with the event before this one.
        """
        line = one_line({"kind": kind, **fields}).encode() + b"\n"
        with explained(self.path, len(line)):
            descriptor = disk.open_end(self.path)
            try:
                size = os.fstat(descriptor).st_size
                try:
                    disk.write(descriptor, line)
                except OSError:
                    disk.cut_file(self.path, size)
                    raise
            finally:
                os.close(descriptor)

    def sync(self) -> int:
        """Wait until all events are on the disk, and return the log's size in bytes."""
        with explained(self.path):
            descriptor = disk.open_end(self.path)
            try:
                disk.sync_file(descriptor)
                return os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return all events in order; none where there is no file, and without a torn last line.

    Raises:
        RunError: where another line than the last is no event.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    events = []
    for number, line in enumerate(lines, start=1):
        event = _event(line)
        if event is not None:
            events.append(event)
        elif number < len(lines):
            raise RunError("this line of the log is no event", where=f"{path}:{number}", remedy=RESTORE)
    return events


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "kind" in event else None


def _whole_lines(path: Path) -> int:
    """Return the size of the file up to its last line end, reading from the back."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _ends_line(path: Path, offset: int) -> bool:
    if offset == 0:
        return True
    with path.open("rb") as file:
        file.seek(offset - 1)
        return file.read(1) == b"\n"
