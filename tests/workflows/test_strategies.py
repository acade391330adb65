"""Runs that save only what moved: the saved run answers as it did in memory, and on its own base only."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from accent.cli.main import run
from tests.checkpoints import make_checkpoint
from tests.workflows.jobs import HOLE, JOBS, Split, finetune_words, write_split
from tests.workflows.plain import close, load_plain

WEIGHTS = "adapter_model.safetensors"
STRATEGIES = ("head", "lora", "adapter", "prefix")
# Every strategy reads; those that write take one family each beside T5, and beams where nothing else is asked.
RUNS = [
    *(("classification", "bert", strategy) for strategy in STRATEGIES),
    *(("generation", "gpt2", strategy) for strategy in ("lora", "adapter", "prefix")),
    *(("summarization", "t5", strategy) for strategy in ("lora", "adapter", "prefix")),
    ("summarization", "bart", "lora"),
    ("summarization", "bart", "adapter"),
    ("summarization", "bart", "prefix"),
]


@dataclass(frozen=True)
class Done:
    """A run that has ended, and the files that it was made from."""

    task: str
    strategy: str
    split: Split
    folder: Path

    @property
    def base(self) -> Path:
        return self.split.train.parent / "base"

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def finetune(folder: Path, task: str, family: str, strategy: str, *more: str) -> Done:
    split = write_split(JOBS[task], folder)
    if not (folder / "base").exists():
        wide = {"initializer_factor": 2.0} if family == "t5" else {"initializer_range": 0.2}
        make_checkpoint(folder / "base", family, **wide)
    words = finetune_words(task, split, folder / "run", "--strategy", strategy, "--updates", "3", "--quiet", *more)
    assert run(words) == 0
    return Done(task, strategy, split, folder / "run")


@pytest.fixture(scope="module", params=RUNS, ids=["-".join(one) for one in RUNS])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    task, family, strategy = request.param
    return finetune(tmp_path_factory.mktemp("-".join(request.param)), task, family, strategy)


def test_the_saved_run_answers_bit_by_bit_as_the_one_in_memory(done: Done, tmp_path: Path) -> None:
    words = ["evaluate", str(done.folder), str(done.split.test), "--output", str(tmp_path), "--precision", "fp32"]
    assert run([*words, "--offline", "--quiet"]) == 0
    assert lines(tmp_path / "predictions.jsonl") == lines(done.folder / "predictions.jsonl")
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["test"]
    assert found == done.read("scores.json")["test"]


def test_it_answers_a_file_and_says_which_row_it_cannot(done: Done, tmp_path: Path) -> None:
    words = ["predict", str(done.folder), "--input", str(done.split.asked), "--output", str(tmp_path / "answers.jsonl")]
    beams = ["--beams", "3", "--max-new-tokens", "6"] if done.task == "generation" else []
    assert run([*words, *beams, "--precision", "fp32", "--offline", "--quiet"]) == 0
    found = lines(tmp_path / "answers.jsonl")
    assert "empty" in found.pop(HOLE)["error"]
    if beams:  # predictions.jsonl has what a prompt's own continuation got, and no text that is written freely
        assert len({answer["text"] for answer in found}) > 1
    else:
        assert close([line["answer"] for line in lines(done.folder / "predictions.jsonl")], found)


def test_only_what_moved_is_saved_and_counted(done: Done) -> None:
    model = done.folder / "model"
    assert not (model / "model.safetensors").exists()
    assert (model / "adapter_config.json").exists() == (done.strategy == "lora")
    stored = load_file(model / WEIGHTS)
    training, facts = done.read("record.json")["training"], done.read("model/accent.json")
    assert training["trainable"] == sum(tensor.numel() for tensor in stored.values())
    assert training["trainable_share"] == training["trainable"] / training["parameters"] < 0.5
    assert (facts["version"], facts["saved"], facts["strategy"]["kind"]) == (3, "changes", done.strategy)
    card = (model / "README.md").read_text(encoding="utf-8")
    assert ("PeftModel.from_pretrained(base, folder)" in card) == (done.strategy == "lora")
    assert "pipeline(" not in card


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return finetune(tmp_path_factory.mktemp("lora"), "classification", "bert", "lora")


def ask(done: Done, *more: str) -> list[str]:
    words = ["predict", str(done.folder), "a warm and bright song", "--precision", "fp32", "--offline", "--quiet"]
    return [*words, *more]


def test_another_base_is_refused_and_a_moved_one_is_named(
    lora: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ask(lora)) == 0
    expected = capsys.readouterr().out
    moved, other = tmp_path / "moved", make_checkpoint(tmp_path / "other", seed=7)
    shutil.copytree(lora.base, moved)
    assert run(ask(lora, "--base", str(moved))) == 0
    assert capsys.readouterr().out == expected

    assert run(ask(lora, "--base", str(other))) == 2
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 2
    assert "the base is another than this run's" in error[0]
    assert "--base" in error[1]

    lora.base.rename(tmp_path / "away")
    try:
        assert run(ask(lora)) == 2
        error = capsys.readouterr().err.splitlines()
        assert len(error) == 2
        assert "is not found: no such folder" in error[0]
        assert "--base" in error[1]
        scored = ["evaluate", str(lora.folder), str(lora.split.test), "--base", str(moved), "--precision", "fp32"]
        assert run([*scored, "--offline", "--quiet"]) == 0
        capsys.readouterr()
        assert run(["inspect", str(lora.folder), "--offline", "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert "base" not in facts
        assert "is not found" in facts["changes"]["note"]
    finally:
        (tmp_path / "away").rename(lora.base)


def test_inspect_tells_the_changes_and_their_base(lora: Done, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(lora.folder), "--offline", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["changes"]["strategy"]["kind"] == "lora"
    assert facts["changes"]["bytes"] == (lora.folder / "model" / WEIGHTS).stat().st_size
    assert facts["base"]["digest"] == facts["changes"]["digest"]
    assert facts["base"]["labels"] == ["bad", "good"]


def test_changes_are_no_base_to_start_from(lora: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = finetune_words("classification", lora.split, tmp_path / "again", "--updates", "1", "--quiet")
    words[words.index("--base") + 1] = str(lora.folder)
    assert run(words) == 2
    assert "the folder holds changes to a base, and no whole model" in capsys.readouterr().err


@pytest.mark.parametrize("strategy", ["lora", "head"])
def test_merged_it_is_a_model_of_transformers(tmp_path: Path, strategy: str) -> None:
    done = finetune(tmp_path, "classification", "bert", strategy, "--merge")
    assert not (done.folder / "model" / WEIGHTS).exists()
    assert done.read("model/accent.json")["saved"] == "whole"
    answer = load_plain(done.folder / "model", "classification")
    for line in lines(done.folder / "predictions.jsonl"):
        assert close(answer(line)["scores"], line["answer"]["scores"])
