"""Sweep: settings and seeds on the same rows, finished by the same command, with failures in their places."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from accent.config import RunConfig, SweepConfig
from accent.errors import BaseModelError, RunError
from accent.recipes import fitting, sweep
from accent.records import Record, RunFolder, read_json
from tests.workflows.small import small_config

RATES = (1e-4, 5e-3)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> SweepConfig:
    """Return a sweep of two learning rates and two seeds over 4 updates, on one file without a split."""
    small = small_config(tmp_path_factory.mktemp("sweep"))
    training = replace(small.training, epochs=None, updates=4, early_stopping=None)
    return SweepConfig(
        data=small.data,
        model=small.model,
        training=training,
        learning_rates=RATES,
        seeds=(1, 2),
        run=RunConfig(offline=True),
    )


def swept(config: SweepConfig, output: Path, **changed: Any) -> tuple[dict[str, Any], list[str]]:
    """Return what a sweep into `output` found, and the runs that it trained."""
    trained: list[str] = []

    def listen(kind: str, fields: Mapping[str, Any]) -> None:
        if kind == "run":
            folder = Path(fields["folder"])
            trained.append(f"{folder.parent.name}/{folder.name}")

    placed = replace(config, run=replace(config.run, output=str(output)), **changed)
    return sweep(placed, listen=listen), trained


@pytest.fixture(scope="module")
def done(config: SweepConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("done") / "rates"
    found, trained = swept(config, folder)
    assert trained == ["1e-4/seed-1", "1e-4/seed-2", "5e-3/seed-1", "5e-3/seed-2"]
    return folder, found


def test_each_setting_has_its_seeds(done: tuple[Path, dict[str, Any]]) -> None:
    folder, found = done
    settings = found["comparison"]["settings"]
    assert [(one["name"], one["seeds"]) for one in settings] == [("1e-4", [1, 2]), ("5e-3", [1, 2])]
    for one in settings:
        scores = [read_json(Path(run) / "scores.json")["test"]["accuracy"]["value"] for run in one["runs"]]
        assert one["values"] == pytest.approx(scores)
    assert found["comparison"]["differing"] == {"training.learning_rate": list(RATES)}
    assert read_json(folder / "sweep.json") == found
    assert found["comparison"]["verdict"] in (folder / "sweep.html").read_text(encoding="utf-8")


def test_seeds_move_the_weights_and_not_the_rows(done: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = done
    records = [Record.read(RunFolder(folder / "1e-4" / f"seed-{seed}")) for seed in (1, 2)]
    assert records[0].data["fingerprint"] == records[1].data["fingerprint"]
    weights = [(folder / "1e-4" / f"seed-{seed}" / "model" / "model.safetensors").read_bytes() for seed in (1, 2)]
    assert weights[0] != weights[1]


def test_what_runs_cost_is_measured(done: tuple[Path, dict[str, Any]]) -> None:
    for one in done[1]["comparison"]["settings"]:
        assert one["trainable"] == one["parameters"] > 0
        assert one["memory"] > 10_000_000
        assert one["rows_per_second"] > 0
        assert one["updates"] == 4


def test_what_is_done_is_not_run_again(config: SweepConfig, done: tuple[Path, dict[str, Any]]) -> None:
    again, trained = swept(config, done[0])
    assert trained == []
    assert again == done[1]


def test_a_sweep_that_was_stopped_goes_on(
    config: SweepConfig, done: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the second run after its second update: it goes on from there, to the same numbers."""
    asked = count(1)
    monkeypatch.setattr(fitting, "interruptible", lambda: nullcontext(lambda: next(asked) >= 6))
    first, _ = swept(config, tmp_path / "rates")
    assert first["interrupted"]
    assert [run["status"] for run in first["runs"]] == ["done", "interrupted"]
    monkeypatch.undo()
    found, trained = swept(config, tmp_path / "rates")
    assert trained == ["1e-4/seed-2", "5e-3/seed-1", "5e-3/seed-2"]
    record = Record.read(RunFolder(tmp_path / "rates" / "1e-4" / "seed-2"))
    assert record.training["resumed_from"] == [2]
    values = [[one["values"] for one in each["comparison"]["settings"]] for each in (found, done[1])]
    assert values[0] == values[1]


def test_a_run_that_fails_keeps_its_place(config: SweepConfig, tmp_path: Path) -> None:
    bases = (config.model.base, str(tmp_path / "missing"))
    found, _ = swept(config, tmp_path / "bases", bases=bases, learning_rates=(), seeds=())
    assert [(run["name"], run["status"]) for run in found["runs"]] == [("base", "done"), ("missing", "failed")]
    assert "missing" in found["runs"][1]["error"]
    assert [one["name"] for one in found["comparison"]["settings"]] == ["base"]
    page = (tmp_path / "bases" / "sweep.html").read_text(encoding="utf-8")
    assert "missing, seed 42, failed and is not compared" in page


def test_where_all_fail_the_first_error_is_raised(config: SweepConfig, tmp_path: Path) -> None:
    bases = (str(tmp_path / "missing"), str(tmp_path / "nowhere"))
    with pytest.raises(BaseModelError, match="missing"):
        swept(config, tmp_path / "bases", bases=bases)


@pytest.mark.parametrize(("part", "key", "what"), [("data", "fingerprint", "rows"), ("base", "digest", "weights of")])
def test_a_done_run_with_other_rows_or_weights_is_refused(
    config: SweepConfig, done: tuple[Path, dict[str, Any]], tmp_path: Path, part: str, key: str, what: str
) -> None:
    folder = tmp_path / "rates"
    shutil.copytree(done[0], folder)
    other = RunFolder(folder / "5e-3" / "seed-1")
    record = Record.read(other)
    getattr(record, part)[key] = "another"
    record.write(other)
    with pytest.raises(RunError, match=f"it had other {what} .*than .*1e-4/seed-1") as caught:
        swept(config, folder)
    assert caught.value.where == str(other.path)


def test_another_sweep_in_the_folder_is_refused(config: SweepConfig, done: tuple[Path, dict[str, Any]]) -> None:
    with pytest.raises(RunError, match="another sweep: seeds differ"):
        swept(config, done[0], seeds=(1, 2, 3))
    with pytest.raises(RunError, match="holds other files"):
        swept(config, done[0] / "1e-4" / "seed-1" / "model")
