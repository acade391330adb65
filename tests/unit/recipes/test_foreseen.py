"""A plan's prediction in a run's record, and what came of it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from accent.config import DataConfig, FinetuneConfig, HeadConfig, LoraConfig, PlanConfig, TrainingConfig, WindowsConfig
from accent.config.show import to_dict
from accent.errors import RunError
from accent.recipes.foreseen import foresee, look_back
from accent.recipes.listening import ignore
from accent.recipes.writing import RunWriter
from accent.records import Record, RunFolder

COSTS = {
    "seconds": 60.0,
    "memory": 10**9,
    "device_memory": 10**8,
    "disk": 5_000,
    "parts": {"training": 50.0, "pages": 1.5},
    "reason": "as given",
}
PLAN: dict[str, Any] = {
    "config": to_dict(PlanConfig(data=DataConfig(source="a.csv"))),
    "layout": 1,
    "data": {"fingerprint": "f1"},
    "base": {"digest": "d1"},
    "runs": {"full": COSTS, "lora": COSTS},
}


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    record = Record(command=[], config={}, seed=1, data={"fingerprint": "f1"}, base={"digest": "d1"})
    return RunWriter(folder, record, None, ignore)


def asked(plan: Path | None, **settings: Any) -> FinetuneConfig:
    return FinetuneConfig(data=DataConfig(source="a.csv"), plan=None if plan is None else str(plan), **settings)


def written(folder: Path, **changes: Any) -> Path:
    file = folder / "plan.json"
    file.write_text(json.dumps(PLAN | changes), encoding="utf-8")
    return file


def test_what_is_predicted_and_what_came_of_it(
    writer: RunWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foresee(asked(written(tmp_path)), writer)
    predicted = Record.read(writer.folder).training["predicted"]
    assert predicted == {
        "seconds": 58.5,  # what it took is noted before the pages are written
        "memory": 10**9,
        "device_memory": 10**8,
        "disk": 5_000,
        "parts": {"training": 50.0},
    }
    for place in (writer.folder.checkpoints / "update-00000001", writer.folder.model):
        place.mkdir(parents=True)
        (place / "weights").write_bytes(b"x" * 1_000)
    writer.record.timings["total"] = 20.0  # before it was resumed
    writer.record.training |= {"peak_memory": 900, "peak_device_memory": 80, "activations": {"bytes": 70, "kept": True}}
    monkeypatch.setattr("accent.recipes.writing.time", SimpleNamespace(perf_counter=lambda: 33.0))
    writer.began(3.0)
    look_back(writer)
    assert writer.record.training["actual"] == {
        "seconds": 50.0,
        "memory": 900,
        "device_memory": 80,
        "disk": 2_070,
    }


def test_without_a_plan_nothing_is_said(writer: RunWriter) -> None:
    foresee(asked(None), writer)
    look_back(writer)
    assert writer.record.training == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"fingerprint": "f2"}}, "other rows"),
        ({"base": {"digest": "d2"}}, "other weights of the base"),
        ({"layout": 2}, "layout 2; this Accent reads 1"),
    ],
)
def test_a_plan_of_something_else_is_refused(
    changes: dict[str, Any], message: str, writer: RunWriter, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=message):
        foresee(asked(written(tmp_path, **changes)), writer)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"training": TrainingConfig(epochs=5.0)}, r"other settings: training.epochs was None and is 5.0"),
        ({"training": TrainingConfig(time_budget="10m")}, r"training.time_budget was None and is 10m"),
        ({"training": TrainingConfig(processes=2)}, r"training.processes was 1 and is 2"),
        ({"long_texts": WindowsConfig()}, r"long_texts.kind was .* and is windows"),
        ({"strategy": LoraConfig(rank=4)}, r"strategy.rank was 8 and is 4"),
    ],
)
def test_a_plan_for_other_settings_is_refused(
    settings: dict[str, Any], message: str, writer: RunWriter, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match=message):
        foresee(asked(written(tmp_path), **settings), writer)


def test_a_rate_may_be_another_than_planned(writer: RunWriter, tmp_path: Path) -> None:
    foresee(asked(written(tmp_path), training=TrainingConfig(learning_rate=1e-4)), writer)
    assert "predicted" in writer.record.training


def test_a_strategy_that_was_not_planned(writer: RunWriter, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="does not say what head costs") as raised:
        foresee(asked(written(tmp_path), strategy=HeadConfig()), writer)
    assert "choose full, lora" in str(raised.value)


@pytest.mark.parametrize("text", [None, "[]", '{"layout": 1}'])
def test_what_is_no_plan(text: str | None, writer: RunWriter, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="this is no plan"):
        foresee(asked(file), writer)
