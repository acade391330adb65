"""A plan of real updates, a run beside its prediction, and a run within a time budget."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accent.config import (
    FinetuneConfig,
    FullConfig,
    LimitsConfig,
    LoraConfig,
    PartialConfig,
    PlaceConfig,
    PlanConfig,
    StrategyConfig,
)
from accent.recipes import finetune, plan
from accent.records import Record, RunFolder, read_events
from tests.workflows.small import small_config

RATE = 5e-3


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> FinetuneConfig:
    return small_config(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def planned(config: FinetuneConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """A plan of three strategies, one of which asks for more layers than there are."""
    strategies: tuple[StrategyConfig, ...] = (FullConfig(), LoraConfig(rank=2), PartialConfig(frozen_layers=9))
    folder = tmp_path_factory.mktemp("planned")
    limits = LimitsConfig(updates_tried=3, tasks=3, range_test=True)
    asked = PlanConfig(
        data=config.data,
        model=config.model,
        strategies=strategies,
        training=config.training,
        plan=limits,
        run=PlaceConfig(output=str(folder), seed=config.run.seed, offline=True),
    )
    return plan(asked), folder / "plan.json"


def test_it_says_what_each_strategy_costs(planned: tuple[dict[str, Any], Path]) -> None:
    found, file = planned
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(found))
    full, lora = found["runs"]["full"], found["runs"]["lora"]
    assert list(found["runs"]) == ["full", "lora"]
    for one in (full, lora):
        assert one["updates"] == 8
        assert one["trainable"] == one["expected"]
        assert one["seconds"] == pytest.approx(sum(one["parts"].values()))
        assert all(one["parts"][name] > 0 for name in ("loading", "training", "evaluations", "checkpoints", "scoring"))
        assert one["memory"] > 50_000_000
        assert one["learning_rate"] == RATE
    assert full["trainable"] == full["parameters"]
    assert lora["trainable"] < full["trainable"] / 5
    assert lora["model_bytes"] < full["model_bytes"]
    assert lora["disk"] < full["disk"]


def test_what_does_not_work_is_left_out_with_the_reason(planned: tuple[dict[str, Any], Path]) -> None:
    (left_out,) = planned[0]["left_out"]
    assert left_out["strategy"] == "partial"
    assert left_out["what"] == "9 layers cannot be frozen: the model has 2"


def test_several_tasks_share_what_saves_only_its_changes(planned: tuple[dict[str, Any], Path]) -> None:
    recommended = planned[0]["recommended"]
    assert recommended["strategy"] == "lora"
    assert any(reason.startswith("3 tasks share the base") for reason in recommended["reasons"])
    assert recommended["settings"]["batch_size"] == 16


def test_a_run_stands_beside_its_prediction(
    config: FinetuneConfig, planned: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    found, file = planned
    asked = replace(config, plan=str(file), run=replace(config.run, output=str(tmp_path / "run")))
    training = Record.read(RunFolder(finetune(asked).folder)).training
    full = found["runs"]["full"]
    assert training["predicted"]["seconds"] == pytest.approx(full["seconds"] - full["parts"]["pages"])
    actual, predicted = training["actual"], training["predicted"]
    assert actual["seconds"] > 0
    # Memory is no test of ours here: this process has held much else before. The disk is counted in bytes.
    assert actual["memory"] == training["peak_memory"]
    assert actual["disk"] == pytest.approx(predicted["disk"], rel=0.1)
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "As planned?" in page


def test_a_time_budget_makes_a_run_of_as_many_updates_as_fit(config: FinetuneConfig, tmp_path: Path) -> None:
    training = replace(config.training, epochs=None, time_budget="10s", early_stopping=None, save_every=None)
    asked = replace(config, training=training, run=replace(config.run, output=str(tmp_path / "run")))
    folder = RunFolder(finetune(asked).folder)
    record = Record.read(folder)
    budget = record.training["time_budget"]
    assert record.training["ended"] == "done"
    assert budget["seconds"] == 10.0
    assert budget["ends"][-1][1] == record.training["updates"] > 5
    moved = [event for event in read_events(folder.events) if event["kind"] == "budget"]
    assert [[event["update"], event["updates"]] for event in moved] == budget["ends"][1:]
    rates = [event["learning_rate"] for event in read_events(folder.events) if event["kind"] == "update"]
    falling = rates[rates.index(max(rates)) :]
    assert len(falling) > 1
    assert falling == sorted(falling, reverse=True)  # how near to zero it ends is a matter of the clock
