"""Several processes for one run. The first command starts them, passes Ctrl-C on, and reads what they leave behind.

torch's own launcher is not used: it kills its workers soon after a signal, and ours must finish their update and save.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGINT
from typing import Any

import torch

from accent.config import FinetuneConfig
from accent.config.show import to_yaml
from accent.errors import Problems, RunError
from accent.modeling import probe_precision
from accent.recipes.interrupts import interruptible
from accent.recipes.listening import Listen, ignore
from accent.recipes.starting import BEGAN, COMMAND, FACTS, make_folder, open_resumable
from accent.records import Record, RunFolder, machine_facts, plain, read_json
from accent.records.lock import refuse_live

__all__ = ["ToldError", "finetune_in_processes", "needs_processes"]

POLL = 0.1
"""Seconds between looks at the workers."""
GRACE = 20.0
"""Seconds that the others get to end by themselves after one has failed; then they wait for it in vain."""
MENDABLE, INTERRUPTED = 2, 130
"""The exit codes of the command line that workers end with."""


class ToldError(Problems):
    """An error of the user that the main worker has printed already, so that there is none left to print."""

    def __init__(self, what: str, *, where: str) -> None:
        super().__init__([RunError(what, where=where, remedy="The message is printed above.")])
        self.errors = ()

    def __str__(self) -> str:
        return f"{self.what} ({self.where})\n{self.remedy}"


def needs_processes(config: FinetuneConfig) -> bool:
    """Whether this process should start others rather than train itself."""
    return config.training.processes > 1 and "LOCAL_RANK" not in os.environ


def finetune_in_processes(
    config: FinetuneConfig, listen: Listen = ignore, *, began: float | None = None
) -> tuple[Path, dict[str, Any], str]:
    """Run the same fine-tuning in `config.training.processes` processes; return the folder, scores and how it ended.

    The main worker's progress goes to standard error as it comes. The first signal is passed on, and the workers save;
    a second one kills them. Raises RunError where the folder is taken or a process fails, ToldError where the main
    worker has told the user what to mend, and KeyboardInterrupt where nothing was saved.
    """
    folder, config = _open(config)
    listen("run", {"folder": folder.path})
    with tempfile.TemporaryDirectory(prefix="accent-") as scratch:
        workers = _Workers(config, Path(scratch), time.perf_counter() if began is None else began)
        workers.wait()
        return _outcome(folder, workers)


def _open(config: FinetuneConfig) -> tuple[RunFolder, FinetuneConfig]:
    """Return the run's folder, new or to go on with, before any process is started, and the config that names it."""
    if config.run.resume is not None:
        refuse_live(RunFolder.open(config.run.resume).path)
        return open_resumable(config)[0], config
    folder = make_folder(config)
    return folder, replace(config, run=replace(config.run, output=str(folder.path)))


def _outcome(folder: RunFolder, workers: _Workers) -> tuple[Path, dict[str, Any], str]:
    """Read what the workers left, as far as their exit codes say that it is theirs."""
    main = workers.codes[0]
    if main == INTERRUPTED and any(folder.checkpoints.glob("update-*")):
        return folder.path, {}, "interrupted"
    if main == INTERRUPTED or workers.stopped:
        raise KeyboardInterrupt
    error = Record.read(folder).error if folder.record.exists() else None
    if main == MENDABLE:
        raise ToldError(error or "the run did not begin", where=str(folder.path))
    if workers.failed is not None:
        workers.show_failed()
        what = f"process {workers.failed} failed with exit code {workers.codes[workers.failed]}"
        remedy = f"Mend what is printed above, then: accent finetune --resume {folder.path}"
        raise RunError(f"{what}: {error}" if error else what, where=str(folder.path), remedy=remedy)
    return folder.path, read_json(folder.scores), str(Record.read(folder).training.get("ended", "done"))


