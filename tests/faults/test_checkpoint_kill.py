"""`kill -9` at every call that changes the disk: what was complete stays, what is new is whole or not there."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import accent.records
from accent.records import disk, read_events, read_json
from accent.records.checkpoints import newest_complete, verify
from tests.faults import killing

ROOM = Path(accent.records.__file__).parent
TIMEOUT = 120
CHANGING_CALLS = {
    "chmod", "copy", "copyfile", "copytree", "ftruncate", "link", "makedirs", "mkdir", "move", "remove", "rename",
    "replace", "rmdir", "rmtree", "symlink_to", "touch", "truncate", "unlink", "write_bytes", "write_text",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What one kill left."""

    root: Path
    call: str

    def __str__(self) -> str:
        return f"kill {self.root.name} at {self.call}"


@pytest.mark.parametrize("scenario", ["first", "next", "leftover"])
def test_a_killed_save_leaves_the_old_checkpoint_or_the_new(tmp_path: Path, scenario: str) -> None:
    new = 1 if scenario == "first" else 2
    old = None if scenario == "first" else (1, 1)
    _check_old_then_new(_cases(scenario, tmp_path), old=old, new=(new, 1))


def test_a_killed_save_of_the_same_update_leaves_one_of_them(tmp_path: Path) -> None:
    _check_old_then_new(_cases("again", tmp_path), old=(1, 1), new=(1, 2))


def test_a_killed_save_over_a_damaged_checkpoint_leaves_the_one_before(tmp_path: Path) -> None:
    _check_old_then_new(_cases("damaged", tmp_path), old=(1, 1), new=(2, 2))


def test_leftovers_of_a_kill_are_named_and_cleaned(tmp_path: Path) -> None:
    named = 0
    for case in _cases("next", tmp_path):
        partial = [entry.name for entry in case.root.iterdir() if entry.name.startswith(".partial-")]
        assert [name for name, _ in newest_complete(case.root).skipped] == partial, case
        named += len(partial)
        killing.keep(case.root, 2, turn=3)
        assert _standing(case) == (2, 3), case
        assert sorted(entry.name for entry in case.root.iterdir()) == ["update-00000001", "update-00000002"], case
    assert named >= 10


def test_a_save_goes_on_after_any_kill_of_the_same_update(tmp_path: Path) -> None:
    for case in _cases("again", tmp_path):
        killing.keep(case.root, 1, turn=3)
        assert _standing(case) == (1, 3), case
        assert [entry.name for entry in case.root.iterdir()] == ["update-00000001"], case


def test_a_killed_removal_keeps_the_newest_and_the_protected(tmp_path: Path) -> None:
    for case in _cases("prune", tmp_path):
        assert _standing(case) == (3, 1), case
        assert verify(case.root / "update-00000001") == [], case
        removed = case.root / "update-00000002"
        assert not removed.exists() or verify(removed) == [], case


def test_a_killed_write_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    seen = [read_json(case.root / "scores.json") for case in _cases("json", tmp_path)]
    assert killing.OLD in seen
    assert killing.NEW in seen
    assert all(scores in (killing.OLD, killing.NEW) for scores in seen)


def test_a_killed_log_holds_the_events_before(tmp_path: Path) -> None:
    before = [{"kind": "start"}, {"kind": "update", "update": 1}]
    after = [{"kind": "start"}, {"kind": "update", "update": 1, "again": True}, {"kind": "end"}]
    for case in _cases("log", tmp_path):
        events = read_events(case.root / "events.jsonl")
        assert events in (before, after[:1], after[:2], after), case


def test_no_other_file_of_the_room_changes_the_disk() -> None:
    """A call that went past `disk` would be a boundary that no test here sees."""
    files = sorted(ROOM.glob("*.py"))
    assert len(files) >= 8
    for path in files:
        if path.name == "disk.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in CHANGING_CALLS | {"write", "fsync"}:
                owner = node.value.id if isinstance(node.value, ast.Name) else ""
                assert owner == "disk", f"{path.name}:{node.lineno} {node.attr}"


def _cases(scenario: str, folder: Path) -> list[Case]:
    """Run the scenario, killed at each call in turn."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, killing.__file__, scenario, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stderr
    cases = [Case(folder / case["folder"], case["call"]) for case in json.loads(done.stdout)]
    assert {case.call.removesuffix(" torn") for case in cases} <= set(disk.__all__)
    assert len(cases) >= 5
    return cases


def _check_old_then_new(cases: list[Case], *, old: tuple[int, int] | None, new: tuple[int, int]) -> None:
    """The newest complete checkpoint is the old one up to some call, and the new one from there on."""
    for torn in (False, True):
        standing = [_standing(case) for case in cases if case.call.endswith("torn") == torn]
        turned = standing.index(new) if new in standing else len(standing)
        assert standing == [old] * turned + [new] * (len(standing) - turned)
        assert turned >= len(killing.CONTENTS) + 1
    calls = {case.call for case in cases}
    assert {"make_folder", "write", "write torn", "sync_file", "sync_folder", "rename"} <= calls
    assert cases[0].call != cases[-1].call
    assert new in [_standing(case) for case in cases]


def _standing(case: Case) -> tuple[int, int] | None:
    """Return the update and the turn of the newest complete checkpoint, after comparing it byte for byte."""
    found = newest_complete(case.root)
    if found.path is None:
        return None
    update, turn = found.facts["update"], found.facts["turn"]
    for name, data in killing.contents(update, turn).items():
        assert (found.path / name).read_bytes() == data, case
    return update, turn
