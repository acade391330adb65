"""What a saved model needs beside its weights to answer as it was trained: accent.json."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from accent.config import DecodingConfig, StrategyConfig, TaskName
from accent.config.load import restore
from accent.config.paths import typed_path
from accent.errors import RunError
from accent.records import Record, RunFolder
from accent.tasks import TASKS, Task
from accent.tokenization import LongTexts

__all__ = ["SETTINGS_FILE", "SETTINGS_VERSION", "OwnBase", "Settings", "find_model", "read_settings"]

SETTINGS_FILE = "accent.json"
SETTINGS_VERSION = 3
"""The layout of accent.json that is written and read."""
# Each key, the type that JSON must give it, and that type's name for people.
_KEYS: Mapping[str, tuple[type, str]] = {
    "version": (int, "a number"),
    "task": (str, "a text"),
    "labels": (list, "a list"),
    "max_length": (int, "a number"),
    "pair": (bool, "true or false"),
    "long_texts": (dict, "an object"),
    "settings": (dict, "an object"),
    "strategy": (dict, "an object"),
    "saved": (str, "a text"),
    "base": (dict, "an object"),
}
_SAVED = ("whole", "changes")


@dataclass(frozen=True)
class OwnBase:
    """The checkpoint that a run started from."""

    name: str
    """As it was asked for: a folder, a Hub name, or builtin:NAME."""
    digest: str
    """SHA-256 of its weights."""
    revision: str | None = None
    """The branch, tag or commit of a Hub base."""


@dataclass(frozen=True)
class Settings:
    """The part of accent.json that answering depends on."""

    task: TaskName
    """The task's kind."""
    labels: tuple[str, ...]
    """Names of the model's outputs, in their order; empty where it writes text."""
    max_length: int
    """Tokens that the model reads at once."""
    pair: bool
    """Whether a row is two texts."""
    long_texts: LongTexts
    """What becomes of longer texts."""
    task_settings: Mapping[str, Any]
    """What the task said of itself: labels, thresholds, scales."""
    strategy: StrategyConfig
    """Which weights moved."""
    saved: Literal["whole", "changes"]
    """Whether the folder holds the whole model, or what is put onto its base."""
    base: OwnBase
    """The base."""

    def make_task(self, folder: Path, decoding: DecodingConfig | None = None, *, seed: int = 42) -> Task:
        """Return the task that was saved. RunError where its settings are damaged, ConfigError for idle `decoding`."""
        try:
            return TASKS[self.task].from_settings({**self.task_settings, "seed": seed}, decoding)
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(f"the settings of {self.task} lack or garble {error}", folder / SETTINGS_FILE) from error


def find_model(target: str | Path) -> Path:
    """Return the model folder of a run's folder or of the model folder itself.

    Raises RunError where there is no model, and says whether a run stands there that has not ended.
    """
    folder = typed_path(target)
    for place in (folder, folder / "model"):
        if (place / SETTINGS_FILE).is_file():
            return place
    if (folder / "record.json").is_file():
        raise _without_answers(folder)
    what = "no accent.json in the folder" if folder.is_dir() else "no such folder"
    raise RunError(what, where=str(folder), remedy="Give the folder of a run that ended, or its model folder.")


def _without_answers(folder: Path) -> RunError:
    record = Record.read(RunFolder(folder))
    if record.status == "done" and record.verb != "finetune":
        base = shlex.quote(str(folder))
        return RunError(
            "the run was pretrained, and has no task to answer",
            where=str(folder),
            remedy=f"Fine-tune it (accent finetune DATA --base {base}), or see: accent inspect {base} --text TEXT",
        )
    remedy = f"Let it go on to its end: {record.resume_command(folder)}"
    return RunError("the run has no model yet", where=str(folder), remedy=remedy)


def read_settings(folder: Path) -> Settings:
    """Read and check accent.json of a model folder. Raises RunError where it is damaged or of a later version."""
    path = folder / SETTINGS_FILE
    stored = _read(path)
    version = stored.get("version")
    if type(version) is int and version != SETTINGS_VERSION:
        raise RunError(
            f"the model was saved in format {version}, and this Accent reads format {SETTINGS_VERSION}",
            where=str(path),
            remedy="Use the Accent that it was saved with, or fine-tune it again.",
        )
    wrong = [f"{key} is not {named}" for key, (kind, named) in _KEYS.items() if type(stored.get(key)) is not kind]
    if wrong:
        raise _damaged("; ".join(wrong), path)
    if stored["task"] not in TASKS:
        raise _damaged(f"there is no task {stored['task']!r}", path)
    if stored["saved"] not in _SAVED:
        raise _damaged(f"saved is {stored['saved']!r} and not {' or '.join(_SAVED)}", path)
    return Settings(
        task=stored["task"],
        labels=tuple(str(label) for label in stored["labels"]),
        max_length=stored["max_length"],
        pair=stored["pair"],
        long_texts=_long_texts(stored["long_texts"], path),
        task_settings={"labels": stored["labels"], **stored["settings"]},
        strategy=_strategy(stored["strategy"], path),
        saved=stored["saved"],
        base=_base(stored["base"], path),
    )


def _strategy(fields: Mapping[str, Any], path: Path) -> StrategyConfig:
    try:
        strategy: StrategyConfig = restore(StrategyConfig, fields)
    except ValueError as error:
        raise _damaged(f"strategy is not understood: {str(error).splitlines()[0]}", path) from error
    return strategy


def _base(fields: Mapping[str, Any], path: Path) -> OwnBase:
    texts = [fields.get(name) for name in ("name", "digest")]
    revision = fields.get("revision")
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(revision, str | None):
        raise _damaged("base has no name or no digest", path)
    return OwnBase(str(texts[0]), str(texts[1]), revision)


def _long_texts(fields: Mapping[str, Any], path: Path) -> LongTexts:
    try:
        return LongTexts.from_json(fields)
    except (TypeError, ValueError) as error:
        raise _damaged(f"long_texts is not understood: {error}", path) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged("it is not JSON", path) from error
    if not isinstance(stored, dict):
        raise _damaged("it is not a JSON object", path)
    return stored


def _damaged(what: str, path: Path) -> RunError:
    return RunError(
        f"accent.json cannot be used: {what}", where=str(path), remedy="Copy the model folder again from its run."
    )
