"""WNUT-17 with transformers' Trainer: rows, model and scores. The first piece of a word carries its tag."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from peer_pairs import Example, Peer
from seqeval.metrics import accuracy_score, f1_score
from transformers import AutoModelForTokenClassification, DataCollatorForTokenClassification, Trainer

__all__ = ["prepare"]

IGNORED = -100
Sentence = list[tuple[str, str]]


def prepare(folder: Path, base: Path, tokenizer: Any, limit: int | None) -> Peer:
    """Read sentences of words with BIO tags; the tags are those of the training rows."""
    train, test = (_sentences(folder / f"{split}.conll")[:limit] for split in ("train", "test"))
    tags = sorted({tag for sentence in train for _, tag in sentence})
    numbers = {tag: number for number, tag in enumerate(tags)}
    return Peer(
        rows=len(train),
        examples=[_example(sentence, numbers, tokenizer) for sentence in train],
        model=AutoModelForTokenClassification.from_pretrained(base, num_labels=len(tags)),
        collate=DataCollatorForTokenClassification(tokenizer),
        score=lambda trainer: _scores(trainer, test, tags, tokenizer),
    )


def _sentences(file: Path) -> list[Sentence]:
    """Return the sentences of a file; between them stand lines that are empty or hold one TAB."""
    lines = file.read_text(encoding="utf-8").split("\n")
    parts = (list(part) for filled, part in groupby(lines, key=lambda line: bool(line.strip())) if filled)
    return [[(word, tag) for word, tag in (line.split("\t") for line in part)] for part in parts]


def _example(sentence: Sentence, numbers: dict[str, int], tokenizer: Any) -> Example:
    encoded = tokenizer([word for word, _ in sentence], is_split_into_words=True, truncation=True, max_length=512)
    labels = [IGNORED] * len(encoded["input_ids"])
    for word, place in _first_pieces(encoded.word_ids()).items():
        labels[place] = numbers.get(sentence[word][1], IGNORED)
    return {**encoded, "labels": labels}


def _first_pieces(words: list[int | None]) -> dict[int, int]:
    """Return where each word begins."""
    found: dict[int, int] = {}
    for place, word in enumerate(words):
        if word is not None:
            found.setdefault(word, place)
    return found


def _scores(trainer: Trainer, test: list[Sentence], tags: list[str], tokenizer: Any) -> dict[str, float]:
    examples = [_example(sentence, {tag: number for number, tag in enumerate(tags)}, tokenizer) for sentence in test]
    found = np.asarray(trainer.predict(examples).predictions).argmax(-1)  # type: ignore[arg-type]
    gold = [[tag for _, tag in sentence] for sentence in test]
    answers = []
    for sentence, predicted in zip(test, found, strict=True):
        encoded = tokenizer([word for word, _ in sentence], is_split_into_words=True, truncation=True, max_length=512)
        places = _first_pieces(encoded.word_ids())
        answers.append([tags[predicted[places[word]]] if word in places else "O" for word in range(len(sentence))])
    return {"f1": float(f1_score(gold, answers)), "token_accuracy": float(accuracy_score(gold, answers))}
