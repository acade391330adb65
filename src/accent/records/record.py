"""The record of a run: what it was, on what, with what, and how it ended."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from accent.errors import RunError
from accent.records.files import write_json
from accent.records.json_text import read_json
from accent.records.layout import RunFolder
from accent.records.machine import machine_facts, versions

__all__ = ["Record", "Status", "now"]

Status = Literal["running", "done", "failed", "interrupted", "trained", "pruned"]
"""A trial of a search ends trained, without scores of its test rows, or pruned, when it was given up."""
LAYOUT = 1
"""The layout of record.json; it grows when an older Accent could not read it."""
DAMAGED = "It was changed after the run wrote it: restore it from a copy, or run again."
_VERBS: Mapping[str, str] = {"teacher": "distill", "corpus": "pretrain"}
"""Sections of a configuration that one verb alone has; fine-tuning has none of them."""


def now() -> str:
    """Return the time in UTC, to the second: 2026-01-31T12:00:00+00:00."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(kw_only=True)
class Record:
    """What a run was. It is written when the run starts and again whenever something is known better.

    Keys that a later Accent added to the same layout are kept in `extra` and written back; a later layout is refused.
    """

    command: list[str]
    """The command's words as typed, but for passwords in URLs."""
    config: dict[str, Any]
    """The resolved configuration."""
    seed: int
    """The one seed of all chance."""
    status: Status = "running"
    """Where the run stands."""
    started: str = field(default_factory=now)
    """When it started, ISO 8601 in UTC."""
    ended: str | None = None
    """When it ended; None while it runs."""
    error: str | None = None
    """What stopped it; None where nothing did."""
    versions: dict[str, str] = field(default_factory=versions)
    """Python's version and those of the packages that decide numbers."""
    machine: dict[str, Any] = field(default_factory=machine_facts)
    """The processor, memory and platform."""
    data: dict[str, Any] = field(default_factory=dict)
    """The data's source, fingerprint, rows and what reading it inferred."""
    base: dict[str, Any] = field(default_factory=dict)
    """The base's name, digest and load report."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the run."""
    training: dict[str, Any] = field(default_factory=dict)
    """Updates, rows, tokens, speed, precision and the best update."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Keys that this Accent does not know."""

    @property
    def verb(self) -> str:
        """The command that it is a run of: finetune, pretrain or distill."""
        return next((verb for section, verb in _VERBS.items() if section in self.config), "finetune")

    def resume_command(self, path: Path | str) -> str:
        """Return what to type so that the run in `path` goes on."""
        return f"accent {self.verb} --resume {shlex.quote(str(path))}"

    def write(self, folder: RunFolder) -> None:
        """Write the whole record.json of `folder`."""
        known = {name: getattr(self, name) for name in _names()}
        write_json(folder.record, {"layout": LAYOUT, **known, **self.extra})

    @classmethod
    def read(cls, folder: RunFolder) -> Record:
        """Return the record of the run in `folder`.

        Raises:
            RunError: where it is missing, damaged, or written by an Accent whose layout is a later one.
        """
        raw = read_json(folder.record)
        wrong = _wrong(raw)
        if wrong:
            what, remedy = wrong
            raise RunError(what, where=str(folder.record), remedy=remedy)
        known = {name: raw.pop(name) for name in _names() if name in raw}
        raw.pop("layout")
        return cls(**known, extra=raw)


def _names() -> list[str]:
    return [known.name for known in dataclasses.fields(Record) if known.name != "extra"]


def _wrong(raw: Any) -> tuple[str, str] | None:
    """Return what keeps `raw` from being a record and what to do, or None."""
    layout = raw.get("layout") if isinstance(raw, dict) else None
    if not isinstance(layout, int):
        return "this is no record of a run", "Give the folder of a run."
    if layout > LAYOUT:
        return f"the record has layout {layout}; this Accent reads up to {LAYOUT}", "Update accent."
    missing = [name for name in _names() if name not in raw]
    if missing:
        return f"the record lacks {', '.join(missing)}", DAMAGED
    unfit = [name for name in _names() if not _fits(name, raw[name])]
    return (f"the record's {', '.join(unfit)} cannot be read", DAMAGED) if unfit else None


def _fits(name: str, value: Any) -> bool:
    """Tell whether a value read from JSON has the type of the field `name`."""
    if name == "status":
        return value in get_args(Status)
    if name == "command":
        return isinstance(value, list) and all(isinstance(word, str) for word in value)
    if name == "seed":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "started":
        return isinstance(value, str)
    if name in {"ended", "error"}:
        return value is None or isinstance(value, str)
    return isinstance(value, dict)
