"""Long documents that are read in windows count once: in the loss, in the scores and in the answers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from accent.cli.main import run
from accent.modeling import find_base, load_model
from tests.checkpoints import make_checkpoint
from tests.workflows.jobs import JOBS, finetune_words, write_split
from tests.workflows.small import small_data

LENGTH, STRIDE, SEED = 24, 6, 7
ROWS = 40
WINDOWS = ["--long-texts", "windows", "--max-length", str(LENGTH), "--stride", str(STRIDE)]

Row = tuple[str, str]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents of one to four sentences, and a base whose answers differ."""
    folder = tmp_path_factory.mktemp("windows")
    for name, rows in (("train", documents()[:ROWS]), ("test", documents()[ROWS:])):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])
    make_checkpoint(folder / "base", "bert", initializer_range=0.3)
    return folder


def documents() -> list[Row]:
    """Return documents of which most are longer than a window, some of them several times."""
    rows = small_data()
    parts = {label: [text for text, of in rows if of == label] for label in ("good", "bad")}
    found = []
    for number, (text, label) in enumerate(rows):
        more = [parts[label][(number + step) % len(parts[label])] for step in range(number % 4)]
        found.append((" . ".join([text, *more]), label))
    return found


def finetune(desk: Path, folder: Path, *more: str) -> Path:
    words = ["finetune", str(desk / "train.csv"), "--test", str(desk / "test.csv"), "--split", "100,0,0"]
    words += ["--base", str(desk / "base"), "--output", str(folder), "--precision", "fp32", "--seed", str(SEED)]
    words += ["--allow", "leaks,conflicts", "--learning-rate", "1e-3", "--offline", "--quiet"]
    assert run([*words, *WINDOWS, *more]) == 0
    return folder


def losses(folder: Path) -> list[float]:
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return [event["loss"] for event in events if event["kind"] == "update"]


def window_logits(model: Any, tokenizer: Any, text: str) -> torch.Tensor:
    """Return the logits of each of a text's windows as transformers' tokenizer cuts them, one window at a time."""
    cut = tokenizer(text, truncation=True, max_length=LENGTH, stride=STRIDE, return_overflowing_tokens=True)
    with torch.inference_mode():
        return torch.cat([model(input_ids=torch.tensor([ids])).logits for ids in cut["input_ids"]])


def test_the_loss_of_an_update_is_the_mean_over_documents_of_the_mean_over_their_windows(
    desk: Path, tmp_path: Path
) -> None:
    folder = finetune(desk, tmp_path / "run", "--updates", "1", "--batch-size", str(ROWS), "--dropout", "0")
    base = find_base(str(desk / "base"))
    model = load_model(base, "sequence", ("bad", "good"), dropout=0.0, seed=SEED).model
    tokenizer = AutoTokenizer.from_pretrained(str(desk / "base"))
    means, counts = [], []
    for text, label in documents()[:ROWS]:
        logits = window_logits(model, tokenizer, text).double()
        means.append(-torch.log_softmax(logits, dim=1)[:, int(label == "good")].mean().item())
        counts.append(len(logits))
    assert {1, 2, 4} <= set(counts)
    assert losses(folder) == pytest.approx([np.mean(means)], rel=1e-5)
    assert np.mean(means) != pytest.approx(np.average(means, weights=counts), rel=1e-3)  # windows that counted each
    start = json.loads((folder / "events.jsonl").read_text().splitlines()[0])
    assert start["rows"] == ROWS
    assert json.loads((folder / "record.json").read_text())["training"]["examples"] == sum(counts)


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_the_answer_to_a_document_is_pooled_from_those_to_its_windows(pool: str, desk: Path, tmp_path: Path) -> None:
    folder = finetune(desk, tmp_path / "run", "--updates", "2", "--pool", pool)
    model = AutoModelForSequenceClassification.from_pretrained(str(folder / "model")).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(folder / "model"))
    rows = documents()[ROWS:]
    shares = [torch.softmax(window_logits(model, tokenizer, text).double(), dim=1).numpy() for text, _ in rows]
    pooled = np.stack([part.mean(axis=0) if pool == "mean" else part.max(axis=0) for part in shares])
    expected = pooled / pooled.sum(axis=1, keepdims=True)
    words = ["predict", str(folder), "--input", str(desk / "test.csv"), "--output", str(tmp_path / "answers.jsonl")]
    assert run([*words, "--precision", "fp32", "--quiet"]) == 0
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    found = [[answer["scores"][label] for label in ("bad", "good")] for answer in answers]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    scores = json.loads((folder / "scores.json").read_text())
    right = [rows[row][1] == ("bad", "good")[place] for row, place in enumerate(expected.argmax(axis=1))]
    assert scores["test"]["accuracy"]["value"] == pytest.approx(np.mean(right))
    assert scores["test"]["accuracy"]["n"] == len(rows)
    lines = (folder / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [text for text, _ in rows]


def test_microbatches_of_windows_give_the_same_losses(desk: Path, tmp_path: Path) -> None:
    often = ["--updates", "4", "--batch-size", "16", "--dropout", "0.2"]
    whole = losses(finetune(desk, tmp_path / "whole", *often))
    parts = losses(finetune(desk, tmp_path / "parts", *often, "--microbatch-size", "3"))
    assert parts == pytest.approx(whole, rel=1e-4)
    assert len(set(whole)) == 4


def test_microbatches_of_tagged_rows_give_the_same_losses(tmp_path: Path) -> None:
    whole, parts = (tagging_losses(tmp_path, size, "--microbatch-size", size) for size in ("16", "3"))
    assert parts == pytest.approx(whole, rel=1e-4)


@pytest.mark.slow
def test_two_processes_that_share_windows_give_the_same_losses(desk: Path, tmp_path: Path) -> None:
    often = ["--updates", "4", "--batch-size", "16", "--dropout", "0.2"]
    one = losses(finetune(desk, tmp_path / "one", *often))
    two = losses(finetune(desk, tmp_path / "two", *often, "--processes", "2"))
    assert two == pytest.approx(one, rel=1e-4)


@pytest.mark.slow
def test_two_processes_that_share_tagged_rows_give_the_same_losses(tmp_path: Path) -> None:
    one, two = (tagging_losses(tmp_path, count, "--processes", count) for count in ("1", "2"))
    assert two == pytest.approx(one, rel=1e-4)


def tagging_losses(folder: Path, name: str, *more: str) -> list[float]:
    """Train a tagger on sentences of which most are longer than a window; rows differ in their number of words."""
    split = write_split(JOBS["tagging"], folder)
    words = finetune_words("tagging", split, folder / name, "--updates", "4", "--max-length", "16", "--quiet")
    assert run([*words, *more]) == 0
    record = json.loads((folder / name / "record.json").read_text())
    assert record["training"]["examples"] > record["data"]["rows"]["train"]
    return losses(folder / name)
