"""Every script in examples/ runs offline with --quick, says something, and stands in the list."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from accent.tasks import TASKS
from tests.docs.desk import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_it_runs(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(script), "--quick"])
    runpy.run_path(str(script), run_name="__main__")
    assert len(capsys.readouterr().out.splitlines()) > 2
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "scores.json").is_file()


def test_each_task_has_an_example_and_the_list_has_each() -> None:
    tasks = [name for script in EXAMPLES for name in re.findall(r'finetune\(.* task="(\w+)"', script.read_text())]
    assert sorted(tasks) == sorted(TASKS)
    listed = re.findall(r"\[(\w+\.py)\]", (ROOT / "examples" / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [script.name for script in EXAMPLES]