@dataclass(frozen=True)
class _Place:
    """A worker's place among the others, as torch and accelerate read it from the environment."""

    index: int
    count: int
    port: int

    def variables(self) -> dict[str, str]:
        index, count = str(self.index), str(self.count)
        ranks = {"RANK": index, "LOCAL_RANK": index, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
        return ranks | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(self.port)}


class _Workers:
    """The processes of one run, from their start to their end; only the main one (0) is heard while they live."""

    def __init__(self, config: FinetuneConfig, scratch: Path, began: float) -> None:
        """Prepare; `scratch` holds their configuration and what the silent ones print.

        `began` is when the first command began, by `time.perf_counter`.
        """
        self._began = time.time() - (time.perf_counter() - began)
        self._config = config
        self._scratch = scratch
        self._processes: list[subprocess.Popen[bytes]] = []
        self.stopped = False
        """Whether they were asked to stop."""
        self.failed: int | None = None
        """The first that failed."""

    @property
    def codes(self) -> list[int]:
        """Their exit codes, once all have ended."""
        return [process.wait() for process in self._processes]

    def wait(self) -> None:
        """Start them and wait, without limit, until all have ended; none outlives this call."""
        file = self._scratch / "config.yaml"
        file.write_text(to_yaml(self._config), encoding="utf-8")
        count, port = self._config.training.processes, _free_port()
        shared = _shared_environment(self._config) | {BEGAN: str(self._began)}
        try:
            with interruptible() as stop_requested:
                for index in range(count):
                    self._start(file, shared | _Place(index, count, port).variables(), index)
                deadline: float | None = None
                while self._look() and (deadline is None or time.monotonic() < deadline):
                    if stop_requested() and not self.stopped:
                        self._ask_to_stop()
                    if self.failed is not None and deadline is None:
                        deadline = time.monotonic() + GRACE
                    time.sleep(POLL)
        finally:
            for process in self._processes:
                process.kill()
                process.wait()

    def show_failed(self) -> None:
        """Print what the first that failed had to say, where it was a silent one."""
        if self.failed:
            text = _log(self._scratch, self.failed).read_text(encoding="utf-8", errors="replace")
            sys.stderr.write(text)

    def _start(self, file: Path, environment: Mapping[str, str], index: int) -> None:
        """Start one in a session of its own: the terminal's Ctrl-C reaches it through this process, and only once."""
        with _log(self._scratch, index).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "accent", "finetune", "--config", str(file)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log if index else None,
                start_new_session=True,
            )
        self._processes.append(process)

    def _look(self) -> bool:
        """Return whether any is alive, and note the first that failed."""
        codes = [process.poll() for process in self._processes]
        if self.failed is None and not self.stopped:
            failed = (index for index, code in enumerate(codes) if code not in (None, 0, INTERRUPTED))
            self.failed = next(failed, None)
        return None in codes

    def _ask_to_stop(self) -> None:
        self.stopped = True
        for process in self._processes:
            process.send_signal(SIGINT)


def _log(scratch: Path, index: int) -> Path:
    return scratch / f"{index}.log"


def _free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _shared_environment(config: FinetuneConfig) -> dict[str, str]:
    """Return what all workers get: the cores shared out, and what is known or measured once for all of them."""
    threads = max(1, machine_facts()["cores"] // config.training.processes)
    mine = dict(os.environ)
    facts = _precision(int(mine.setdefault("OMP_NUM_THREADS", str(threads))), config)
    if not torch.accelerator.is_available():  # unless told so, accelerate lets each worker train alone on a CPU
        mine["ACCELERATE_USE_CPU"] = "true"
    return mine | {COMMAND: json.dumps(sys.argv), FACTS: json.dumps(facts)}


def _precision(threads: int, config: FinetuneConfig) -> dict[str, Any]:
    """Return the run's precision where it is to be measured; an accelerator's is known, not measured."""
    if config.training.precision != "auto" or torch.accelerator.is_available():
        return {}
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        probe = probe_precision()
    finally:
        torch.set_num_threads(before)
    return {"precision": probe.choice, "precision_probe": plain(probe)}
