"""A small saved run for the tests of this room."""

from __future__ import annotations

import json
from pathlib import Path

from accent.modeling import find_base, load_model, save_model
from accent.tokenization import load_tokenizer
from tests.checkpoints import make_checkpoint

LABELS = ("bad", "good", "mixed")


def save_run(
    folder: Path, family: str = "bert", *, pair: bool = False, max_length: int = 24, **settings: float
) -> Path:
    """Write RUN/model with accent.json under `folder` and return the run's folder."""
    base = make_checkpoint(folder / "base", family, **settings)
    model = folder / "run" / "model"
    loaded = load_model(find_base(str(base)), "sequence", LABELS, seed=1)
    save_model(loaded.model, load_tokenizer(base), model)
    write_settings(model, pair=pair, max_length=max_length)
    return folder / "run"


def save_tagger(folder: Path, labels: tuple[str, ...], **settings: object) -> Path:
    """Write RUN/model of a tagger of entities under `folder` and return the run's folder."""
    base = make_checkpoint(folder / "base", "bert", initializer_range=0.5)
    model = folder / "run" / "model"
    loaded = load_model(find_base(str(base)), "tokens", labels, seed=1)
    save_model(loaded.model, load_tokenizer(base), model)
    kept = {"marks": "entities", "common": "O", "strays": "refuse", **settings}
    write_settings(model, task="tagging", labels=list(labels), settings=kept, long_texts={"windows": True})
    return folder / "run"


def write_settings(model: Path, **changes: object) -> None:
    """Write accent.json; a change to None leaves the key out."""
    settings = {
        "version": 3,
        "task": "classification",
        "labels": list(LABELS),
        "settings": {},
        "max_length": 24,
        "long_texts": {},
        "pair": False,
        "strategy": {"kind": "full"},
        "saved": "whole",
        "base": {"name": "x", "digest": "0"},
    }
    kept = {key: value for key, value in (settings | changes).items() if value is not None}
    (model / "accent.json").write_text(json.dumps(kept | {"precision": "fp32"}))
