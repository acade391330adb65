"""The run folder while a run is under way: its record, its events, its timings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from accent.errors import UserError
from accent.recipes.listening import Listen
from accent.records import EventLog, Record, RunFolder, Status, now

__all__ = ["RunWriter"]


@dataclass
class RunWriter:
    """Writes what happens and passes it on. Where several processes share a run, only the main one is active."""

    folder: RunFolder
    record: Record
    log: EventLog | None
    listen: Listen
    active: bool = True
    _started: float = field(default_factory=time.perf_counter)

    def began(self, moment: float) -> None:
        """Count from a `time.perf_counter` before this, such as when the command began to load what it needs."""
        self._started = moment

    @property
    def seconds(self) -> float:
        """Seconds since this process took up the run."""
        return time.perf_counter() - self._started

    def event(self, kind: str, **fields: Any) -> None:
        """Append an event to the log and tell the listener."""
        if self.active:
            if self.log is not None:
                self.log.append(kind, **fields)
            self.listen(kind, fields)

    def tell(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Tell the listener only."""
        if self.active:
            self.listen(kind, fields)

    @contextmanager
    def stage(self, name: str, what: str) -> Iterator[None]:
        """Time a stage of the run; a resumed run adds to what stands in its record."""
        self.tell("stage", {"what": what})
        started = time.perf_counter()
        yield
        timings = self.record.timings
        timings[name] = round(timings.get(name, 0.0) + time.perf_counter() - started, 3)

    def save(self) -> None:
        """Write record.json as it stands."""
        if self.active:
            self.record.write(self.folder)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Keep the record's status true however the run ends."""
        self.record.status = "running"
        self.save()
        try:
            yield
        except KeyboardInterrupt:
            self.close("interrupted", None)
            raise
        except UserError as error:
            self.close("failed", error.what)
            raise
        except Exception as error:
            self.close("failed", repr(error))
            raise

    def close(self, status: Status, error: str | None = None) -> None:
        """Write the record's last state."""
        timings = self.record.timings
        timings["total"] = round(timings.get("total", 0.0) + time.perf_counter() - self._started, 3)
        self.record.status, self.record.error, self.record.ended = status, error, now()
        self.save()
