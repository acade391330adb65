"""The log: whole lines, no torn one survives, and a resumed run cuts exactly."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import EventLog, read_events
from accent.records.events import BLOCK


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "events.jsonl"


def test_events_come_back_in_order(path: Path) -> None:
    log = EventLog(path)
    log.append("start", updates=3)
    log.append("update", update=1, loss=0.1, note="Zoë\nnew line")
    assert read_events(path) == [
        {"kind": "start", "updates": 3},
        {"kind": "update", "update": 1, "loss": 0.1, "note": "Zoë\nnew line"},
    ]


def test_each_line_is_in_the_file_at_once(path: Path) -> None:
    log = EventLog(path)
    for number in range(3):
        log.append("update", update=number)
        assert path.read_bytes().count(b"\n") == number + 1


def test_non_finite_numbers_are_words(path: Path) -> None:
    EventLog(path).append("update", loss=float("nan"), grad_norm=float("inf"), best=float("-inf"))
    line = path.read_text(encoding="utf-8")
    assert line == '{"kind": "update", "loss": "nan", "grad_norm": "inf", "best": "-inf"}\n'


def test_a_new_log_is_an_empty_file(path: Path) -> None:
    EventLog(path)
    assert path.read_bytes() == b""
    assert read_events(path) == []


def test_no_log_is_no_events(path: Path) -> None:
    assert read_events(path) == []


@pytest.mark.parametrize("cut", [1, 2, 5, 20])
def test_a_torn_last_line_is_passed_over(path: Path, cut: int) -> None:
    log = EventLog(path)
    for number in range(3):
        log.append("update", update=number)
    os.truncate(path, path.stat().st_size - cut)
    assert [event["update"] for event in read_events(path)] == ([0, 1, 2] if cut == 1 else [0, 1])


@pytest.mark.parametrize("tail", [b'{"kind": "upd', b"\x00" * 40, b"\x00" * 40 + b"\n", b"\xff\xfe", b"3", b"{}"])
def test_whatever_stands_last_is_passed_over(path: Path, tail: bytes) -> None:
    EventLog(path).append("start")
    with path.open("ab") as file:
        file.write(tail)
    assert read_events(path) == [{"kind": "start"}]


def test_a_broken_line_in_the_middle_is_named(path: Path) -> None:
    log = EventLog(path)
    log.append("start")
    with path.open("ab") as file:
        file.write(b'{"kind": "upda\n')
    log.append("end")
    with pytest.raises(RunError, match="no event") as caught:
        read_events(path)
    assert caught.value.where == f"{path}:2"


def test_opened_again_it_drops_the_torn_line(path: Path) -> None:
    EventLog(path).append("start")
    with path.open("ab") as file:
        file.write(b'{"kind": "update", "los' + b"x" * 2 * BLOCK)
    EventLog(path).append("end")
    assert [event["kind"] for event in read_events(path)] == ["start", "end"]


def test_opened_again_it_keeps_whole_lines(path: Path) -> None:
    EventLog(path).append("start", text="x" * 3 * BLOCK)
    before = path.read_bytes()
    EventLog(path)
    assert path.read_bytes() == before


def test_resume_cuts_to_what_the_checkpoint_saw(path: Path) -> None:
    log = EventLog(path)
    log.append("update", update=1)
    offset = log.sync()
    before = path.read_bytes()
    log.append("update", update=2)
    with path.open("ab") as file:
        file.write(b'{"kind": "upd')
    resumed = EventLog.resume(path, offset)
    assert path.read_bytes() == before
    resumed.append("update", update=2)
    assert [event["update"] for event in read_events(path)] == [1, 2]


def test_resume_from_the_beginning(path: Path) -> None:
    EventLog.resume(path, 0)
    assert path.read_bytes() == b""
    EventLog(path).append("start")
    EventLog.resume(path, 0)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("offset", [1, 17, 1000])
def test_an_offset_that_does_not_fit_is_refused_and_nothing_cut(path: Path, offset: int) -> None:
    EventLog(path).append("start")
    EventLog(path).append("end")
    before = path.read_bytes()
    with pytest.raises(RunError, match=f"{offset:,}") as caught:
        EventLog.resume(path, offset)
    assert caught.value.where == str(path)
    assert path.read_bytes() == before


def test_a_log_that_is_gone_is_told(path: Path) -> None:
    with pytest.raises(RunError, match="the log has 0 bytes"):
        EventLog.resume(path, 10)


def test_sync_flushes_and_tells_the_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path)
    log.append("start")
    real, flushed = os.fsync, []

    def fsync(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        offset = log.sync()
    assert flushed == [path.stat().st_ino]
    assert offset == path.stat().st_size


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG])
def test_a_full_disk_leaves_no_half_line(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    log = EventLog(path)
    log.append("start")
    before = path.read_bytes()
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        if len(data) <= 5:
            raise OSError(code, "full")
        return real(descriptor, data[:5])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        with pytest.raises(RunError, match="bytes are needed"):
            log.append("update", update=123456)
    assert path.read_bytes() == before
    log.append("end")
    assert [event["kind"] for event in read_events(path)] == ["start", "end"]


def test_lines_are_json_for_anyone(path: Path) -> None:
    EventLog(path).append("warning", what="a\u2028b\rc")
    assert [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]] == [
        {"kind": "warning", "what": "a\u2028b\rc"}
    ]
    assert read_events(path)[0]["what"] == "a\u2028b\rc"
