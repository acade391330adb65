"""Tagged sentences as standard rows, and tiny models that tag them, which the tests of tagging share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import Dataset
from transformers import PreTrainedModel

from accent.modeling import find_base, load_model
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint

Sentence = tuple[list[str], list[str]]

ENTITIES = ("O", "B-a", "I-a", "B-b", "I-b", "B-c", "I-c")
WORDS = [sentence.split() for sentence in SENTENCES]


def rows(sentences: list[Sentence], *, file: str = "f.conll") -> Dataset:
    """Return standard rows, as the layout makes them of tokens and tags."""
    labels = []
    for words, tags in sentences:
        starts = np.cumsum([0, *(len(word) + 1 for word in words)])[:-1].tolist()
        ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        labels.append({"starts": starts, "ends": ends, "tags": tags})
    return Dataset.from_dict(
        {
            "text": [" ".join(words) for words, _ in sentences],
            "label": labels,
            "origin_file": [file] * len(sentences),
            "origin_line": [10 * row + 1 for row in range(len(sentences))],
        }
    )


def sentences(*lines: str) -> list[Sentence]:
    """Read `word/tag word/tag` lines."""
    pairs = [[pair.rsplit("/", 1) for pair in line.split()] for line in lines]
    return [([word for word, _ in line], [tag for _, tag in line]) for line in pairs]


def tagged(seed: int = 0) -> list[Sentence]:
    """Give the shared sentences tags in BIO by chance."""
    chance = np.random.default_rng(seed)
    found = []
    for words in WORDS:
        tags, before = [], "O"
        for _ in words:
            options = ["O", "B-a", "B-b", "B-c", *([f"I{before[1:]}"] * 2 if before != "O" else [])]
            before = str(chance.choice(options))
            tags.append(before)
        found.append((words, tags))
    return found


def make(
    folder: Path, family: str = "bert", labels: tuple[str, ...] = ENTITIES, **long: Any
) -> tuple[PreTrainedModel, Encoder]:
    base = make_checkpoint(folder / family, family, initializer_range=0.15)
    model = load_model(find_base(str(base)), "tokens", labels, dropout=0.0, seed=1).model
    return model, Encoder(load_tokenizer(base), long.pop("max_length", 60), long_texts=LongTexts(**long))


def refuse_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no data set give away rows with their texts."""
    given = Dataset.__getitem__

    def refuse(self: Dataset, key: Any) -> Any:
        assert "text" not in self.column_names, f"the texts of rows {key} are read"
        return given(self, key)

    monkeypatch.setattr(Dataset, "__getitem__", refuse)
