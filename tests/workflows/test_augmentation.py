"""Changed copies in whole runs: learned from, written down, never scored, and the same again after a power cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run
from tests.workflows.jobs import HELD_OUT, JOBS, TRAIN, finetune_words, write_split
from tests.workflows.test_resume import assert_same_run
from tests.workflows.test_resume_every_task import cut_power

CHANGES = {
    "classification": "synonyms,masked,swap,delete",
    "multilabel": "swap,masked",
    "regression": "synonyms,delete",
    "tagging": "backoff,swap,delete,synonyms,masked",
}


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("task", CHANGES)
def test_a_run_learns_from_copies_and_is_judged_by_rows(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = write_split(JOBS[task], tmp_path)
    words = ["--updates", "2", "--augment", CHANGES[task], "--augment-copies", "2"]
    assert run(finetune_words(task, split, tmp_path / "run", *words)) == 0
    record, audit = read(tmp_path / "run", "record.json"), read(tmp_path / "run", "audit.json")
    counts = record["data"]["augmentation"]
    names = CHANGES[task].split(",")
    assert list(counts["added"]) == names
    assert all(counts["added"].values())
    added = sum(counts["added"].values())
    assert added + sum(counts["left_out"].values()) == TRAIN * 2 * len(names)
    assert record["data"]["rows"] == {"train": TRAIN, "validation": HELD_OUT, "test": HELD_OUT}
    assert record["training"]["examples"] == audit["splits"]["train"]["rows"] == TRAIN + added
    assert not {"duplicates", "stray-tags"} & {one["kind"] for one in audit["findings"]}
    assert len(lines(tmp_path / "run" / "predictions.jsonl")) == HELD_OUT
    assert f"changed copies added: {counts['added'][names[0]]:,} by {names[0]}" in capsys.readouterr().err
    assert f"copies by {names[0]}" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_without_copies_a_run_is_another_and_its_data_is_the_same(tmp_path: Path) -> None:
    split = write_split(JOBS["classification"], tmp_path)
    for name, words in (("plain", []), ("augmented", ["--augment", "swap"])):
        assert run(finetune_words("classification", split, tmp_path / name, "--updates", "2", "--quiet", *words)) == 0
    plain, augmented = (read(tmp_path / name, "record.json") for name in ("plain", "augmented"))
    assert "augmentation" not in plain["data"]
    assert plain["data"]["fingerprint"] == augmented["data"]["fingerprint"]
    losses = [
        [line["loss"] for line in lines(tmp_path / name / "events.jsonl") if line["kind"] == "update"]
        for name in ("plain", "augmented")
    ]
    assert losses[0] != losses[1]


def test_a_cut_run_goes_on_with_the_same_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    split = write_split(JOBS["tagging"], tmp_path)
    often = ["--updates", "4", "--save-every", "1", "--evaluate-every", "2", "--keep", "9", "--quiet"]
    often += ["--augment", "backoff,masked"]
    assert run(finetune_words("tagging", split, tmp_path / "whole", *often)) == 0
    cut_power(2, finetune_words("tagging", split, tmp_path / "cut", *often), monkeypatch)
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "another cache"))  # they are made again
    assert run(["finetune", "--resume", str(tmp_path / "cut"), "--quiet"]) == 0
    assert_same_run(tmp_path / "cut", tmp_path / "whole")
    assert not capsys.readouterr().err


def test_a_base_without_the_head_that_guesses_is_named_in_two_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split = write_split(JOBS["classification"], tmp_path)
    words = finetune_words("classification", split, tmp_path / "run", "--augment", "masked", "--quiet")
    words[words.index("--base") + 1] = "builtin:minilm"
    assert run(words) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 2
    assert "builtin:minilm has no head that guesses masked words" in told[0]
    assert "synonyms" in told[1]
