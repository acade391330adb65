"""Inspect: a run that has not come to its end shows what it knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config import InspectConfig
from accent.errors import RunError
from accent.recipes import inspect
from accent.records import Record, RunFolder


def test_a_run_without_a_model_shows_its_facts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a run")
    (folder.checkpoints / "update-00000003").mkdir(parents=True)
    Record(command=[], config={}, seed=7, status="failed", error="the disk is full").write(folder)
    facts = inspect(InspectConfig(target=str(folder.path)))
    assert set(facts) == {"run"}
    assert (facts["run"]["status"], facts["run"]["error"]) == ("failed", "the disk is full")
    assert facts["run"]["checkpoints"] == ["update-00000003"]
    with pytest.raises(RunError, match="no model yet") as caught:
        inspect(InspectConfig(target=str(folder.path), text="good"))
    assert f"'{folder.path}'" in caught.value.remedy
