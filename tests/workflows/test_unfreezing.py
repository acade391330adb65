"""Head, partial and gradual from end to end: what is written down, what moves, and exact resuming."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from accent.config import FinetuneConfig, GradualConfig, HeadConfig, PartialConfig, StrategyConfig
from accent.errors import ConfigError
from accent.recipes import finetune
from tests.workflows.small import small_config
from tests.workflows.test_resume import assert_same_run, cut, into, resume


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> FinetuneConfig:
    """Eight updates of five an epoch, scored after every second one."""
    return small_config(tmp_path_factory.mktemp("small"))


def events(run: Path, kind: str) -> list[dict[str, Any]]:
    lines = (run / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == kind]


def facts(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "record.json").read_text(encoding="utf-8"))["training"]
    return found


@pytest.mark.parametrize("by", ["update", "plateau"])
def test_a_run_that_unfreezes_goes_on_as_if_it_had_not_been_cut(
    by: Any, config: FinetuneConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(config, strategy=GradualConfig(unfreeze_by=by, unfreeze_every=2 if by == "update" else 1))
    whole = finetune(into(config, tmp_path / "whole")).folder
    opened = events(whole, "stage")
    assert [event["stage"] for event in opened] == list(range(1, len(opened) + 1))
    assert [event["trainable"] for event in opened] == sorted({event["trainable"] for event in opened})
    if by == "update":
        assert [event["update"] for event in opened] == [2, 4, 6]
    for update in (3, 6):
        folder = tmp_path / f"cut-{update}"
        cut(config, folder, update, microbatches=1, monkeypatch=monkeypatch)
        assert_same_run(resume(config, folder), whole)
        assert [event["stage"] for event in events(folder, "stage")] == [event["stage"] for event in opened]


@pytest.mark.parametrize("strategy", [HeadConfig(merge=True), PartialConfig(frozen_layers=1)], ids=["head", "partial"])
def test_what_is_frozen_ends_as_it_was_in_the_base(
    strategy: StrategyConfig, config: FinetuneConfig, tmp_path: Path
) -> None:
    run = finetune(into(replace(config, strategy=strategy), tmp_path / "run")).folder
    trained, base = (load_file(folder / "model.safetensors") for folder in (run / "model", Path(config.model.base)))
    layers = {name for name in trained if name in base and ".layer." in name}
    same = {name for name in layers if trained[name].equal(base[name])}
    frozen = {name for name in layers if ".layer.0." in name or strategy.kind == "head"}
    assert len(layers) == 32
    assert same == frozen
    stored = load_file(next((run / "checkpoints").glob("update-*8")) / "weights.safetensors")
    assert not frozen & stored.keys()


def test_auto_takes_the_recommended_rate_and_says_why(config: FinetuneConfig, tmp_path: Path) -> None:
    config = replace(
        config, training=replace(config.training, learning_rate="auto", epochs=None, updates=2, evaluate_every=None)
    )
    heard: list[tuple[str, Any]] = []
    run = finetune(into(config, tmp_path / "run"), listen=lambda kind, fields: heard.append((kind, fields))).folder
    assert facts(run)["learning_rate"] == 1e-4
    assert "Turc et al." in facts(run)["learning_rate_reason"]
    assert [fields["learning_rate"] for kind, fields in heard if kind == "rate"] == [1e-4]
    assert max(event["learning_rate"] for event in events(run, "update")) == pytest.approx(1e-4, rel=0.6)
    assert json.loads((run / "record.json").read_text())["config"]["training"]["learning_rate"] == "auto"


def test_a_rate_that_is_given_is_told_as_given(config: FinetuneConfig, tmp_path: Path) -> None:
    run = finetune(into(config, tmp_path / "run")).folder
    assert (facts(run)["learning_rate"], facts(run)["learning_rate_reason"]) == (5e-3, "as given")


def test_plateaus_need_validation_rows(config: FinetuneConfig, tmp_path: Path) -> None:
    config = replace(
        config,
        strategy=GradualConfig(unfreeze_by="plateau"),
        data=replace(config.data, split=(90.0, 0.0, 10.0)),
        training=replace(config.training, early_stopping=None),
    )
    with pytest.raises(ConfigError, match="unfreezing by plateaus needs validation rows"):
        finetune(into(config, tmp_path / "run"))
