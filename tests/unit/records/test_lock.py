"""One writer a run, and a lock that no dead process leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import RunFolder
from accent.records.lock import RunLock, refuse_live

HOLDER = """
import sys
from pathlib import Path
from accent.records.lock import RunLock
lock = RunLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock of `tmp_path`."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_live_run_is_refused_and_named(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    for attempt in (RunLock, refuse_live, lambda folder: RunFolder.create(str(folder), name="x")):
        with pytest.raises(RunError, match="this run is still running") as caught:
            attempt(tmp_path)
        assert caught.value.where == str(tmp_path)


def test_the_lock_dies_with_a_killed_process(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    holder.kill()
    holder.wait()
    assert not is_locked(tmp_path)
    refuse_live(tmp_path)
    with RunLock(tmp_path):
        assert is_locked(tmp_path)


def test_what_is_released_is_free_and_the_folder_still_counts_as_empty(tmp_path: Path) -> None:
    with RunLock(tmp_path) as lock:
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)
    lock.release()
    assert RunFolder.create(str(tmp_path), name="x").path == tmp_path


def test_a_process_does_not_shut_itself_out_and_the_older_lock_frees_nothing(tmp_path: Path) -> None:
    older, newer = RunLock(tmp_path), RunLock(tmp_path)
    older.release()
    assert is_locked(tmp_path)
    newer.release()
    assert not is_locked(tmp_path)


def test_looking_makes_nothing(tmp_path: Path) -> None:
    refuse_live(tmp_path / "run")
    refuse_live(tmp_path)
    assert not os.listdir(tmp_path)


def is_locked(folder: Path) -> bool:
    """Whether the lock is held, as another process sees it."""
    code = "import sys; from pathlib import Path; from accent.records.lock import RunLock; RunLock(Path(sys.argv[1]))"
    return subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, check=False).returncode != 0
