"""Scoring keeps a few numbers a row: no logits, no texts, and nothing of the windows that are done."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest
import torch
from datasets import Dataset

from accent.inference import WINDOW_ROWS, Predictor
from accent.modeling import find_base, load_model
from accent.recipes.scoring import Scoring
from accent.tasks import Tagging
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import make_checkpoint

FEW, MANY = 2 * WINDOW_ROWS, 6 * WINDOW_ROWS
BYTES_A_ROW = 250
"""An entity's numbers take 24 bytes each; the logits of a sentence of 12 tokens and 5 tags would take 240 more."""
SENTENCES = (
    ("Ada took the soup to Lima .", ("B-PER", "O", "O", "O", "O", "B-LOC", "O")),
    ("we waited an hour for Omar", ("O", "O", "O", "O", "O", "B-PER")),
    ("Ines Lopez met Max", ("B-PER", "I-PER", "O", "B-PER")),
)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = make_checkpoint(tmp_path_factory.mktemp("memory"), "bert", num_hidden_layers=1)
    task = Tagging(("O", "B-LOC", "I-LOC", "B-PER", "I-PER"), entities=True)
    model = load_model(find_base(str(folder)), task.head, task.labels, seed=0).model
    return Predictor.from_parts(model, Encoder(load_tokenizer(folder), 48, long_texts=LongTexts(windows=True)), task)


def tagged(count: int) -> Dataset:
    """Return `count` rows as a memory-mapped data set gives them."""
    texts, labels = [], []
    for number in range(count):
        text, tags = SENTENCES[number % len(SENTENCES)]
        words = text.split(" ")
        starts = [len(" ".join([*words[:place], ""])) for place in range(len(words))]
        ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        texts.append(text)
        labels.append({"starts": starts, "ends": ends, "tags": list(tags)})
    places = {"origin_file": ["a.conll"] * count, "origin_line": list(range(1, count + 1))}
    return Dataset.from_dict({"text": texts, "label": labels, **places})


def measured(predictor: Predictor, rows: Dataset) -> tuple[int, list[int]]:
    """Score rows; return the most memory of Python and numpy at once, and torch's own at the end of each window."""
    scoring, in_torch = Scoring.of(predictor, rows), list[int]()
    add = scoring.scorer.add

    def add_and_look(gold: Any, predictions: Any) -> list[float]:
        in_torch.append(sum(one.nbytes for one in gc.get_objects() if issubclass(type(one), torch.Tensor)))
        return add(gold, predictions)

    vars(scoring.scorer)["add"] = add_and_look
    gc.collect()
    tracemalloc.start()
    scoring.finish()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scoring.scorer.scores(seed=0)["f1"].n == len(rows)
    return most, in_torch


def test_scoring_many_tagged_rows_keeps_no_logits(predictor: Predictor) -> None:
    rows = tagged(MANY)
    few, _ = measured(predictor, rows.select(range(FEW)))
    many, in_torch = measured(predictor, rows)
    assert (many - few) / (MANY - FEW) < BYTES_A_ROW
    assert len(in_torch) == MANY // WINDOW_ROWS
    assert in_torch[-1] == in_torch[1]
