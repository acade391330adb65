"""Bad input: two lines on standard error (what and where; what to do), exit code 2, and nothing written over."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from accent.cli.main import run
from tests.checkpoints import make_checkpoint
from tests.workflows.small import small_data

Prepare = Callable[[Path], list[str]]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good rows and a tiny base, where commands run."""
    monkeypatch.chdir(tmp_path)
    lines = ["text,label", *(f"{text},{label}" for text, label in small_data())]
    (tmp_path / "rows.csv").write_text("\n".join(lines) + "\n")
    make_checkpoint(tmp_path / "base", family="bert")
    return tmp_path


def file(name: str, content: str | bytes) -> Prepare:
    """Return a preparation that writes a file and names it as DATA."""

    def prepare(desk: Path) -> list[str]:
        (desk / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return [name]

    return prepare


def flags(*words: str) -> Prepare:
    return lambda desk: ["rows.csv", *words]


def empty_folder(desk: Path) -> list[str]:
    (desk / "nothing").mkdir()
    (desk / "nothing" / "notes.md").write_text("no data here")
    return ["nothing"]


def free_text_labels(desk: Path) -> list[str]:
    rows = [f"text number {n},this is the long story of row {n} and of how it ended well" for n in range(40)]
    (desk / "free.csv").write_text("\n".join(["text,label", *rows]))
    return ["free.csv"]


def yaml(content: str) -> Prepare:
    def prepare(desk: Path) -> list[str]:
        (desk / "job.yaml").write_text(content)
        return ["rows.csv", "--config", "job.yaml"]

    return prepare


def pickle_only(desk: Path) -> list[str]:
    (desk / "base" / "model.safetensors").rename(desk / "base" / "pytorch_model.bin")
    return ["rows.csv"]


def taken_output(desk: Path) -> list[str]:
    (desk / "run").mkdir()
    (desk / "run" / "record.json").write_text("{}")
    return ["rows.csv"]


ONE_CLASS = "text,label\n" + "".join(f"row number {n} of these,same\n" for n in range(30))
BROKEN = "text,label\nfine words,good\ntoo,many,cells,here\nmore words,bad\n"

CASES: dict[str, tuple[Prepare, list[str]]] = {
    "no such file": (lambda desk: ["rowz.csv"], ["rowz.csv", "rows.csv"]),
    "a folder without data": (empty_folder, ["nothing"]),
    "a column that is not there": (flags("--label-column", "labell"), ["labell", "label"]),
    "a label column of free text": (free_text_labels, ["label"]),
    "one class": (file("one.csv", ONE_CLASS), ["same"]),
    "unreadable bytes": (file("bytes.csv", b"text,label\n\x00\x01\x02\x80\x00,good\n" * 9), ["bytes.csv"]),
    "a broken row": (file("broken.csv", BROKEN), ["broken.csv:3"]),
    "an empty file": (file("empty.csv", ""), ["empty.csv"]),
    "an unknown flag": (flags("--learning-rat", "1e-4"), ["--learning-rat", "--learning-rate"]),
    "an unknown key": (yaml("training:\n  learning_rat: 1.0e-4\n"), ["learning_rat", "learning_rate"]),
    "a value of the wrong type": (flags("--batch-size", "many"), ["many"]),
    "a value out of range": (flags("--learning-rate", "-1"), ["learning"]),
    "a wrong type in YAML": (yaml("training:\n  batch_size: '16'\n"), ["batch_size"]),
    "true for a number": (yaml("training:\n  batch_size: true\n"), ["batch_size"]),
    "a base that is not there": (flags("--base", "someone/some-model"), ["someone/some-model"]),
    "a base with a pickle only": (pickle_only, ["pytorch_model.bin"]),
    "a folder that holds another run": (taken_output, ["run"]),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_bad_input_gets_two_lines(case: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare, named = CASES[case]
    words = prepare(desk)
    before = contents(desk)
    base = [] if "--base" in words else ["--base", "base"]
    code = run(["finetune", *words, *base, "--offline", "--output", "run", "--quiet"])
    captured = capsys.readouterr()
    assert code == 2, captured.err
    lines = captured.err.splitlines()
    assert len(lines) == 2, captured.err
    assert all(word in captured.err for word in named), captured.err
    assert captured.out == ""
    assert {path: now for path, now in contents(desk).items() if path in before} == before


@pytest.mark.parametrize("written", ["config.yaml", "update-", "model.safetensors", "scores.json", "report.html"])
def test_a_full_disk_is_told_in_two_lines(
    written: str, desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_disk_at(written, monkeypatch)
    code = run(["finetune", "rows.csv", "--base", "base", "--updates", "2", "--offline", "--output", "run", "--quiet"])
    captured = capsys.readouterr()
    assert code == 2, captured.err
    assert len(captured.err.splitlines()) == 2, captured.err
    assert "the disk is full" in captured.err
    assert not any(path.name.startswith(written) for path in (desk / "run").rglob("*"))


def fill_disk_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full when a file or folder whose name starts so is to take its place."""
    replace = os.replace

    def full(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        if Path(target).name.startswith(name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
