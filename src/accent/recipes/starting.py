"""A new run folder, or an old one to go on with."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.config.distillation import DistillConfig
from accent.config.pretraining import PretrainConfig
from accent.config.show import to_dict, to_yaml
from accent.errors import RunError
from accent.recipes.listening import Listen
from accent.recipes.writing import RunWriter
from accent.records import EventLog, Record, RunFolder, checkpoints, write_text
from accent.records.lock import RunLock
from accent.records.passwords import without_password

__all__ = [
    "BEGAN",
    "COMMAND",
    "FACTS",
    "Asked",
    "Start",
    "Trial",
    "differences",
    "make_folder",
    "open_resumable",
    "run_name",
    "start_run",
]

Asked = FinetuneConfig | PretrainConfig | DistillConfig
"""What a run can be asked for."""
COMMAND = "ACCENT_COMMAND"
"""Where `recipes.processes` hands the words that the user typed to the processes it starts, as JSON."""
BEGAN = "ACCENT_BEGAN"
"""Where it hands them the moment in which the first command began, in seconds since 1970."""
FACTS = "ACCENT_FACTS"
"""Where it hands them what holds for the whole run and is measured once (the precision), as JSON."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What makes a run a trial of a search: it may be given up, and it ends before its model is saved and scored.

    It leaves its checkpoints: resumed without a trial, the run is saved and scored like any other.
    """

    number: int
    pruned: Callable[[], bool]
    """Whether to stop it after the update under way."""


@dataclass(frozen=True)
class Start:
    """Where a run begins: its writer, and the checkpoint to go on from if it is resumed."""

    writer: RunWriter
    checkpoint: Path | None = None
    facts: dict[str, Any] | None = None
    lock: RunLock | None = None
    """Held while this process writes the run; freed with the start at the latest."""
    trial: Trial | None = None
    """What the run is of a search."""

    @property
    def pruned(self) -> bool:
        """Whether a search has given the run up: then it ends after the update under way, without a checkpoint."""
        return self.trial is not None and self.trial.pruned()


def start_run(config: Asked, listen: Listen, *, active: bool) -> Start:
    """Open the run folder that `config` asks for; only the `active` process writes into it."""
    if config.run.resume is not None:
        return _resume(config, listen, active=active)
    folder = make_folder(config) if active else RunFolder(Path(config.run.output or "."))
    lock = RunLock(folder.path) if active else None
    command = json.loads(os.environ[COMMAND]) if COMMAND in os.environ else list(sys.argv)
    words = [without_password(word) for word in command]
    record = Record(command=words, config=to_dict(config), seed=config.run.seed, training=_given_facts())
    if active:
        write_text(folder.config, to_yaml(config))
    writer = RunWriter(folder, record, EventLog(folder.events) if active else None, listen, active)
    writer.tell("run", {"folder": folder.path})
    return Start(writer, lock=lock)


def make_folder(config: Asked) -> RunFolder:
    """Return the new run's folder, made as asked or named after the data; raise `RunError` where it is taken."""
    source = config.corpus.sources[0] if isinstance(config, PretrainConfig) else config.data.source
    return RunFolder.create(config.run.output, name=run_name(source))


def open_resumable(config: Asked) -> tuple[RunFolder, Record]:
    """Return the folder and the record of the run to go on with; raise `RunError` where it cannot go on so."""
    folder = RunFolder.open(config.run.resume or "")
    record = Record.read(folder)
    if record.status == "done":
        raise RunError(
            "the run is done; there is nothing to resume",
            where=str(folder.path),
            remedy=f"Use it: {_use(record, folder)}; or start another run with --output.",
        )
    _check_same_config(config, record)
    return folder, record


def _use(record: Record, folder: RunFolder) -> str:
    path = shlex.quote(str(folder.path))
    has_task = record.verb == "finetune" or "task" in record.config
    return f"accent predict {path} TEXT" if has_task else f"accent finetune DATA --base {path}"


def _resume(config: Asked, listen: Listen, *, active: bool) -> Start:
    lock = RunLock(RunFolder.open(config.run.resume or "").path) if active else None
    folder, record = open_resumable(config)
    record.training = _given_facts() | record.training
    found = checkpoints.newest_complete(folder.checkpoints)
    writer = RunWriter(folder, record, None, listen, active)
    writer.tell("run", {"folder": folder.path})
    for name, reason in found.skipped:
        writer.tell("warning", {"update": 0, "what": f"checkpoint {name} is passed over: {reason}", "remedy": ""})
    if active:
        writer.log = EventLog.resume(folder.events, int(found.facts["log_offset"]) if found.path else 0)
        if found.path is not None:  # the offset was taken before the checkpoint's own line
            writer.log.append("checkpoint", update=int(found.facts["update"]), path=found.path.name)
    update = int(found.facts["update"]) if found.path else 0
    record.training.setdefault("resumed_from", []).append(update)
    return Start(writer, found.path, found.facts if found.path else None, lock)


def _given_facts() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(os.environ.get(FACTS, "{}"))
    return facts


def _check_same_config(config: Asked, record: Record) -> None:
    """Refuse to go on with other settings: the result would be neither run's."""
    asked, begun = to_dict(replace(config, run=replace(config.run, output=None, resume=None))), dict(record.config)
    begun["run"] = {**begun["run"], "output": None, "resume": None, "offline": asked["run"]["offline"]}
    begun = {name: section for name, section in begun.items() if name in asked}  # a student's record names its task too
    changed = sorted(differences(asked, begun))
    if changed:
        raise RunError(
            f"the run was begun with other settings: {', '.join(changed[:5])}",
            where=str(config.run.resume),
            remedy=f"Resume it as it was ({record.resume_command(str(config.run.resume))}), or start a new run.",
        )


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Return the places in which two nested mappings differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() | other.keys()
        return [name for key in keys for name in differences(one.get(key), other.get(key), f"{path}.{key}".strip("."))]
    return [] if one == other else [path]


def run_name(source: str) -> str:
    """Return a folder name for a data source: builtin:reviews becomes reviews, data/sst2/ becomes sst2."""
    last = Path(source.rpartition(":")[2]).name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", last).strip("-") or "run"
