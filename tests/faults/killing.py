"""Ends a process with SIGKILL at each call that changes the disk, and keeps what is left for the test to look at.

Run as a program, so that what is forked is a small process with one thread: `python killing.py SCENARIO FOLDER`. It
writes FOLDER/NNN, one folder a kill, and prints what was killed as JSON: [{"folder": "001", "call": "write"}, ...].
In the half of the cases named `torn`, half of what was to be written reaches the file first.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from accent.records import EventLog, RunFolder, disk
from accent.records.checkpoints import prune, save
from accent.records.files import write_json

CONTENTS = {"model.safetensors": 5000, "optimizer/state.safetensors": 300, "state.json": 20}
"""The files of a checkpoint with their sizes."""
OLD = {"accuracy": 0.25, "notes": ["old"] * 50}
NEW = {"accuracy": 0.75, "notes": ["new"] * 80}


def contents(update: int, turn: int = 1) -> dict[str, bytes]:
    """Return the files of the checkpoint of `update`; another `turn` gives others."""
    return {name: bytes((update * 31 + turn * 7 + at) % 256 for at in range(size)) for name, size in CONTENTS.items()}


def keep(root: Path, update: int, turn: int = 1) -> None:
    """Save the checkpoint of `update`, its files written through the calls that are counted."""

    def fill(folder: Path) -> None:
        disk.make_folder(folder / "optimizer")
        for name, data in contents(update, turn).items():
            descriptor = disk.create_file(folder / name)
            disk.write(descriptor, data)
            os.close(descriptor)

    save(root, update, fill, {"update": update, "turn": turn})


def _several(root: Path) -> None:
    for update in (1, 2, 3):
        keep(root, update)


def _with_leftover(root: Path) -> None:
    keep(root, 1)
    (root / ".partial-update-00000002").mkdir()
    (root / ".partial-update-00000002" / "model.safetensors").write_bytes(b"half")


def _with_damaged(root: Path) -> None:
    keep(root, 1)
    keep(root, 2)
    os.truncate(root / "update-00000002" / "state.json", 3)


def _log(root: Path) -> None:
    log = EventLog(RunFolder(root).events)
    log.append("start")
    log.append("update", update=1)


def _go_on_logging(root: Path) -> None:
    events = RunFolder(root).events
    log = EventLog.resume(events, len(b'{"kind": "start"}\n'))
    log.append("update", update=1, again=True)
    log.sync()
    log.append("end")


Step = Callable[[Path], Any]
SCENARIOS: dict[str, tuple[Step, Step]] = {
    "first": (Path.iterdir, lambda root: keep(root, 1)),
    "next": (lambda root: keep(root, 1), lambda root: keep(root, 2)),
    "again": (lambda root: keep(root, 1), lambda root: keep(root, 1, turn=2)),
    "leftover": (_with_leftover, lambda root: keep(root, 2)),
    "damaged": (_with_damaged, lambda root: keep(root, 2, turn=2)),
    "prune": (_several, lambda root: prune(root, 1, {"update-00000001"})),
    "json": (lambda root: write_json(root / "scores.json", OLD), lambda root: write_json(root / "scores.json", NEW)),
    "log": (_log, _go_on_logging),
}
"""What stands before, and what is killed on its way."""


def main(scenario: str, folder: Path) -> None:
    before, step = SCENARIOS[scenario]
    template = folder / "template"
    template.mkdir()
    before(template)
    cases = []
    numbers = count(1)
    for torn in (False, True):
        for boundary in count(1):
            case = folder / f"{next(numbers):03}"
            shutil.copytree(template, case)
            call = _killed_at(boundary, lambda case=case: step(case), torn=torn)
            if call is None:
                shutil.rmtree(case)
                break
            cases.append({"folder": case.name, "call": call + " torn" * torn})
    sys.stdout.write(json.dumps(cases))


def _killed_at(boundary: int, step: Callable[[], Any], *, torn: bool) -> str | None:
    """Fork, kill the child at its call number `boundary`, and return that call's name; None if it came to its end."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        _count_calls(boundary, telling, torn=torn)
        try:
            step()
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(telling)
    with os.fdopen(told, "rb") as pipe:
        name = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return name
    if status != 0:
        raise RuntimeError(f"the child failed before its call {boundary}")
    return None


def _count_calls(boundary: int, telling: int, *, torn: bool) -> None:
    """Kill this process at the call number `boundary`; where `torn`, only writes count and half of one is written."""
    calls = count(1)

    def wrap(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            if (name == "write" or not torn) and next(calls) == boundary:
                if torn:
                    os.write(given[0], given[1][: len(given[1]) // 2])
                os.write(telling, name.encode())
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given)

        return call

    for name in disk.__all__:
        setattr(disk, name, wrap(name, getattr(disk, name)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
