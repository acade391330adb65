"""A desk to try the docs at: the files and bases that they speak of, and fine-tuning in one update."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pytest

import accent
from accent.config import DataConfig
from accent.data import load
from tests.checkpoints import make_checkpoint

__all__ = ["ROOT", "at_desk", "furnish", "quick_words"]

ROOT = Path(__file__).parents[2]
TRAINING = frozenset({"finetune", "sweep", "tune"})
FEW: Mapping[str, Any] = {"updates": 1, "limit": 24}
LENGTHS = frozenset({"epochs", "updates", "limit", "early_stopping", "time_budget"})
SHAPE: Mapping[str, Any] = {"layers": 1, "hidden": 32, "heads": 2}
BOOKS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
LATER = {"positive": "good", "negative": "bad"}


def furnish(folder: Path) -> Path:
    """Write reviews.csv to learn from, new.csv to answer, later.csv with other labels, text to read, and tiny bases."""
    splits = load(DataConfig(source="builtin:reviews"), seed=0).splits
    rows, new = (
        list(zip(splits[split]["text"][:count], splits[split]["label"][:count], strict=True))
        for split, count in (("train", 400), ("test", 60))
    )
    later = [(text, LATER[label] if place % 8 else "mixed") for place, (text, label) in enumerate(rows)]
    for name, written in (("reviews.csv", rows), ("new.csv", new), ("later.csv", later)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *written])
    _write_books(folder, [text for text, _ in rows])
    make_checkpoint(folder / "bases" / "bert", "bert", max_position_embeddings=256)
    make_checkpoint(folder / "bases" / "gpt2", "gpt2", n_positions=256)
    make_checkpoint(folder / "bases" / "t5", "t5", num_layers=1)
    return folder


@contextmanager
def at_desk(folder: Path, base: str | None) -> Iterator[None]:
    """Work in `folder`, with a quick `accent.finetune` and `pretrain`, and see that nobody walks away from there."""
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        patch.setattr(accent, "finetune", _quick(accent.finetune, base))
        patch.setattr(accent, "pretrain", _quick_pretrain(accent.pretrain))
        yield
        assert os.getcwd() == str(folder.resolve())


def quick_words(words: Sequence[str], base: str | None) -> list[str]:
    """Return a command's words; trainings get one update on little, and fine-tunings `base` if they name none."""
    if words[0] == "pretrain" and "--resume" not in words:
        given = _little(books=any(word.startswith("books") for word in words), scratch=_is_scratch(words))
        return [*_without(words, LENGTHS | given.keys()), *_as_words(given)]
    if words[0] == "distill" and "--resume" not in words:
        return [*_without(words, LENGTHS), *_as_words(FEW)]
    if words[0] not in TRAINING or "--resume" in words:
        return list(words)
    kept = _without(words, LENGTHS)
    given = FEW if base is None or "--base" in words or "--bases" in words else {**FEW, "base": base}
    return [*kept, *_as_words(given)]


def _write_books(folder: Path, texts: Sequence[str]) -> None:
    """Write books of a few paragraphs each, and notes of many."""
    (folder / "books").mkdir()
    for number, name in enumerate(BOOKS):
        paragraphs = [" ".join(texts[start : start + 4]) for start in range(40 * number, 40 * number + 40, 4)]
        (folder / "books" / f"{name}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
    (folder / "notes.txt").write_text("\n\n".join(texts[330:]) + "\n", encoding="utf-8")


def _little(*, books: bool, scratch: bool) -> dict[str, Any]:
    """Return what a pretraining gets in place of its own length and shape: the samples give few tokens."""
    return {"updates": 1, "batch_size": 8} | ({**SHAPE, "vocabulary": 400 if books else 100} if scratch else {})


def _is_scratch(words: Sequence[str]) -> bool:
    """Tell whether a shape and a vocabulary can be given: neither a base nor a tokenizer brings its own."""
    asked = words[words.index("--tokenizer") + 1] if "--tokenizer" in words else "wordpiece"
    return "--base" not in words and asked in ("wordpiece", "bpe", "unigram")


def _without(words: Sequence[str], names: AbstractSet[str]) -> list[str]:
    """Return the words without these flags and their values."""
    kept: list[str] = []
    skipped = False
    for word in words:
        is_left_out = word.removeprefix("--").replace("-", "_") in names
        if not is_left_out and not skipped:
            kept.append(word)
        skipped = is_left_out
    return kept


def _as_words(settings: Mapping[str, Any]) -> list[str]:
    return [part for name, value in settings.items() for part in (f"--{name}", str(value))]


def _quick_pretrain(pretrain: Callable[..., Any]) -> Callable[..., Any]:
    def quick(*sources: Any, **settings: Any) -> Any:
        kept = {name: value for name, value in settings.items() if name not in LENGTHS}
        return pretrain(*sources, **kept | _little(books=True, scratch=True))

    return quick


def _quick(finetune: Callable[..., Any], base: str | None) -> Callable[..., Any]:
    def quick(*data: Any, **settings: Any) -> Any:
        kept = {name: value for name, value in settings.items() if name not in LENGTHS}
        return finetune(*data, **({} if base is None else {"base": base}) | kept | FEW)

    return quick
