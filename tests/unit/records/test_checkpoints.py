"""Checkpoints: complete ones are found, damaged ones are named, nothing else is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from accent.errors import RunError
from accent.records import disk
from accent.records.checkpoints import Found, load_facts, newest_complete, prune, save, verify
from accent.records.manifest import CHUNK, MANIFEST
from tests.unit.records.limits import file_size_limit

CONTENTS = {
    "model.safetensors": bytes(range(256)) * 40,
    "optimizer/state.safetensors": b"\x00" * 3000,
    "state.json": b'{"epoch": 1}',
    "empty.bin": b"",
}
FACTS = {"epoch": 1.5, "log_offset": 1234, "best": {"update": 7, "score": 0.1}, "note": "Zoë"}
LIMIT = 1 << 16
Damage = Callable[[Path], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "run" / "checkpoints"


def filler(contents: dict[str, bytes] = CONTENTS) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        for name, data in contents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)

    return fill


def test_saved_verified_found(root: Path) -> None:
    path = save(root, 12, filler(), FACTS)
    assert path == root / "update-00000012"
    assert verify(path) == []
    assert newest_complete(root) == Found(path, FACTS, ())
    assert load_facts(path) == FACTS
    assert {name: (path / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert [entry.name for entry in root.iterdir()] == ["update-00000012"]


def test_the_manifest_tells_sizes_and_digests(root: Path) -> None:
    path = save(root, 3, filler(), FACTS)
    manifest = json.loads((path / MANIFEST).read_bytes())
    assert manifest["version"] == 1
    assert manifest["update"] == 3
    assert {name: facts["size"] for name, facts in manifest["files"].items()} == {
        name: len(data) for name, data in CONTENTS.items()
    }
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert manifest["files"]["empty.bin"]["sha256"] == empty


def test_no_folder_holds_no_checkpoint(root: Path) -> None:
    assert newest_complete(root) == Found(None, {}, ())
    root.mkdir(parents=True)
    assert newest_complete(root) == Found(None, {}, ())


def test_the_highest_update_is_the_newest(root: Path) -> None:
    for update in (9, 100_000_000, 10):
        save(root, update, filler(), {"update": update})
    assert newest_complete(root).facts == {"update": 100_000_000}


def test_other_entries_are_let_be(root: Path) -> None:
    save(root, 1, filler(), FACTS)
    (root / "notes.txt").write_text("mine")
    (root / "update-9").mkdir()
    (root / "update-best").mkdir()
    assert newest_complete(root).skipped == ()
    save(root, 2, filler(), FACTS)
    assert (root / "notes.txt").read_text() == "mine"


def test_files_larger_than_a_chunk(root: Path) -> None:
    data = os.urandom(2 * CHUNK + 17)
    path = save(root, 1, filler({"large.bin": data}), FACTS)
    assert verify(path) == []
    _flip(path / "large.bin", len(data) - 1, 0)
    assert verify(path) == ["large.bin has changed: its SHA-256 is not the one it was written with"]


@pytest.mark.parametrize("name", [*CONTENTS, MANIFEST])
def test_a_missing_file_is_named(root: Path, name: str) -> None:
    _check_skipped(root, lambda path: (path / name).unlink(), name)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99, "all but one byte"])
@pytest.mark.parametrize("name", [*(name for name, data in CONTENTS.items() if data), MANIFEST])
def test_a_cut_file_is_named(root: Path, name: str, share: float | str) -> None:
    def cut(path: Path) -> None:
        size = (path / name).stat().st_size
        os.truncate(path / name, int(size * share) if isinstance(share, float) else size - 1)

    _check_skipped(root, cut, name)


@pytest.mark.parametrize("name", [*CONTENTS, MANIFEST])
def test_a_longer_file_is_named(root: Path, name: str) -> None:
    def lengthen(path: Path) -> None:
        with (path / name).open("ab") as file:
            file.write(b"\n")

    _check_skipped(root, lengthen, name)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("name", [name for name, data in CONTENTS.items() if data])
def test_a_flipped_bit_is_found(root: Path, name: str, share: float) -> None:
    offset = int((len(CONTENTS[name]) - 1) * share)
    _check_skipped(root, lambda path: _flip(path / name, offset, offset % 8), name)


def test_every_flipped_bit_of_the_manifest_is_found(root: Path) -> None:
    path = save(root, 1, filler(), FACTS)
    size = (path / MANIFEST).stat().st_size
    for offset in range(size):
        for bit in range(8):
            _flip(path / MANIFEST, offset, bit)
            assert verify(path), f"bit {bit} of byte {offset}"
            _flip(path / MANIFEST, offset, bit)
    assert verify(path) == []


@pytest.mark.parametrize("text", ["", "null", "[]", "3", '{"sha256": 1}', '{"version": 1}', "[" * 100_000])
def test_a_manifest_that_is_another_file(root: Path, text: str) -> None:
    _check_skipped(root, lambda path: (path / MANIFEST).write_text(text), MANIFEST)


def test_a_file_that_does_not_belong_is_named(root: Path) -> None:
    _check_skipped(root, lambda path: (path / "extra.bin").write_bytes(b""), "extra.bin does not belong")


def test_a_file_swapped_for_another_of_its_size(root: Path) -> None:
    contents = {"a": b"1", "b": b"2"}
    path = save(root, 1, filler(contents), FACTS)
    (path / "a").write_bytes(b"2")
    (path / "b").write_bytes(b"1")
    assert [problem.split()[0] for problem in verify(path)] == ["a", "b"]


def test_a_manifest_of_a_later_layout(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("accent.records.manifest.VERSION", 2)
        path = save(root, 1, filler(), FACTS)
    assert verify(path) == ["manifest.json has layout 2; this Accent reads layout 1"]
    with pytest.raises(RunError, match="layout 2") as caught:
        load_facts(path)
    assert "--resume RUN" in caught.value.remedy


def test_a_folder_under_another_updates_name(root: Path) -> None:
    save(root, 1, filler(), FACTS).rename(root / "update-00000002")
    assert newest_complete(root) == Found(None, {}, (("update-00000002", "its manifest is that of update 1"),))


def test_a_file_in_place_of_a_folder(root: Path) -> None:
    path = save(root, 1, filler(), FACTS)
    (root / "update-00000002").write_bytes(b"")
    found = newest_complete(root)
    assert found.path == path
    assert found.skipped == (("update-00000002", "manifest.json is missing: it was never finished"),)


def test_leftovers_are_named_then_cleaned(root: Path) -> None:
    path = save(root, 1, filler(), FACTS)
    leftover = root / ".partial-update-00000002"
    filler()(_made(leftover))
    found = newest_complete(root)
    assert found.path == path
    assert found.skipped == ((leftover.name, "left behind by a save or a removal that was interrupted"),)
    assert leftover.exists()
    save(root, 3, filler(), FACTS)
    assert sorted(entry.name for entry in root.iterdir()) == ["update-00000001", "update-00000003"]


def test_an_error_of_the_writer_passes_and_leaves_nothing(root: Path) -> None:
    def fill(folder: Path) -> None:
        filler()(folder)
        raise ZeroDivisionError("in the writer")

    path = save(root, 1, filler(), FACTS)
    with pytest.raises(ZeroDivisionError, match="in the writer"):
        save(root, 2, fill, FACTS)
    assert newest_complete(root) == Found(path, FACTS, ())


def test_ctrl_c_in_the_writer_leaves_nothing(root: Path) -> None:
    def fill(folder: Path) -> None:
        filler()(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(root, 1, fill, FACTS)
    assert list(root.iterdir()) == []


def test_facts_without_a_json_form_are_refused_before_anything_is_written(root: Path) -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        save(root, 1, filler(), {"rows": {1}})
    assert not root.exists()


def test_the_same_update_is_replaced(root: Path) -> None:
    save(root, 1, filler(), {"turn": 1})
    path = save(root, 1, filler({"other.bin": b"2"}), {"turn": 2})
    assert newest_complete(root) == Found(path, {"turn": 2}, ())
    assert sorted(entry.name for entry in path.iterdir()) == [MANIFEST, "other.bin"]
    assert [entry.name for entry in root.iterdir()] == [path.name]


def test_a_damaged_one_of_the_same_update_is_replaced(root: Path) -> None:
    path = save(root, 1, filler(), {"turn": 1})
    _flip(path / "state.json", 0, 0)
    save(root, 1, filler(), {"turn": 2})
    assert newest_complete(root) == Found(path, {"turn": 2}, ())


def test_one_set_aside_is_found_where_its_replacement_never_came(root: Path) -> None:
    path = save(root, 1, filler(), FACTS)
    aside = root / f".replaced-{path.name}"
    path.rename(aside)
    assert newest_complete(root) == Found(aside, FACTS, ())
    save(root, 2, filler(), FACTS)
    assert [entry.name for entry in root.iterdir()] == ["update-00000002"]


def test_one_set_aside_outlives_a_damaged_replacement(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(root, 1, filler(), FACTS)
    aside = Path(shutil.copytree(path, root / f".replaced-{path.name}"))
    _flip(path / "state.json", 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", _full)
        with pytest.raises(RunError, match="the disk is full"):
            save(root, 1, filler(), {"turn": 2})
    assert newest_complete(root) == Found(aside, FACTS, ())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("call", ["write", "fsync", "open", "replace"])
def test_a_full_disk_leaves_what_was(root: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, "full")

    path = save(root, 1, filler(), FACTS)
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(RunError, match=r"[\d,]+ bytes are free") as caught:
            save(root, 2, filler(), FACTS)
    assert caught.value.where == str(root / "update-00000002")
    assert len(str(caught.value).splitlines()) == 2
    assert newest_complete(root) == Found(path, FACTS, ())


def test_a_writer_that_meets_a_full_disk(root: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half.bin").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(RunError, match="the disk is full"):
        save(root, 1, fill, FACTS)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("library", ["python", "safetensors"])
def test_the_systems_limit_on_file_size(root: Path, library: str) -> None:
    def fill(folder: Path) -> None:
        if library == "python":
            (folder / "large.bin").write_bytes(b"x" * 2 * LIMIT)
        else:
            save_file({"x": np.zeros(2 * LIMIT, dtype=np.uint8)}, folder / "large.safetensors")

    path = save(root, 1, filler(), FACTS)
    with file_size_limit(LIMIT), pytest.raises(RunError, match="larger than this system allows"):
        save(root, 2, fill, FACTS)
    assert newest_complete(root) == Found(path, FACTS, ())


def test_all_is_flushed_before_the_name_is_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut would need: files, then the manifest, then the folders, then the name, then its folder."""
    calls: list[str] = []
    save(root, 1, filler(), FACTS)
    with monkeypatch.context() as patch:
        for name in ("sync_file", "sync_folder", "create_file", "rename"):
            patch.setattr(disk, name, _noting(calls, root, getattr(disk, name)))
        save(root, 2, filler(), FACTS)
    partial, final = ".partial-update-00000002", "update-00000002"
    files = [call for call in calls[: len(CONTENTS)] if call.startswith("sync_file")]
    assert {call.removeprefix(f"sync_file {partial}/") for call in files} == set(CONTENTS)
    assert calls[len(CONTENTS) :] == [
        f"create_file {partial}/{MANIFEST}",
        f"sync_file {partial}/{MANIFEST}",
        f"sync_folder {partial}/optimizer",
        f"sync_folder {partial}",
        f"rename {partial} {final}",
        "sync_folder .",
    ]


