"""A desk to try the docs at: the files and bases that they speak of, and fine-tuning in one update."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
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
LATER = {"positive": "good", "negative": "bad"}


def furnish(folder: Path) -> Path:
    """Write reviews.csv to learn from, new.csv to answer, later.csv with other labels, and tiny bases."""
    splits = load(DataConfig(source="builtin:reviews"), seed=0).splits
    rows, new = (
        list(zip(splits[split]["text"][:count], splits[split]["label"][:count], strict=True))
        for split, count in (("train", 400), ("test", 60))
    )
    later = [(text, LATER[label] if place % 8 else "mixed") for place, (text, label) in enumerate(rows)]
    for name, written in (("reviews.csv", rows), ("new.csv", new), ("later.csv", later)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *written])
    make_checkpoint(folder / "bases" / "bert", "bert", max_position_embeddings=256)
    make_checkpoint(folder / "bases" / "gpt2", "gpt2", n_positions=256)
    make_checkpoint(folder / "bases" / "t5", "t5", num_layers=1)
    return folder


@contextmanager
def at_desk(folder: Path, base: str | None) -> Iterator[None]:
    """Work in `folder`, with a quick `accent.finetune`, and see that nobody walks away from there."""
    with pytest.MonkeyPatch.context() as patch, chdir(folder):
        patch.setattr(accent, "finetune", _quick(accent.finetune, base))
        yield
        assert os.getcwd() == str(folder.resolve())


def quick_words(words: Sequence[str], base: str | None) -> list[str]:
    """Return a command's words; fine-tunings get one update on a few rows, and `base` if they name none."""
    if words[0] not in TRAINING or "--resume" in words:
        return list(words)
    kept: list[str] = []
    skipped = False
    for word in words:
        is_length = word.removeprefix("--").replace("-", "_") in LENGTHS
        if not is_length and not skipped:
            kept.append(word)
        skipped = is_length
    given = FEW if base is None or "--base" in words or "--bases" in words else {**FEW, "base": base}
    return [*kept, *(part for name, value in given.items() for part in (f"--{name}", str(value)))]


def _quick(finetune: Callable[..., Any], base: str | None) -> Callable[..., Any]:
    def quick(*data: Any, **settings: Any) -> Any:
        kept = {name: value for name, value in settings.items() if name not in LENGTHS}
        return finetune(*data, **({} if base is None else {"base": base}) | kept | FEW)

    return quick
