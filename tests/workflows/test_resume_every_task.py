"""A run of any task that the power cut is bit-equal, once resumed, to one that nobody stopped; dropout is on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run
from accent.training import Learner
from tests.workflows.jobs import JOBS, finetune_words, write_split
from tests.workflows.test_resume import PowerCutError, assert_same_run

UPDATES = 4
CUTS = dict(zip(sorted(JOBS), (2, 3, 1, 2, 3, 1, 3), strict=True))
"""In which update, from 0, each task's run is cut."""


@pytest.mark.parametrize("task", sorted(JOBS))
def test_a_cut_run_ends_as_if_it_had_not_been(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = write_split(JOBS[task], tmp_path)
    often = ["--updates", str(UPDATES), "--save-every", "1", "--evaluate-every", "2", "--keep", "9"]
    often += ["--microbatch-size", "5", "--quiet"]
    assert run(finetune_words(task, split, tmp_path / "whole", *often)) == 0
    cut = tmp_path / "cut"
    cut_power(CUTS[task], finetune_words(task, split, cut, *often), monkeypatch)
    kept = sorted(path.name for path in (cut / "checkpoints").glob("update-*"))
    assert kept[-1] == f"update-{CUTS[task]:08d}"
    assert run(["finetune", "--resume", str(cut), "--quiet"]) == 0
    assert_same_run(cut, tmp_path / "whole")


def cut_power(update: int, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command until it comes to `update`."""
    whole_update = Learner.update

    def cutting(self: Learner, rows: Any, number: int, *others: Any, **named: Any) -> Any:
        if number == update:
            raise PowerCutError
        return whole_update(self, rows, number, *others, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", cutting)
        with pytest.raises(PowerCutError):
            run(words)
