"""How far a long reading is: a line that is drawn anew on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io

import pytest

from accent.cli import reading
from accent.cli.console import Console
from accent.cli.progress import Progress
from accent.cli.streams import Messages

HALF = {
    "what": "characters tokenized",
    "done": 612_345_678,
    "total": 1_234_567_890,
    "tokens": 151_234_567,
    "tokens_per_second": 312_345.6,
}
LINE = "  612.3M of 1,234.6M characters tokenized, 151.2M tokens, 312,346 a second"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reading, "time", made)
    return made


def test_a_terminal_gets_one_line_that_goes_away(clock: Clock) -> None:
    console, screen = Console(), io.StringIO()
    console.messages = Messages(file=screen, force_terminal=True, width=80, highlight=False, markup=False)
    with Progress(console) as progress:
        progress("progress", {"what": "characters read", "done": 9_999})
        assert "  9,999 characters read" in screen.getvalue()
        progress("progress", HALF)
        assert LINE in screen.getvalue()
        assert len(LINE) <= 80
        clock.now += 0.05
        progress("progress", {**HALF, "done": 700_000_000})
        assert "700.0M" not in screen.getvalue()
        clock.now += 0.06
        progress("progress", {**HALF, "done": 700_000_000})
        assert "700.0M" in screen.getvalue()
        progress("stage", {"what": "training"})
        assert screen.getvalue().rpartition("\x1b[2K")[2].splitlines()[-1].endswith("training ...")


def test_elsewhere_there_is_a_line_every_half_minute(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Console()) as progress:
        for _ in range(130):
            progress("progress", HALF)
            clock.now += 1.0
    assert capsys.readouterr().err.splitlines() == [LINE] * 4


def test_what_is_read_at_once_needs_no_line(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Console()) as progress:
        for what in ("characters read", "characters tokenized"):
            progress("progress", {"what": what, "done": 5})
            clock.now += 20.0
            progress("progress", {"what": what, "done": 12_345})
    assert capsys.readouterr().err == ""


def test_quiet_is_quiet(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Console(quiet=True)) as progress:
        progress("progress", HALF)
        clock.now += 60.0
        progress("progress", HALF)
    assert capsys.readouterr() == ("", "")
