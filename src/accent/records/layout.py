"""The run folder: where each file of a run lives, and which folders may become one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count, islice
from pathlib import Path

from accent.config.nearest import nearest
from accent.errors import RunError
from accent.records import disk
from accent.records.files import explained, make_folders
from accent.records.json_text import read_json
from accent.records.lock import LOCK, refuse_live

__all__ = ["RunFolder"]

RUNS = Path("runs")
"""Where runs go that were given no folder, below the working folder."""
MAX_NAME = 60
MAX_SEARCHED = 1000
"""Folders looked at when the nearest run is searched for."""
BEGINNING = ("audit.json", "events.jsonl", "config.yaml", "record.json")
"""What a run has written before its first checkpoint; the record is removed last, as it says that the rest may go."""
START = "Start one: accent finetune DATA"
OTHER_FOLDER = "Choose a new or an empty folder with --output"


@dataclass(frozen=True)
class RunFolder:
    """The places in one run's folder; having one does not mean that the files exist."""

    path: Path
    """The folder itself."""

    @property
    def record(self) -> Path:
        """What the run was: `accent.records.Record`."""
        return self.path / "record.json"

    @property
    def config(self) -> Path:
        """The resolved configuration, to be given back with --config."""
        return self.path / "config.yaml"

    @property
    def events(self) -> Path:
        """One line an update, evaluation, checkpoint or warning: `accent.records.EventLog`."""
        return self.path / "events.jsonl"

    @property
    def scores(self) -> Path:
        """The scores of each split and of the baselines."""
        return self.path / "scores.json"

    @property
    def predictions(self) -> Path:
        """The answers on the test split, one line a row."""
        return self.path / "predictions.jsonl"

    @property
    def audit(self) -> Path:
        """What the data check found."""
        return self.path / "audit.json"

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"

    @property
    def checkpoints(self) -> Path:
        """The folder of `update-XXXXXXXX` folders: `accent.records.checkpoints`."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The folder of the finished model, in the layout of transformers."""
        return self.path / "model"

    @classmethod
    def create(cls, path: str | None, *, name: str) -> RunFolder:
        """Return a new, empty run folder: `path`, or else `runs/NAME-YYYYmmdd-HHMMSS`.

        A folder whose run failed before its first checkpoint is emptied and used again: a mistake in the command costs
        nothing.

        Raises:
            RunError: where `path` holds another run, live or not, or any other file; nothing in it is touched.
        """
        if path is None:
            return cls(_make_dated(name))
        folder = Path(path)
        with explained(folder):
            refuse_live(folder)
            if _failed_early(folder):
                _empty(folder)
        _refuse_filled(folder)
        make_folders(folder)
        return cls(folder)

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """Return the folder of an existing run.

        Raises:
            RunError: where `path` holds no run; the remedy names the nearest one.
        """
        folder = cls(Path(path))
        if folder.record.is_file():
            return folder
        what = "this folder holds no run (no record.json)" if folder.path.is_dir() else "no such run folder"
        run = _nearest_run(folder.path)
        remedy = f"Did you mean {run}?" if run else START
        raise RunError(what, where=str(path), remedy=remedy)


def _failed_early(folder: Path) -> bool:
    """Whether `folder` holds a failed run without checkpoint or model, and nothing else."""
    if not _is_run(folder):
        return False
    names = {entry.name for entry in folder.iterdir()}
    if not names <= {*BEGINNING, LOCK, "checkpoints"} or any(RunFolder(folder).checkpoints.glob("*")):
        return False
    try:
        record = read_json(RunFolder(folder).record)
    except RunError:
        return False
    return isinstance(record, dict) and record.get("status") == "failed"


def _empty(folder: Path) -> None:
    disk.remove_tree(RunFolder(folder).checkpoints)
    for name in BEGINNING:
        disk.remove_tree(folder / name)
    disk.sync_folder(folder)


def _refuse_filled(folder: Path) -> None:
    with explained(folder):
        if not folder.exists():
            return
        if not folder.is_dir():
            raise RunError("a file stands where the run folder is to be", where=str(folder), remedy=f"{OTHER_FOLDER}.")
        if RunFolder(folder).record.exists():
            remedy = f"{OTHER_FOLDER}, or go on with that run: --resume {folder}"
            raise RunError("the output folder holds another run", where=str(folder), remedy=remedy)
        names = sorted(entry.name for entry in folder.iterdir() if entry.name != LOCK)
    if names:
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        raise RunError(f"the output folder holds other files: {listed}", where=str(folder), remedy=f"{OTHER_FOLDER}.")


def _make_dated(name: str) -> Path:
    """Make a folder that did not exist, even when two runs start in the same second."""
    words = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:MAX_NAME] or "run"
    stem = f"{words}-{datetime.now():%Y%m%d-%H%M%S}"
    make_folders(RUNS)
    with explained(RUNS / stem):
        for attempt in count(1):
            folder = RUNS / (stem if attempt == 1 else f"{stem}-{attempt}")
            try:
                disk.make_folder(folder)
            except FileExistsError:
                continue
            disk.sync_folder(RUNS)
            break
    return folder


def _nearest_run(path: Path) -> Path | None:
    """Return the run that `path` stands in, or the newest within it, or the one beside it with the nearest name."""
    above = next((folder for folder in path.parents if _is_run(folder)), None)
    within = _runs_in(path)
    if above or within:
        return above or max(within, key=lambda run: RunFolder(run).record.stat().st_mtime)
    beside = {run.name: run for run in chain(_runs_in(RUNS), _runs_in(path.parent))}
    name = nearest(path.name, beside)
    return beside[name] if name else None


def _runs_in(folder: Path) -> list[Path]:
    try:
        return [entry for entry in islice(folder.iterdir(), MAX_SEARCHED) if _is_run(entry)]
    except OSError:
        return []


def _is_run(folder: Path) -> bool:
    try:
        return RunFolder(folder).record.is_file()
    except OSError:
        return False
