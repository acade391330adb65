"""What one server consists of: the host of its runs, its batcher, its limits and counts."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accent.config import ServeConfig
from accent.config.paths import typed_path
from accent.errors import ConfigError
from accent.serving.metrics import Metrics
from accent.serving.microbatch import WINDOW_BATCHES, Batcher
from accent.serving.refusals import RefusedError

if TYPE_CHECKING:
    from accent.inference import Host, Hosted

__all__ = ["Service", "no_such_run"]


class Service:
    """The state that all requests share; it belongs to the event loop's thread."""

    def __init__(self, host: Host, config: ServeConfig, *, routes: Iterable[str] = ()) -> None:
        """Make what is needed to answer from `host` under these paths. ConfigError where `allow` is no folder."""
        self.host = host
        self.limits = config.limits
        self.metrics = Metrics(routes)
        self.batcher = Batcher(
            host,
            self.metrics,
            window_tokens=WINDOW_BATCHES * config.batch_tokens,
            most_waiting=config.limits.max_queue,
        )
        self.allow = None if config.allow is None else _folder(config.allow)
        self.closing = False
        """Whether the server is shutting down: what was taken is answered, and nothing else."""
        self.loading = False
        """Whether a run is being loaded for a client."""
        self._places = 0
        self.metrics.watch("accent_runs", "Runs served", lambda: len(host.runs()))
        self.metrics.watch("accent_queue_rows", "Rows that wait", lambda: self.batcher.waiting)

    @property
    def ready(self) -> bool:
        """Whether there is a run that answers, and there will be."""
        return not self.closing and bool(self.host.runs())

    def refuse_if_busy(self) -> None:
        """Raise RefusedError (429) where as many requests are being answered as may be."""
        if self._places >= self.limits.max_requests:
            raise RefusedError(
                429,
                "requests",
                f"{self._places} requests are being answered already",
                remedy="Ask again later.",
                retry=self.batcher.patience,
            )

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place among the requests that are being answered. Raises RefusedError (429) where all are taken."""
        self.refuse_if_busy()
        self._places += 1
        self.metrics.in_flight.set(self._places)
        try:
            yield
        finally:
            self._places -= 1
            self.metrics.in_flight.set(self._places)

    def find(self, name: str | None, tasks: frozenset[str] | None = None) -> Hosted:
        """Return the run of this name; without a name the only one, of these tasks.

        Raises RefusedError: 404 for a name that is not served, 409 where the run has another task, and where a name is
        needed.
        """
        if name is None:
            return self._only(tasks)
        found = self.host.find(name)
        if found is None:
            raise no_such_run(name, "run")
        if tasks is not None and found.task not in tasks:
            raise RefusedError(
                409,
                "task",
                f"the run {found.name} answers {found.task}",
                where="run",
                remedy="Name a run of this route's task, or use /predict, which knows every task.",
            )
        return found

    def _only(self, tasks: frozenset[str] | None) -> Hosted:
        runs = [run for run in self.host.runs() if tasks is None or run.task in tasks]
        if len(runs) == 1:
            return runs[0]
        if runs:
            what = f"{len(runs)} runs could answer, and none is named"
            raise RefusedError(409, "run", what, where="run", remedy="Name one; GET /runs lists them.")
        what = "no run is served" if tasks is None else f"no run of {' or '.join(sorted(tasks))} is served"
        raise RefusedError(409, "task", what, where="run", remedy="GET /runs lists what there is.")


def _folder(allow: str) -> Path:
    folder = Path(os.path.realpath(typed_path(allow)))
    if not folder.is_dir():
        what, remedy = f"there is no folder {allow}", "Give the folder that holds the runs which clients may load."
        raise ConfigError(what, where="allow", remedy=remedy)
    return folder


def no_such_run(name: Any, where: str) -> RefusedError:
    """Return the refusal of a name under which nothing is served."""
    what = f"no run is served under the name {str(name)[:80]!r}"
    return RefusedError(404, "run", what, where=where, remedy="GET /runs lists what there is.")
