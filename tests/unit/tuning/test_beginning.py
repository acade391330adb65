"""Where a search begins: what it refuses, what it writes down, and who begins it where several do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest

from accent.config import TuneConfig
from accent.config.load import resolve
from accent.config.show import to_yaml
from accent.errors import ConfigError, Problems, RunError
from accent.tuning import tune
from tests.unit.tuning.fakes import FakeFinetune, small_search

BEGINNING = """
import sys, time
from pathlib import Path
from accent.records import make_folders
from accent.tuning.workers import turn
out, config = map(Path, sys.argv[1:])
make_folders(out)
with turn(out):
    print("begun", flush=True)
    time.sleep(0.5)
    (out / "config.yaml").write_text(config.read_text())
"""


class Elsewhere:
    """A listener that has another process begin the search while this one reads its rows."""

    def __init__(self, config: TuneConfig, file: Path) -> None:
        self.words = [sys.executable, "-c", BEGINNING, str(config.run.output), str(file)]
        file.write_text(to_yaml(config))
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, kind: str, fields: Mapping[str, Any]) -> None:
        if kind == "data":
            self.process = subprocess.Popen(self.words, stdout=subprocess.PIPE, text=True)
            assert self.process.stdout is not None
            assert self.process.stdout.readline() == "begun\n"

    def end(self) -> int | None:
        """Return the process's exit status."""
        if self.process is None:
            return None
        self.process.communicate(timeout=60)
        return self.process.returncode


def test_two_that_begin_together_share_the_search(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    config = small_search(job, tmp_path / "out", trials=2, storage=None)
    elsewhere = Elsewhere(replace(config, search=replace(config.search, trials=7)), tmp_path / "config.yaml")
    outcome = tune(config, listen=elsewhere)
    assert elsewhere.end() == 0
    assert outcome.ended == "done"
    assert len(fake.trials) == 2


def test_the_slower_waits_and_is_refused_where_settings_differ(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    elsewhere = Elsewhere(small_search(job, tmp_path / "out", epochs=2.0), tmp_path / "config.yaml")
    with pytest.raises(RunError, match="with other settings: training"):
        tune(small_search(job, tmp_path / "out", trials=1), listen=elsewhere)
    assert elsewhere.end() == 0
    assert fake.trials == []


def test_a_folder_with_other_files_is_refused_and_left_alone(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").touch()
    with pytest.raises(RunError, match="holds other files"):
        tune(small_search(job, tmp_path / "out"))
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["notes.txt"]


def test_other_settings_are_refused_in_the_same_folder(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    tune(small_search(job, tmp_path / "out", trials=1))
    with pytest.raises(RunError, match="with other settings: training"):
        tune(small_search(job, tmp_path / "out", trials=1, epochs=2.0))


def test_other_rows_are_refused_in_the_same_folder(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes((job / "rows.csv").read_bytes())
    tune(small_search(job, tmp_path / "out", storage=None, trials=1, data=str(rows)))
    rows.write_text(rows.read_text().replace("soup", "stew"))
    with pytest.raises(RunError, match="the data or the base has changed"):
        tune(small_search(job, tmp_path / "out", storage=None, trials=2, data=str(rows)))


def test_a_password_is_not_kept_and_asked_for_again(
    job: Path, tmp_path: Path, fake: FakeFinetune, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, out = "postgresql://me:se/cr@t@host/name", tmp_path / "out"
    storage = optuna.storages.InMemoryStorage()
    monkeypatch.setattr("accent.tuning.studies.RDBStorage", lambda *_, **__: storage)
    tune(small_search(job, out, trials=1, storage=url))
    kept = [file.read_text() for file in out.rglob("*") if file.is_file() and file.suffix in (".yaml", ".json")]
    assert not any("cr@t" in text for text in kept)
    assert any("postgresql://me:***@host/name" in text for text in kept)
    with pytest.raises(ConfigError, match="password") as caught:
        tune(resolve(TuneConfig, flags={"resume": str(out)}))
    assert "--storage" in caught.value.remedy
    assert tune(resolve(TuneConfig, flags={"resume": str(out), "storage": url, "trials": "2"})).ended == "done"


def test_a_space_that_does_not_fit_is_named_before_anything_is_read(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    config = small_search(job, tmp_path / "out", space=("batch_size=0,8", "rank=2,4"), data="nothing.csv")
    with pytest.raises(Problems) as caught:
        tune(config)
    assert [error.where for error in caught.value.errors] == ["--space batch_size", "--space"]
    assert not (tmp_path / "out").exists()


def test_without_validation_rows_there_is_nothing_to_judge_by(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    with pytest.raises(ConfigError, match="needs validation rows"):
        tune(small_search(job, tmp_path / "out", split=(90.0, 0.0, 10.0)))
