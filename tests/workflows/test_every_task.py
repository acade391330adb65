"""Every task from a user's file to answers, by the commands that a user types: what they leave, and that it agrees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from accent.cli.main import run
from accent.config import METRICS
from accent.config.annotations import members
from accent.config.tasks import TaskConfig
from tests.workflows.jobs import HELD_OUT, HOLE, JOBS, Split, finetune_words, write_split
from tests.workflows.plain import close, load_plain

UPDATES = 4
FILES = ("record.json", "config.yaml", "events.jsonl", "audit.json", "scores.json", "predictions.jsonl", "report.html")


@dataclass(frozen=True)
class Done:
    """A run that has ended, and the files that it was made from."""

    task: str
    split: Split
    folder: Path

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def lines(self, name: str) -> list[dict[str, Any]]:
        return read_lines(self.folder / name)


@pytest.fixture(scope="module", params=sorted(JOBS))
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp(request.param)
    split = write_split(JOBS[request.param], folder)
    words = finetune_words(request.param, split, folder / "run", "--updates", str(UPDATES), "--quiet")
    assert run(words) == 0
    return Done(request.param, split, folder / "run")


def test_there_is_a_job_for_every_task() -> None:
    assert set(JOBS) == {config().kind for config in members(TaskConfig)}


def test_the_run_folder_is_whole(done: Done) -> None:
    assert all((done.folder / name).stat().st_size for name in FILES)
    record = done.read("record.json")
    assert record["status"] == "done"
    assert record["config"]["task"]["kind"] == done.task
    assert record["data"]["rows"] == {"train": 60, "validation": HELD_OUT, "test": HELD_OUT}
    assert record["training"]["updates"] == UPDATES
    updates = [event for event in done.lines("events.jsonl") if event["kind"] == "update"]
    assert [event["update"] for event in updates] == list(range(1, UPDATES + 1))
    assert not any(event["skipped"] for event in updates)
    assert done.task in (done.folder / "report.html").read_text(encoding="utf-8")
    card = (done.folder / "model" / "README.md").read_text(encoding="utf-8")
    assert "accent predict" in card


def test_scores_have_intervals_and_stand_beside_baselines(done: Done) -> None:
    scores = done.read("scores.json")
    main = scores["main"]
    for split in ("validation", "test"):
        for name, score in scores[split].items():
            assert score["low"] <= score["value"] <= score["high"], name
            assert "/" in name or score["n"] == HELD_OUT, name
    assert main in scores["test"]
    assert scores["baselines"].keys() == scores["comparisons"].keys()
    assert scores["baselines"]
    for name, comparison in scores["comparisons"].items():
        assert comparison["score"] == main
        difference = scores["test"][main]["value"] - scores["baselines"][name][main]["value"]
        assert comparison["difference"]["value"] == pytest.approx(difference)
        assert comparison["difference"]["low"] <= difference <= comparison["difference"]["high"]


def test_the_model_is_the_checkpoint_that_was_chosen_by_validation_score(done: Done) -> None:
    evaluations = [event for event in done.lines("events.jsonl") if event["kind"] == "evaluation"]
    chosen = [event for event in evaluations if event["chosen"]][-1]
    metric, scores = METRICS[done.task][0], done.read("scores.json")
    if done.task != "multilabel":  # its thresholds are tuned at the end
        assert scores["validation"][metric]["value"] == pytest.approx(chosen["scores"][metric], rel=1e-9)
    checkpoint = load_file(done.folder / "checkpoints" / f"update-{chosen['update']:08d}" / "weights.safetensors")
    saved = load_file(done.folder / "model" / "model.safetensors")
    assert saved.keys() <= checkpoint.keys()
    assert all(_holds(tensor, checkpoint[name]) for name, tensor in saved.items())


def test_predictions_are_the_test_rows_in_their_order_as_transformers_alone_answers_them(done: Done) -> None:
    lines = done.lines("predictions.jsonl")
    assert len(lines) == HELD_OUT
    assert {Path(line["file"]) for line in lines} == {done.split.test}
    places = [line["line"] for line in lines]
    assert places == sorted(set(places))
    assert len({json.dumps(line["answer"]) for line in lines}) > HELD_OUT // 2
    answer = load_plain(done.folder / "model", done.task)
    for line in lines:
        expected = answer(line)
        assert close(expected, without_scores(line["answer"], expected)), line
        assert line["correct"] == (line["credit"] > 1 - 1e-6)


def test_evaluating_the_test_file_gives_the_runs_own_scores(done: Done, tmp_path: Path) -> None:
    words = ["evaluate", str(done.folder), str(done.split.test), "--precision", "fp32", "--offline", "--quiet"]
    assert run([*words, "--output", str(tmp_path / "scored")]) == 0
    own, scored = done.read("scores.json"), json.loads((tmp_path / "scored" / "scores.json").read_text())
    assert scored["main"] == own["main"]
    assert close(own["test"], scored["test"])
    lines = read_lines(tmp_path / "scored" / "predictions.jsonl")
    assert close(done.lines("predictions.jsonl"), lines)


def test_answers_keep_the_rows_order_and_say_why_one_is_missing(done: Done, tmp_path: Path) -> None:
    output = tmp_path / "answers.jsonl"
    words = ["predict", str(done.folder), "--input", str(done.split.asked), "--output", str(output)]
    decoding = ["--max-new-tokens", "6"] if done.task == "generation" else []
    assert run([*words, *decoding, "--precision", "fp32", "--offline", "--quiet"]) == 0
    answers = read_lines(output)
    assert len(answers) == HELD_OUT + 1
    assert "empty" in answers.pop(HOLE)["error"]
    if done.task == "generation":
        assert all(isinstance(answer["text"], str) for answer in answers)
    else:
        assert close([line["answer"] for line in done.lines("predictions.jsonl")], answers)


def test_the_page_is_written_again_and_the_run_described(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    (done.folder / "report.html").unlink()
    assert run(["report", str(done.folder), "--quiet"]) == 0
    assert (done.folder / "report.html").read_text(encoding="utf-8") == page
    capsys.readouterr()
    assert run(["inspect", str(done.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"]["status"] == "done"
    assert told["run"]["scores"]["test"] == done.read("scores.json")["test"]
    assert told["base"]["task"] == done.task


def read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def without_scores(answer: Any, like: Any) -> Any:
    """Return of an answer what `like` has too."""
    if isinstance(like, dict):
        return {name: without_scores(answer[name], value) for name, value in like.items()}
    if isinstance(like, Sequence) and not isinstance(like, str) and len(answer) == len(like):
        return [without_scores(one, other) for one, other in zip(answer, like, strict=True)]
    return answer


def _holds(whole: torch.Tensor, kept: torch.Tensor) -> bool:
    """Tell whether a checkpoint holds a tensor, or, of the table of tokens, those of its rows that training uses."""
    if whole.shape == kept.shape:
        return whole.equal(kept)
    return bool((whole[None] == kept[:, None]).all(-1).any(-1).all())
