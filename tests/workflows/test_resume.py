"""A resumed run is bit-equal to one that was never stopped: weights, optimizer, order, dropout, log, patience."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from accent.config import FinetuneConfig
from accent.errors import RunError
from accent.recipes import finetune
from accent.recipes import fitting as fitting_room
from accent.training import Learner
from tests.workflows.small import small_config, small_data

UPDATES = 8
TIMES = ("seconds", "rows_per_second", "tokens_per_second")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> FinetuneConfig:
    return small_config(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def whole(config: FinetuneConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody stopped."""
    return finetune(into(config, tmp_path_factory.mktemp("whole") / "run")).folder


class PowerCutError(BaseException):
    """What no handler may swallow."""


@pytest.mark.parametrize("update", range(UPDATES))
def test_a_run_cut_before_any_update_ends_as_if_it_had_not_been(
    update: int, config: FinetuneConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(config, tmp_path / "run", update, microbatches=0, monkeypatch=monkeypatch)
    assert_same_run(resume(config, tmp_path / "run"), whole)


def test_a_run_cut_between_two_microbatches_ends_as_if_it_had_not_been(
    config: FinetuneConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(config, tmp_path / "run", 5, microbatches=1, monkeypatch=monkeypatch)
    assert_same_run(resume(config, tmp_path / "run"), whole)


def test_a_run_interrupted_twice_ends_as_if_it_had_not_been(
    config: FinetuneConfig, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(config, tmp_path / "run", 3, microbatches=0, monkeypatch=monkeypatch)
    asked = iter([False, True])
    with monkeypatch.context() as patch:
        patch.setattr(fitting_room, "interruptible", lambda: _Asking(asked))
        outcome = finetune(resumed(config, tmp_path / "run"))
    assert outcome.interrupted
    assert outcome.resume_command == f"accent finetune --resume {tmp_path / 'run'}"
    assert_same_run(resume(config, tmp_path / "run"), whole)


def test_a_run_that_is_done_is_not_resumed(config: FinetuneConfig, whole: Path) -> None:
    with pytest.raises(RunError, match="the run is done"):
        finetune(resumed(config, whole))


def test_other_settings_and_other_data_are_refused(
    config: FinetuneConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(config, tmp_path / "run", 2, microbatches=0, monkeypatch=monkeypatch)
    other = replace(config, training=replace(config.training, learning_rate=1e-4))
    with pytest.raises(RunError, match=r"training\.learning_rate"):
        finetune(resumed(other, tmp_path / "run"))
    data = Path(config.data.source)
    before = data.read_text(encoding="utf-8")
    data.write_text(before.replace("awful", "dreadful", 1), encoding="utf-8")
    try:
        with pytest.raises(RunError, match="the data has changed"):
            finetune(resumed(config, tmp_path / "run"))
    finally:
        data.write_text(before, encoding="utf-8")


def test_the_small_data_has_two_classes() -> None:
    assert {label for _, label in small_data()} == {"bad", "good"}


class _Asking:
    """Stands for `interruptible`: asks to stop when the given answers say so."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers

    def __enter__(self) -> Any:
        return lambda: next(self._answers)

    def __exit__(self, *exception: object) -> None:
        return None


def into(config: FinetuneConfig, folder: Path) -> FinetuneConfig:
    return replace(config, run=replace(config.run, output=str(folder)))


def resumed(config: FinetuneConfig, folder: Path) -> FinetuneConfig:
    return replace(config, run=replace(config.run, resume=str(folder)))


def resume(config: FinetuneConfig, folder: Path) -> Path:
    return finetune(resumed(config, folder)).folder


def cut(
    config: FinetuneConfig, folder: Path, update: int, *, microbatches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run until the power goes in `update`, after so many of its microbatches."""
    taken = {"update": 0, "microbatches": 0}
    whole_update = Learner.update

    def counted(self: Learner, rows: Any, number: int, *others: Any, **named: Any) -> Any:
        taken.update(update=number, microbatches=0)
        if number == update and microbatches == 0:
            raise PowerCutError
        examples = self.examples

        def cutting(chosen: Any) -> Any:
            if number == update and taken["microbatches"] == microbatches:
                raise PowerCutError
            taken["microbatches"] += 1
            return examples.collate(chosen)

        self.examples = replace(examples, collate=cutting)
        try:
            return whole_update(self, rows, number, *others, **named)
        finally:
            self.examples = examples

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "update", counted)
        with pytest.raises(PowerCutError):
            finetune(into(config, folder))


def assert_same_run(one: Path, other: Path) -> None:
    assert timeless(one) == timeless(other)
    assert json.loads((one / "scores.json").read_text()) == json.loads((other / "scores.json").read_text())
    assert (one / "predictions.jsonl").read_text() == (other / "predictions.jsonl").read_text()
    newest = sorted(path.name for path in (other / "checkpoints").iterdir())[-1]
    for name in ("weights.safetensors", "optimizer.safetensors"):
        assert_same_tensors(one / "checkpoints" / newest / name, other / "checkpoints" / newest / name)
    assert_same_tensors(one / "model" / "model.safetensors", other / "model" / "model.safetensors")


def assert_same_tensors(one: Path, other: Path) -> None:
    found, expected = load_file(one), load_file(other)
    assert found.keys() == expected.keys()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in found.items())


def timeless(run: Path) -> list[dict[str, Any]]:
    """Return the log without what a clock says, and without the checkpoint of an interruption."""
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    kept = [event for event in events if event["kind"] in {"start", "update", "evaluation", "warning"}]
    return [{key: value for key, value in event.items() if key not in {*TIMES, "time"}} for event in kept]
