"""Skewed classes end to end: what is found on validation rows is met by every answer, also after a resume."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from accent.cli.main import run
from accent.config import ClassificationConfig, FinetuneConfig
from accent.evaluation import chosen, tempered
from accent.recipes import finetune
from accent.recipes.assembling import Setup, make_plan
from accent.recipes.listening import ignore
from accent.recipes.preparing import prepare
from accent.recipes.starting import start_run
from accent.seeds import generator
from accent.tasks import Classification, Examples
from accent.tokenization import EncodedRows
from accent.training import World
from tests.checkpoints import make_checkpoint
from tests.workflows.small import BAD, GOOD, THINGS, small_config
from tests.workflows.test_resume import assert_same_run, cut, into, resume

LABELS = ("bad", "good")
SETTINGS = ("--class-weights", "balanced", "--loss", "focal", "--threshold", "tuned", "--calibrate", "temperature")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 160 + 120 + 80 rows, a fifth of them good, every tenth under the wrong label, and train on them."""
    folder = tmp_path_factory.mktemp("skewed")
    chance, rows = generator(1, "skewed"), []
    for number in range(360):
        label = LABELS[int(chance.random() < 0.2)]
        word = str(chance.choice(GOOD if label == "good" else BAD))
        given = LABELS[1 - LABELS.index(label)] if chance.random() < 0.1 else label
        rows.append((f"the {chance.choice(THINGS)} of number {number} was {word}", given))
    for name, start, end in (("train", 0, 160), ("validation", 160, 280), ("test", 280, 360)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows[start:end]])
    base = make_checkpoint(folder / "base", "bert", initializer_range=0.3)
    words = ["finetune", str(folder), "--base", str(base), "--output", str(folder / "run"), "--precision", "fp32"]
    words += ["--updates", "24", "--learning-rate", "2e-3", "--allow", "leaks,conflicts", "--offline", "--quiet"]
    assert run([*words, *SETTINGS]) == 0
    return folder


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_thresholds_and_temperature_are_met_by_the_answers(folder: Path) -> None:
    saved, scores = read(folder / "run" / "model" / "accent.json")["settings"], read(folder / "run" / "scores.json")
    assert saved["temperature"] != 1.0
    assert saved["thresholds"] != [0.5, 0.5]
    lines = [json.loads(line) for line in (folder / "run" / "predictions.jsonl").read_text().splitlines()]
    shares = np.array([list(line["answer"]["scores"].values()) for line in lines])
    said = [LABELS[one] for one in chosen(shares, saved["thresholds"])]
    assert [line["answer"]["label"] for line in lines] == said
    right = np.mean([line["label"] == one for line, one in zip(lines, said, strict=True)])
    assert scores["test"]["accuracy"]["value"] == pytest.approx(right)
    assert scores["tuned_on"] == "validation"

    gold = np.array([LABELS.index(line["label"]) for line in lines])
    before = tempered(shares, 1 / saved["temperature"])
    change = scores["calibration"]
    for moment, found in (("before", before), ("after", shares)):
        losses = -np.log(found[np.arange(len(gold)), gold])
        assert change["log_loss"][moment] == pytest.approx(losses.mean(), rel=1e-6)
    assert change["temperature"] == saved["temperature"]
    assert "fitted on validation rows" in (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert "thresholds and the temperature" in (folder / "run" / "model" / "README.md").read_text(encoding="utf-8")


def test_the_best_checkpoint_is_judged_as_its_model_will_be(folder: Path) -> None:
    """The validation scores of the model, tuned on these rows, are those of the evaluation that chose it."""
    events = [json.loads(line) for line in (folder / "run" / "events.jsonl").read_text().splitlines()]
    chosen = [event for event in events if event["kind"] == "evaluation" and event["chosen"]][-1]
    scores = read(folder / "run" / "scores.json")["validation"]
    for name in ("f1_macro", "accuracy", "ece", "log_loss"):
        assert scores[name]["value"] == pytest.approx(chosen["scores"][name], rel=1e-5), name


def test_a_saved_model_answers_and_scores_as_the_run_did(folder: Path, tmp_path: Path) -> None:
    words = [str(folder / "run"), "--precision", "fp32", "--offline", "--quiet"]
    assert run(["evaluate", words[0], str(folder / "test.csv"), *words[1:], "--output", str(tmp_path / "again")]) == 0
    own, again = read(folder / "run" / "scores.json"), read(tmp_path / "again" / "scores.json")
    for name, score in own["test"].items():
        assert again["test"][name]["value"] == pytest.approx(score["value"], rel=1e-5, abs=1e-7), name
    assert again["calibration"]["temperature"] == own["calibration"]["temperature"]


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> FinetuneConfig:
    small = small_config(tmp_path_factory.mktemp("small"))
    training = replace(small.training, sampler="balanced", bias_correction=False)
    task = ClassificationConfig(loss="focal", calibrate="temperature", threshold="tuned")
    return replace(small, training=training, task=task, model=replace(small.model, reinit_layers=1))


@pytest.mark.parametrize("update", [1, 4])
def test_a_resumed_run_ends_as_if_it_had_not_been_cut(
    update: int, config: FinetuneConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = finetune(into(config, tmp_path / "whole")).folder
    cut(config, tmp_path / "run", update, microbatches=0, monkeypatch=monkeypatch)
    assert_same_run(resume(config, tmp_path / "run"), whole)


def test_a_row_counts_once_in_the_prior_and_the_plan_whatever_its_windows() -> None:
    """Rows of classes 0, 1, 0 in 1, 3 and 2 windows."""
    rows = EncodedRows(
        ids=np.arange(6, dtype=np.int32),
        offsets=np.arange(7),
        type_ids=None,
        cut=np.zeros(3, dtype=np.int32),
        windows=np.array([0, 1, 4, 6]),
    )
    examples = Examples(rows=rows, pad_id=0, of_examples={"labels": np.array([0, 1, 1, 1, 0, 0])})
    assert examples.row_labels.tolist() == [0, 1, 0]
    prior = Classification(LABELS).prior(examples)
    assert np.exp(prior[0] - prior[1]) == pytest.approx(2.5 / 1.5)


def test_the_balanced_sampler_reaches_the_run(config: FinetuneConfig, tmp_path: Path) -> None:
    """Of 80 bad and 8 good rows, an epoch has about as many good ones as bad ones."""
    rows = [(f"the lamp number {number} was dreary", "bad") for number in range(80)]
    rows += [(f"a lovely song number {number}", "good") for number in range(8)]
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    data = replace(config.data, source=str(tmp_path / "rows.csv"), split=(100.0, 0.0, 0.0))
    asked = replace(config, data=data, task=ClassificationConfig())
    asked = replace(asked, training=replace(asked.training, early_stopping=None))
    prepared = prepare(asked, start_run(into(asked, tmp_path / "run"), ignore, active=True).writer)
    plan = make_plan(Setup(config=asked, prepared=prepared, world=World(), precision="fp32"))
    drawn = prepared.training.row_labels[np.concatenate([row for epoch in range(20) for row in plan.epoch(epoch)])]
    assert drawn.mean() == pytest.approx(0.5, abs=0.05)
    usual = replace(asked, training=replace(asked.training, sampler="random"))
    plan = make_plan(Setup(config=usual, prepared=prepared, world=World(), precision="fp32"))
    assert prepared.training.row_labels[np.concatenate(plan.epoch(0))].sum() == 8