def test_prune_keeps_the_newest_and_the_protected(root: Path) -> None:
    for update in range(1, 7):
        save(root, update, filler(), FACTS)
    removed = prune(root, 2, {"update-00000001", "update-00000099"})
    assert sorted(removed) == [f"update-0000000{update}" for update in (2, 3, 4)]
    assert sorted(e.name for e in root.iterdir()) == [f"update-0000000{update}" for update in (1, 5, 6)]


def test_prune_counts_only_complete_ones(root: Path) -> None:
    for update in range(1, 6):
        save(root, update, filler(), FACTS)
    (root / "update-00000005" / MANIFEST).unlink()
    (root / "update-00000003" / "state.json").write_bytes(b"short")
    prune(root, 2)
    kept = sorted(entry.name for entry in root.iterdir())
    assert kept == ["update-00000002", "update-00000004", "update-00000005"]
    assert newest_complete(root).path == root / "update-00000004"


def test_prune_removes_nothing_where_none_is_complete(root: Path) -> None:
    (save(root, 1, filler(), FACTS) / MANIFEST).unlink()
    assert prune(root, 1) == ()
    assert (root / "update-00000001").exists()


def test_load_facts_of_a_damaged_manifest(root: Path) -> None:
    path = save(root, 1, filler(), FACTS)
    _flip(path / MANIFEST, 30, 0)
    with pytest.raises(RunError, match="damaged") as caught:
        load_facts(path)
    assert caught.value.where == str(path / MANIFEST)


def _check_skipped(root: Path, damage: Damage, named: str) -> None:
    """Damage the newer of two checkpoints: it is named with the reason, and the older one is taken."""
    older = save(root, 1, filler(), {"update": 1})
    newer = save(root, 2, filler(), {"update": 2})
    damage(newer)
    assert len(verify(newer)) == 1
    found = newest_complete(root)
    assert (found.path, found.facts) == (older, {"update": 1})
    assert [name for name, _ in found.skipped] == [newer.name]
    assert named in found.skipped[0][1]


def _flip(path: Path, offset: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << bit)]))


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "full")


def _made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def _noting(calls: list[str], root: Path, real: Callable[..., Any]) -> Callable[..., Any]:
    """Note each call with its paths below `root`."""

    def call(*given: Any) -> Any:
        files = {path.stat().st_ino: path for path in root.rglob("*")}
        paths = [files[os.fstat(one).st_ino] if isinstance(one, int) else one for one in given]
        calls.append(" ".join([real.__name__, *(path.relative_to(root).as_posix() for path in paths)]))
        return real(*given)

    return call
