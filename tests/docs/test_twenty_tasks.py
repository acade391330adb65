"""examples/twenty_tasks: some of the runs are made, served and asked, and the script names twenty."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import serve_command
from tests.docs.desk import ROOT

FOLDER = ROOT / "examples" / "twenty_tasks"


def test_there_are_twenty(tmp_path: Path) -> None:
    tasks = list(runpy.run_path(str(FOLDER / "make_runs.py"))["all_tasks"](tmp_path))
    assert len({task.name for task in tasks}) == 20


def test_runs_are_made_served_and_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["make_runs.py", "--quick", "--tasks", "6"])
    runpy.run_path(str(FOLDER / "make_runs.py"), run_name="__main__")
    told = capsys.readouterr().out.splitlines()
    words = told[-1].split()
    assert words[:2] == ["accent", "serve"]
    assert len(words) == 8
    with serve_command(*words[2:], folder=tmp_path) as url:
        command = [sys.executable, str(FOLDER / "ask.py"), url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == ["reviews", "questions", "tickets", "hikes", "recipes", "guides", "6"]
    assert "error" not in done.stdout
