"""Whole runs in which frozen layers are asked once learn the same as runs that ask them at every update."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accent.cli.main import run
from accent.data import shelf
from accent.modeling import Cut
from tests.checkpoints import make_checkpoint
from tests.workflows.test_windows import WINDOWS, documents

ROWS = 60
STRATEGIES = {"head": ["--strategy", "head"], "partial": ["--strategy", "partial", "--frozen-layers", "1"]}
FAMILIES = ("bert", "gpt2", "modernbert")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of one to four sentences, and bases with dropout above and below the cut."""
    folder = tmp_path_factory.mktemp("frozen")
    lines = ["text,label", *(f"{text},{label}" for text, label in documents()[:ROWS])]
    (folder / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    for family in FAMILIES:
        make_checkpoint(folder / family, family, initializer_range=0.3)
    return folder


def finetune(desk: Path, folder: Path, *more: str, family: str = "bert") -> list[dict[str, Any]]:
    words = ["finetune", str(desk / "rows.csv"), "--base", str(desk / family), "--output", str(folder)]
    words += ["--split", "60,20,20", "--allow", "leaks,conflicts", "--dropout", "0.3", "--seed", "5", "--epochs", "3"]
    words += ["--precision", "fp32", "--learning-rate", "1e-2", "--batch-size", "8", "--offline", "--quiet"]
    assert run([*words, *more]) == 0
    return [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def found_in(events: list[dict[str, Any]], kind: str, *names: str) -> list[Any]:
    return [event[name] for event in events if event["kind"] == kind for name in names]


@pytest.mark.parametrize("long", [[], WINDOWS], ids=["cut", "windows"])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_runs_with_and_without_the_cache_learn_the_same(
    desk: Path, tmp_path: Path, strategy: str, family: str, long: list[str]
) -> None:
    words = [*STRATEGIES[strategy], *long]
    kept = finetune(desk, tmp_path / "kept", *words, "--cache", family=family)
    asked = finetune(desk, tmp_path / "asked", *words, "--no-cache", family=family)
    # Without these two lines a switch that does nothing would pass: both runs would be of one kind.
    assert found_in(kept, "activations", "hit") == [False]
    assert found_in(asked, "activations", "hit") == []
    for kind, names in (("update", ("loss", "grad_norm")), ("update", ("tokens",))):
        one, other = found_in(kept, kind, *names), found_in(asked, kind, *names)
        assert len(one) > 6
        assert one == pytest.approx(other, rel=2e-3, abs=1e-5)
    scores = [
        [event["scores"]["loss"] for event in events if event["kind"] == "evaluation"] for events in (kept, asked)
    ]
    assert len(scores[0]) == 3
    assert scores[0] == pytest.approx(scores[1], rel=2e-3, abs=1e-5)


def test_dropout_above_the_cut_is_on(desk: Path, tmp_path: Path) -> None:
    noisy = finetune(desk, tmp_path / "noisy", *STRATEGIES["head"])
    quiet = finetune(desk, tmp_path / "quiet", *STRATEGIES["head"], "--dropout", "0")
    one, other = found_in(noisy, "update", "loss"), found_in(quiet, "update", "loss")
    assert max(abs(a - b) for a, b in zip(one, other, strict=True)) > 1e-3


def test_the_frozen_layers_are_asked_once_a_batch_and_not_at_all_by_a_second_run(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    below = Cut.below

    def counted(self: Cut, inputs: Any) -> Any:
        calls.append(len(inputs["input_ids"]))
        return below(self, inputs)

    monkeypatch.setattr(Cut, "below", counted)
    first = finetune(desk, tmp_path / "first", *STRATEGIES["head"])
    rows = json.loads((tmp_path / "first" / "record.json").read_text(encoding="utf-8"))["data"]["rows"]
    assert sum(calls) == rows["train"] + rows["validation"]  # each once over three epochs, and no test row
    calls.clear()
    second = finetune(desk, tmp_path / "second", *STRATEGIES["head"])
    assert calls == []
    assert found_in(second, "activations", "hit") == [True]
    assert found_in(second, "update", "loss") == found_in(first, "update", "loss")


def test_a_disk_without_room_is_told_of_and_the_run_learns_the_same(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = finetune(desk, tmp_path / "kept", *STRATEGIES["head"])
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "small"))
    monkeypatch.setattr(shelf, "MOST_BYTES", 10)
    asked = finetune(desk, tmp_path / "asked", *STRATEGIES["head"])
    assert found_in(asked, "activations", "hit") == []
    assert any("more than the cache may hold" in what for what in found_in(asked, "warning", "what"))
    assert found_in(asked, "update", "loss") == pytest.approx(found_in(kept, "update", "loss"), rel=2e-3)
