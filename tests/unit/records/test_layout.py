"""Which folders become a run's, and what is said about those that do not."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from accent.errors import RunError
from accent.records import Record, RunFolder


def test_every_place_has_its_name(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    names = ("record", "config", "events", "scores", "predictions", "audit", "report", "checkpoints", "model")
    assert [getattr(folder, name).relative_to(tmp_path).as_posix() for name in names] == [
        "record.json",
        "config.yaml",
        "events.jsonl",
        "scores.json",
        "predictions.jsonl",
        "audit.json",
        "report.html",
        "checkpoints",
        "model",
    ]


def test_a_new_folder_is_made_with_those_above(tmp_path: Path) -> None:
    folder = RunFolder.create(str(tmp_path / "a" / "b"), name="reviews")
    assert folder.path == tmp_path / "a" / "b"
    assert list(folder.path.iterdir()) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert RunFolder.create(str(tmp_path), name="reviews").path == tmp_path


def test_the_default_is_named_after_the_data_and_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = [RunFolder.create(None, name="builtin:my reviews/../x").path for _ in range(3)]
    assert len(set(made)) == 3
    for path in made:
        assert path.is_dir()
        assert re.fullmatch(r"runs/builtin-my-reviews-\.\.-x-\d{8}-\d{6}(-\d)?", path.as_posix())


@pytest.mark.parametrize("name", ["", "///", "..", "x" * 500])
def test_any_name_gives_a_folder_below_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = RunFolder.create(None, name=name).path
    assert path.resolve().parent == tmp_path / "runs"
    assert path.is_dir()


def test_another_run_is_refused_and_untouched(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    Record(command=["accent"], config={}, seed=1).write(folder)
    before = _contents(tmp_path)
    with pytest.raises(RunError, match="holds another run") as caught:
        RunFolder.create(str(folder.path), name="reviews")
    assert caught.value.where == str(folder.path)
    assert f"--resume {folder.path}" in caught.value.remedy
    assert _contents(tmp_path) == before


def test_a_run_that_failed_before_its_first_checkpoint_makes_way(tmp_path: Path) -> None:
    folder = failed_run(tmp_path / "run")
    folder.checkpoints.mkdir()
    assert RunFolder.create(str(folder.path), name="reviews") == folder
    assert list(folder.path.iterdir()) == []


@pytest.mark.parametrize("kept", ["checkpoints/update-00000001/facts.json", "model/config.json", "notes.txt"])
def test_a_failed_run_that_holds_more_is_refused_and_untouched(tmp_path: Path, kept: str) -> None:
    folder = failed_run(tmp_path / "run")
    (folder.path / kept).parent.mkdir(parents=True, exist_ok=True)
    (folder.path / kept).write_text("mine")
    before = _contents(tmp_path)
    with pytest.raises(RunError, match="holds another run"):
        RunFolder.create(str(folder.path), name="reviews")
    assert _contents(tmp_path) == before


def failed_run(path: Path) -> RunFolder:
    folder = RunFolder(path)
    Record(command=["accent"], config={}, seed=1, status="failed").write(folder)
    for file in (folder.config, folder.events, folder.audit):
        file.write_text("")
    return folder


def test_foreign_files_are_refused_named_and_untouched(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", ".hidden", "d", "e"):
        (tmp_path / name).write_text(name)
    before = _contents(tmp_path)
    with pytest.raises(RunError, match=r"other files: \.hidden, a\.txt, b\.txt and 2 more"):
        RunFolder.create(str(tmp_path), name="reviews")
    assert _contents(tmp_path) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="a file stands"):
        RunFolder.create(str(tmp_path / "file"), name="reviews")
    with pytest.raises(RunError, match="a file stands"):
        RunFolder.create(str(tmp_path / "file" / "below"), name="reviews")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_name_too_long_is_told_in_two_lines(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the name is too long") as caught:
        RunFolder.create(str(tmp_path / ("x" * 300)), name="reviews")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunError, match="not permitted"):
        RunFolder.create(str(tmp_path / "run"), name="reviews")
    tmp_path.chmod(0o700)


def test_an_existing_run_is_opened(runs: Path) -> None:
    assert RunFolder.open(str(runs / "reviews-1")).path == runs / "reviews-1"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("reviews-3", "reviews-1"),
        ("Spam", "spam"),
        ("reviews-1/model", "reviews-1"),
        ("reviews-1/checkpoints/update-00000001", "reviews-1"),
        (".", "spam"),
    ],
)
def test_the_nearest_run_is_named(runs: Path, asked: str, meant: str) -> None:
    with pytest.raises(RunError) as caught:
        RunFolder.open(str(runs / asked))
    assert caught.value.remedy == f"Did you mean {runs / meant}?"


def test_runs_in_the_usual_place_are_looked_through(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs.parent)
    with pytest.raises(RunError, match="no such run folder") as caught:
        RunFolder.open("reviews-2")
    assert caught.value.remedy == "Did you mean runs/reviews-1?"


def test_without_any_run_the_command_that_starts_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "alone"  # beside tmp_path itself are the folders of other tests, which may be runs
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(RunError, match=re.escape("this folder holds no run (no record.json)")) as caught:
        RunFolder.open(str(folder))
    assert "accent finetune DATA" in caught.value.remedy


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for age, name in enumerate(("spam", "reviews-1")):
        folder = RunFolder(tmp_path / "runs" / name)
        Record(command=["accent"], config={}, seed=1).write(folder)
        os.utime(folder.record, (1_700_000_000 - age, 1_700_000_000 - age))
    (tmp_path / "runs" / "reviews-1" / "model").mkdir()
    return tmp_path / "runs"


def _contents(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}
