"""Real processes: Ctrl-C and kill -9 while training, and two processes that share a batch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from accent.config import FinetuneConfig
from accent.config.show import to_yaml
from accent.errors import UserError
from accent.recipes import finetune
from tests.workflows.small import small_config

ACCENT = [sys.executable, "-m", "accent", "finetune"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> FinetuneConfig:
    config = small_config(tmp_path_factory.mktemp("small"))
    training = replace(config.training, epochs=1000.0, early_stopping=None, save_every=5, evaluate_every=50, keep=2)
    return replace(config, training=training)


def start(config: FinetuneConfig, folder: Path) -> subprocess.Popen[str]:
    """Start a long training in a process of its own and return once it has kept a checkpoint."""
    file = folder / "job.yaml"
    file.write_text(to_yaml(replace(config, run=replace(config.run, output=str(folder / "run")))))
    process = subprocess.Popen([*ACCENT, "--config", str(file)], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list((folder / "run" / "checkpoints").glob("update-*")):
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_ctrl_c_saves_and_prints_the_command_that_resumes(config: FinetuneConfig, tmp_path: Path) -> None:
    process = start(config, tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert f"accent finetune --resume {tmp_path / 'run'}" in errors
    assert "Traceback" not in errors
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["status"] == "interrupted"
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    last = max(event["update"] for event in events if event["kind"] == "update")
    assert (tmp_path / "run" / "checkpoints" / f"update-{last:08d}" / "manifest.json").exists()


def test_a_live_run_is_not_begun_or_resumed_by_another_command(config: FinetuneConfig, tmp_path: Path) -> None:
    process = start(config, tmp_path)
    run = tmp_path / "run"
    for words in (["--resume", str(run)], ["--config", str(tmp_path / "job.yaml")]):
        again = subprocess.run([*ACCENT, *words], capture_output=True, text=True, check=False, timeout=120)
        assert again.returncode == 2, again.stderr
        assert again.stderr.startswith(f"this run is still running ({run})\n")
    process.kill()
    process.communicate(timeout=60)


def test_a_mistake_in_the_command_does_not_burn_the_folder(config: FinetuneConfig, tmp_path: Path) -> None:
    right = replace(
        config,
        training=replace(config.training, epochs=1.0),
        run=replace(config.run, output=str(tmp_path / "run")),
    )
    wrong = replace(right, data=replace(config.data, source=str(tmp_path / "mistyped.csv")))
    with pytest.raises(UserError, match=r"mistyped\.csv"):
        finetune(wrong)
    assert json.loads((tmp_path / "run" / "record.json").read_text())["status"] == "failed"
    assert finetune(right).ended == "done"


def test_a_killed_run_resumes_by_its_folder_alone(config: FinetuneConfig, tmp_path: Path) -> None:
    process = start(config, tmp_path)
    process.kill()
    process.communicate(timeout=60)
    again = subprocess.Popen([*ACCENT, "--resume", str(tmp_path / "run")], stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    newest = sorted((tmp_path / "run" / "checkpoints").glob("update-*"))[-1].name
    deadline = time.monotonic() + 120
    while sorted((tmp_path / "run" / "checkpoints").glob("update-*"))[-1].name == newest:
        assert again.poll() is None, again.stderr and again.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=120)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["training"]["resumed_from"] == [int(newest.removeprefix("update-"))]
    updates = [
        json.loads(line)["update"]
        for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()
        if json.loads(line)["kind"] == "update"
    ]
    assert updates == list(range(1, len(updates) + 1))


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(config: FinetuneConfig, tmp_path: Path) -> None:
    short = replace(config.training, epochs=2.0, microbatch_size=None)
    losses = {}
    for count in (1, 2):
        asked = replace(
            config,
            training=replace(short, processes=count),
            run=replace(config.run, output=str(tmp_path / str(count))),
        )
        folder = finetune(asked).folder
        events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
        losses[count] = [event["loss"] for event in events if event["kind"] == "update"]
    assert losses[2] == pytest.approx(losses[1], rel=1e-3)
    assert "LOCAL_RANK" not in os.environ


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_processes_save_on_a_signal_and_print_the_command_that_resumes(
    config: FinetuneConfig, tmp_path: Path, number: signal.Signals
) -> None:
    process = start(replace(config, training=replace(config.training, processes=2, microbatch_size=None)), tmp_path)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert f"accent finetune --resume {tmp_path / 'run'}" in errors
    assert "Traceback" not in errors
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["status"] == "interrupted"
    assert record["command"][1:] == ["finetune", "--config", str(tmp_path / "job.yaml")]
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    last = max(event["update"] for event in events if event["kind"] == "update")
    assert (tmp_path / "run" / "checkpoints" / f"update-{last:08d}" / "manifest.json").exists()


@pytest.mark.slow
def test_two_processes_tell_a_mistake_once(config: FinetuneConfig, tmp_path: Path) -> None:
    training = replace(config.training, processes=2, microbatch_size=None)
    wrong = replace(config, training=training, data=replace(config.data, source=str(tmp_path / "mistyped.csv")))
    file = tmp_path / "job.yaml"
    file.write_text(to_yaml(replace(wrong, run=replace(config.run, output=str(tmp_path / "run")))))
    done = subprocess.run([*ACCENT, "--config", str(file)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    assert sum("mistyped.csv" in line for line in done.stderr.splitlines()) == 1
    assert len([line for line in done.stderr.splitlines() if not line.endswith("...")]) == 2, done.stderr
    assert done.stdout == ""
