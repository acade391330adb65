"""Reproduce: the same numbers again, and what is said where data, base or scores are not the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run
from accent.config import RunConfig
from accent.errors import RunError
from accent.recipes import finetune
from accent.records import Record, RunFolder, read_json, write_json
from tests.workflows.small import small_config


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Return a run that is done, in a folder with its data and base."""
    folder = tmp_path_factory.mktemp("reproduce")
    config = small_config(folder)
    finetune(replace(config, run=RunConfig(output=str(folder / "run"), seed=5, offline=True)))
    return RunFolder(folder / "run")


def reproduced(done: RunFolder, output: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any], str]:
    """Return the exit code, the document and the messages."""
    code = run(["reproduce", str(done.path), "--output", str(output), "--json"])
    shown = capsys.readouterr()
    return code, json.loads(shown.out) if shown.out else {}, shown.err


def test_it_is_equal_to_the_last_digit(done: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found, _ = reproduced(done, tmp_path / "again", capsys)
    assert code == 0
    assert (found["agreement"], found["weights"], found["differing"]) == ("equal to the last digit", True, [])
    assert read_json(tmp_path / "again" / "reproduce.json") == found
    assert found["scores"]["test"]["accuracy"]["then"] == found["scores"]["test"]["accuracy"]["now"]
    assert RunFolder(tmp_path / "again").predictions.read_bytes() == done.predictions.read_bytes()


@pytest.mark.parametrize(
    ("moved", "code", "agreement"),
    [(0.0, 0, "within the interval"), (2.0, 2, "outside the interval")],
)
def test_scores_that_differ_are_held_against_the_interval(
    moved: float, code: int, agreement: str, done: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old run is given a score a hair above its own, or one far away, in another version of numpy."""
    other = _copied(done, tmp_path / "other")
    scores = read_json(other.scores)
    scores["test"]["accuracy"] = {
        name: value + moved + 1e-9 if name != "n" else value for name, value in scores["test"]["accuracy"].items()
    }
    scores["test"]["accuracy"]["low"] -= 0.01
    write_json(other.scores, scores)
    record = Record.read(other)
    record.versions["numpy"] = "1.0"
    record.write(other)
    ended, _, told = reproduced(other, tmp_path / "again", capsys)
    assert ended == code
    assert read_json(tmp_path / "again" / "reproduce.json")["agreement"] == agreement
    assert "numpy was 1.0" in told
    if code:
        assert "the scores do not agree: accuracy was 2." in told


def test_other_data_is_refused_before_anything_is_trained(
    done: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _copied(done, tmp_path / "other")
    record = Record.read(other)
    record.data["fingerprint"] = "another"
    record.write(other)
    code, _, told = reproduced(other, tmp_path / "again", capsys)
    assert code == 2
    assert "its rows have another fingerprint" in told
    assert not (tmp_path / "again").exists()


def test_another_base_is_refused(done: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = _copied(done, tmp_path / "other")
    record = Record.read(other)
    record.base["digest"] = "another"
    record.write(other)
    code, _, told = reproduced(other, tmp_path / "again", capsys)
    assert (code, "its digest differs" in told) == (2, True)


def test_a_run_that_has_not_ended_is_refused(done: RunFolder, tmp_path: Path) -> None:
    from accent.config import ReproduceConfig
    from accent.recipes import reproduce

    other = _copied(done, tmp_path / "other")
    record = Record.read(other)
    record.status = "interrupted"
    record.write(other)
    with pytest.raises(RunError, match="not done, but interrupted"):
        reproduce(ReproduceConfig(target=str(other.path)))


def _copied(done: RunFolder, path: Path) -> RunFolder:
    """Return a copy of the run's small files, which can be changed."""
    path.mkdir()
    for file in (done.record, done.config, done.scores):
        (path / file.name).write_bytes(file.read_bytes())
    return RunFolder(path)
