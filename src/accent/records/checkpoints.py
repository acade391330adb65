"""Checkpoints that are whole or not there.

A checkpoint is a folder `update-XXXXXXXX`. It is filled under the name `.partial-update-XXXXXXXX`; its manifest (the
size and SHA-256 of every file, the facts, a SHA-256 of itself) is written last; all is flushed to the disk; then one
rename gives it its name. A process that ends anywhere on the way leaves the checkpoints before it as they were.

A checkpoint of the same update is moved to `.replaced-update-XXXXXXXX` until the new one stands, and is found there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accent.errors import RunError
from accent.records import disk
from accent.records.files import explained, make_folders
from accent.records.json_text import plain
from accent.records.manifest import MANIFEST, BrokenManifestError, problems, read_manifest, seal

__all__ = ["Found", "load_facts", "newest_complete", "prune", "save", "verify"]

PARTIAL = ".partial-"
REPLACED = ".replaced-"
NAME = re.compile(r"(\.replaced-)?update-(\d{8,})")
INTERRUPTED = "left behind by a save or a removal that was interrupted"


@dataclass(frozen=True)
class Found:
    """The newest complete checkpoint, and what was passed over on the way to it."""

    path: Path | None
    """Its folder; None where there is no complete one."""
    facts: dict[str, Any]
    """What `save` was given; empty where there is no complete one."""
    skipped: tuple[tuple[str, str], ...]
    """(name, reason) of each newer folder that is not complete, and of what interrupted saves left."""


def save(root: Path, update: int, write: Callable[[Path], None], facts: dict[str, Any]) -> Path:
    """Save the checkpoint of `update` below `root` and return its folder; what interrupted saves left is removed.

    `write` is called with an empty folder and fills it; `facts` (JSON values; see `json_text.plain`) go into the
    manifest. Any error, also one that `write` raises, leaves the checkpoints before as they were.

    Raises:
        RunError: where the disk is full, or the place cannot be written to.
    """
    final = root / f"update-{update:08d}"
    partial = root / f"{PARTIAL}{final.name}"
    kept_facts = plain(facts)
    make_folders(root)
    with explained(final):
        _remove_all(root, PARTIAL)
        try:
            disk.make_folder(partial)
            write(partial)
            seal(partial, update, kept_facts)
            _put_in_place(partial, final)
        except BaseException:
            with suppress(OSError):
                disk.remove_tree(partial)
            raise
    return final


def verify(path: Path) -> list[str]:
    """Return what is wrong with the checkpoint `path`, reading all of it; nothing where it is complete and unchanged.

    Every byte of every file is covered, the manifest's own bytes too, and so are files that do not belong there.
    """
    return problems(path, contents=True)


def newest_complete(root: Path) -> Found:
    """Find the checkpoint of the highest update that is complete and unchanged; all its bytes are read."""
    entries = {entry.name: entry for entry in root.iterdir()} if root.is_dir() else {}
    leftovers = [(name, INTERRUPTED) for name in sorted(entries) if name.startswith(PARTIAL)]
    skipped: list[tuple[str, str]] = []
    for name in sorted(filter(NAME.fullmatch, entries), key=_age, reverse=True):
        wrong = verify(entries[name]) or _wrong_name(entries[name])
        if not wrong:
            return Found(entries[name], load_facts(entries[name]), (*skipped, *leftovers))
        skipped.append((name, "; ".join(wrong)))
    return Found(None, {}, (*skipped, *leftovers))


def prune(root: Path, keep: int, protect: Collection[str] = ()) -> tuple[str, ...]:
    """Remove all but the newest `keep` checkpoints and those named in `protect`; return the names removed.

    Folders that are visibly not complete (no manifest, a file missing or of another size; contents are not read) do
    not count among the newest, and go once they are older than a complete one.
    """
    names = [entry.name for entry in root.iterdir() if NAME.fullmatch(entry.name)]
    names = sorted((name for name in names if not name.startswith(REPLACED)), key=_age, reverse=True)
    complete = [name for name in names if not problems(root / name, contents=False)]
    if not complete:
        return ()
    kept = {*complete[:keep], *protect}
    removed = tuple(name for name in names if name not in kept and _age(name) <= _age(complete[0]))
    with explained(root):
        for name in removed:
            aside = root / f"{PARTIAL}removed-{name}"
            disk.remove_tree(aside)
            disk.rename(root / name, aside)
            disk.remove_tree(aside)
    return removed


def load_facts(path: Path) -> dict[str, Any]:
    """Return the facts of the checkpoint `path`; of its files only the manifest is read and verified.

    Raises:
        RunError: where the manifest is missing or damaged.
    """
    try:
        return dict(read_manifest(path)["facts"])
    except BrokenManifestError as error:
        remedy = "Resume from another checkpoint of the run: --resume RUN takes the newest complete one."
        raise RunError(str(error), where=str(path / MANIFEST), remedy=remedy) from error


def _put_in_place(partial: Path, final: Path) -> None:
    """Rename `partial` to `final`; at every moment a complete checkpoint of that update stays one, if it was."""
    replaced = final.with_name(f"{REPLACED}{final.name}")
    if final.exists() and verify(final):
        disk.remove_tree(final)
    elif final.exists():
        disk.remove_tree(replaced)
        disk.rename(final, replaced)
    disk.rename(partial, final)
    disk.sync_folder(final.parent)
    _remove_all(final.parent, REPLACED)


def _remove_all(root: Path, prefix: str) -> None:
    for entry in sorted(root.iterdir()):
        if entry.name.startswith(prefix):
            disk.remove_tree(entry)


def _age(name: str) -> tuple[int, bool]:
    """Order names by update; of two with the same update the one that was replaced comes first."""
    replaced, update = NAME.fullmatch(name).groups()  # type: ignore[union-attr]
    return int(update), not replaced


def _wrong_name(path: Path) -> list[str]:
    named, held = _age(path.name)[0], read_manifest(path)["update"]
    return [] if named == held else [f"its manifest is that of update {held}"]
