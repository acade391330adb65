"""Whole files: the old contents or the new, and a two-line message where the disk does not take them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import disk, read_json, write_bytes, write_json, write_lines, write_text
from accent.records.files import CHUNK, explained, folder_bytes
from tests.unit.records.limits import file_size_limit

LIMIT = 1 << 16
REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "larger than this system allows",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk reports a fault",
    errno.EACCES: "not permitted",
}


def test_bytes_of_a_folder_are_those_of_all_files_below_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "one").write_bytes(b"x" * 5)
    (tmp_path / "below" / "two").write_bytes(b"x" * 7)
    assert folder_bytes(tmp_path) == 12
    assert folder_bytes(tmp_path / "missing") == 0


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.txt"
    path.write_bytes(b"old\n")
    return path


def test_text_keeps_its_letters_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "text.txt"
    write_text(path, "Zoë\r\nça va\n")
    assert path.read_bytes() == "Zoë\r\nça va\n".encode()


def test_replaced_whole_and_nothing_beside_it(kept: Path) -> None:
    write_bytes(kept, b"new")
    assert kept.read_bytes() == b"new"
    assert [entry.name for entry in kept.parent.iterdir()] == ["kept.txt"]


def test_new_files_get_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_lines_are_streamed_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    lines = [f"{number} " + "x" * 1000 for number in range(3 * CHUNK // 1000)]
    write_lines(path, iter(lines))
    assert path.read_text(encoding="utf-8") == "".join(f"{line}\n" for line in lines)


def test_no_lines_are_an_empty_file(tmp_path: Path) -> None:
    write_lines(tmp_path / "empty.txt", [])
    assert (tmp_path / "empty.txt").read_bytes() == b""


def test_a_link_stays_and_its_file_is_replaced(kept: Path) -> None:
    link = kept.with_name("link.txt")
    link.symlink_to(kept)
    write_text(link, "new")
    assert link.is_symlink()
    assert kept.read_text() == "new"


def test_an_error_of_the_lines_passes_and_the_old_file_stays(kept: Path) -> None:
    def lines() -> Iterator[str]:
        yield "x" * 2 * CHUNK
        raise FileNotFoundError(errno.ENOENT, "no such input")

    with pytest.raises(FileNotFoundError, match="no such input"):
        write_lines(kept, lines())
    _check_untouched(kept)


@pytest.mark.parametrize("code", REASONS)
@pytest.mark.parametrize("call", ["write", "fsync", "open", "replace"])
def test_each_failing_call_is_explained_and_leaves_the_old_file(
    kept: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _failing(code))
        with pytest.raises(RunError) as caught:
            write_text(kept, "x" * 1234)
    message = str(caught.value)
    assert REASONS[code] in message
    assert str(kept) in message.splitlines()[0]
    assert len(message.splitlines()) == 2
    _check_untouched(kept)


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_told_in_bytes(kept: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, _failing(errno.ENOSPC))
        with pytest.raises(
            RunError, match=r"the disk is full: 1,234 bytes are needed, [\d,]+ bytes are free"
        ) as caught:
            write_text(kept, "x" * 1234)
    assert caught.value.where == str(kept)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_disk_that_fills_half_way_leaves_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, taken = os.write, 0

    def write(descriptor: int, data: bytes) -> int:
        nonlocal taken
        if taken >= 5000:
            raise OSError(errno.ENOSPC, "full")
        taken += real(descriptor, data[:1000])
        return 1000

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        with pytest.raises(RunError, match="10,000 bytes are needed"):
            write_text(kept, "x" * 10_000)
    assert taken == 5000
    _check_untouched(kept)


def test_short_writes_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:7]))
        write_text(tmp_path / "file", "0123456789" * 10)
    assert (tmp_path / "file").read_text() == "0123456789" * 10


def test_a_file_over_the_systems_limit_leaves_nothing(kept: Path) -> None:
    with file_size_limit(LIMIT), pytest.raises(RunError, match="larger than this system allows"):
        write_lines(kept, ("x" * 1000 for _ in range(2 * LIMIT // 1000)))
    _check_untouched(kept)


def test_another_error_passes_through(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _failing(errno.EBADF))
        with pytest.raises(OSError, match="failing") as caught:
            write_text(kept, "new")
    assert caught.value.errno == errno.EBADF
    _check_untouched(kept)


def test_native_libraries_errors_are_read(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the disk is full"), explained(tmp_path / "model.safetensors"):
        raise RuntimeError("I/O error: No space left on device (os error 28)")


def test_a_folder_or_a_device_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RunError, match="a folder stands"):
        write_text(tmp_path, "new")
    with pytest.raises(RunError, match="a device or a pipe stands"):
        write_text(pipe, "new")
    assert pipe.is_fifo()


def test_a_file_where_a_folder_is_needed(kept: Path) -> None:
    with pytest.raises(RunError, match="a file stands where a folder is needed"):
        write_text(kept / "below.txt", "new")
    _check_untouched(kept)


def test_json_is_valid_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_json(path, {"accuracy": 0.1, "auc": float("nan"), "bounds": (float("-inf"), 1), "name": "Zoë"})
    assert read_json(path) == {"accuracy": 0.1, "auc": "nan", "bounds": ["-inf", 1], "name": "Zoë"}
    assert "Zoë" in path.read_text(encoding="utf-8")


def test_folders_are_flushed_after_the_name_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    with monkeypatch.context() as patch:
        for name in ("create_file", "write", "sync_file", "rename", "sync_folder"):
            patch.setattr(disk, name, _noting(calls, name, getattr(disk, name)))
        write_text(tmp_path / "file", "new")
    assert calls == ["create_file", "write", "sync_file", "rename", "sync_folder"]


def _failing(code: int):
    def call(*_: object, **__: object) -> None:
        raise OSError(code, "failing")

    return call


def _noting(calls: list[str], name: str, real):
    def call(*given):
        calls.append(name)
        return real(*given)

    return call


def _check_untouched(kept: Path) -> None:
    assert kept.read_bytes() == b"old\n"
    assert [entry.name for entry in kept.parent.iterdir()] == ["kept.txt"]
