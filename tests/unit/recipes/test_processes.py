"""What is refused before any process is started, what the workers are told, and what their ends mean."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run as command_line
from accent.config import DataConfig, FinetuneConfig, RunConfig, TrainingConfig
from accent.config.show import to_dict
from accent.errors import RunError
from accent.recipes import processes
from accent.recipes.processes import ToldError, finetune_in_processes
from accent.records import Record, RunFolder, write_json


@pytest.fixture
def config(tmp_path: Path) -> FinetuneConfig:
    return FinetuneConfig(
        data=DataConfig(source="builtin:reviews"),
        training=TrainingConfig(processes=2, precision="fp32"),
        run=RunConfig(output=str(tmp_path / "run")),
    )


class Ends:
    """Stands for the workers: they end with the given codes after writing a record."""

    def __init__(self, codes: list[int], *, failed: int | None = None, **record: Any) -> None:
        self.codes, self.failed, self.stopped, self.record = codes, failed, False, record

    def __call__(self, config: FinetuneConfig, scratch: Path, began: float) -> Ends:
        self.config = config
        return self

    def wait(self) -> None:
        folder = RunFolder(Path(self.config.run.output or ""))
        if self.record:
            Record(command=["accent"], config={}, seed=1, **self.record).write(folder)
        if self.codes == [0, 0]:
            write_json(folder.scores, {"test": {}})

    def show_failed(self) -> None:
        pass


def start(config: FinetuneConfig, workers: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, Any], str]:
    monkeypatch.setattr(processes, "_Workers", workers)
    return finetune_in_processes(config)


def no_workers(*_given: object) -> None:
    raise AssertionError("processes were started")


def test_a_taken_folder_is_refused_before_anything_starts(
    config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    Record(command=["accent"], config={}, seed=1, status="done").write(RunFolder(Path(str(config.run.output))))
    with pytest.raises(RunError, match="holds another run"):
        start(config, no_workers, monkeypatch)


def test_a_run_that_is_done_is_not_resumed(config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(Path(str(config.run.output)))
    Record(command=["accent"], config=to_dict(config), seed=42, status="done").write(folder)
    resumed = replace(config, run=replace(config.run, output=None, resume=str(folder.path)))
    with pytest.raises(RunError, match="the run is done"):
        start(resumed, no_workers, monkeypatch)


def test_what_the_workers_finished_is_returned(config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = Ends([0, 0], status="done", training={"ended": "early stopping"})
    assert start(config, ends, monkeypatch) == (Path(str(config.run.output)), {"test": {}}, "early stopping")


def test_a_worker_that_fails_fails_the_run(config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match=r"process 1 failed with exit code -9: connection lost") as caught:
        start(config, Ends([1, -9], failed=1, status="failed", error="connection lost"), monkeypatch)
    assert caught.value.where == config.run.output


def test_what_the_main_worker_told_is_not_told_again(
    config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*_given: object, **_named: object) -> None:
        start(config, Ends([2, 2], failed=0, status="failed", error="no such file"), monkeypatch)

    monkeypatch.setattr("accent.recipes.finetune", told)
    with pytest.raises(ToldError, match="no such file"):
        told()
    assert command_line(["finetune", "builtin:reviews"]) == 2
    assert capsys.readouterr().err == ""


def test_an_interrupted_run_needs_a_checkpoint_to_go_on(
    config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        start(config, Ends([130, 130], status="interrupted"), monkeypatch)
    other = replace(config, run=replace(config.run, output=f"{config.run.output}-2"))
    checkpoint = Path(str(other.run.output)) / "checkpoints" / "update-00000001"
    ends = Ends([130, 130], status="interrupted")
    monkeypatch.setattr(ends, "wait", lambda: checkpoint.mkdir(parents=True))
    assert start(other, ends, monkeypatch)[2] == "interrupted"


def test_the_workers_share_the_cores_the_precision_and_the_command(
    config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "machine_facts", lambda: {"cores": 7})
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    auto = replace(config, training=replace(config.training, precision="auto"))
    shared = processes._shared_environment(auto)
    assert shared["OMP_NUM_THREADS"] == "3"
    assert json.loads(shared["ACCENT_COMMAND"]) == sys.argv
    assert json.loads(shared["ACCENT_FACTS"])["precision"] in {"fp32", "bf16"}
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    shared = processes._shared_environment(config)
    assert (shared["OMP_NUM_THREADS"], shared["ACCENT_FACTS"]) == ("5", "{}")
