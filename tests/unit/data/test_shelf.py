"""The shelf holds whole arrays only, stays under its bound, and takes nothing from a reader's hands."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from accent.data import shelf
from accent.data.shelf import Put, make_room, place, take

SHAPE = (4, 8)
SIZE = 128 + 4 * 4 * 8
"""Bytes of a file: the header and the values."""


def put_in(folder: Path, name: str, *, age: int = 0) -> Path:
    def fill(put: Put) -> None:
        put(2, np.full((2, 8), 2.0, dtype=np.float32))
        put(0, np.arange(16, dtype=np.float32).reshape(2, 8))

    path = folder / f"{name}.npy"
    place(path, SHAPE, fill)
    then = path.stat().st_mtime_ns - age * 10**9
    os.utime(path, ns=(then, then))
    return path


def test_numpy_reads_what_was_placed_and_so_does_take(tmp_path: Path) -> None:
    path = put_in(tmp_path, "a")
    expected = np.concatenate([np.arange(16).reshape(2, 8), np.full((2, 8), 2.0)])
    assert np.array_equal(np.load(path), expected)
    found = take(path, SHAPE)
    assert found is not None
    assert np.array_equal(found, expected)
    assert path.stat().st_size == SIZE


def test_nothing_is_taken_that_is_missing_or_of_another_shape_or_no_array(tmp_path: Path) -> None:
    path = put_in(tmp_path, "a")
    assert take(tmp_path / "b.npy", SHAPE) is None
    assert take(path, (8, 4)) is None
    path.write_bytes(b"nothing of the kind")
    assert take(path, SHAPE) is None


def test_the_longest_unused_go_first_and_only_as_many_as_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 3 * SIZE)
    old, used, new = (put_in(tmp_path, name, age=age) for name, age in (("old", 30), ("used", 60), ("new", 10)))
    assert take(used, SHAPE) is not None  # being used makes it new
    gc.collect()
    assert make_room(tmp_path, SIZE)
    assert [path.exists() for path in (old, used, new)] == [False, True, True]


def test_what_is_read_stays_and_goes_once_nobody_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", SIZE)
    path = put_in(tmp_path, "a")
    reading = take(path, SHAPE)
    assert reading is not None
    assert not make_room(tmp_path, SIZE)
    assert path.exists()
    del reading
    gc.collect()
    assert make_room(tmp_path, SIZE)
    assert not path.exists()


def test_nothing_is_removed_for_what_does_not_fit_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 2 * SIZE)
    path = put_in(tmp_path, "a")
    assert not make_room(tmp_path, 3 * SIZE)
    assert path.exists()


def test_a_share_of_the_disk_bounds_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 4 * SIZE})
    monkeypatch.setattr(shelf.shutil, "disk_usage", lambda _: usage)
    put_in(tmp_path, "a")
    assert make_room(tmp_path, SIZE)  # a fifth of five files is one: the old one goes
    assert list(tmp_path.iterdir()) == []
    assert not make_room(tmp_path, SIZE)  # a fifth of four is less than one


def test_what_killed_processes_left_is_swept_after_a_day(tmp_path: Path) -> None:
    old, young = (tmp_path / f".partial-{name}" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    then = old.stat().st_mtime - shelf.ABANDONED_SECONDS - 60
    os.utime(old, (then, then))
    assert make_room(tmp_path, 1)
    assert [old.exists(), young.exists()] == [False, True]
