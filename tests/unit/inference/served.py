"""Runs of every strategy on tiny bases, saved as fine-tuning saves them, for the tests of hosting."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from accent.config import (
    AdapterConfig,
    FullConfig,
    HeadConfig,
    LoraConfig,
    PartialConfig,
    PrefixConfig,
    StrategyConfig,
)
from accent.config.show import to_dict
from accent.modeling import Anatomy, HeadName, find_base, load_model, save_model
from accent.strategies import make_strategy, save_changes
from accent.tokenization import load_tokenizer
from tests.unit.inference.small import write_settings

LABELS = ("bad", "good", "mixed")
TAGS = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
WRITERS = ("t5", "bart")

STRATEGIES: dict[str, StrategyConfig] = {
    "head": HeadConfig(),
    "merged-head": HeadConfig(merge=True),
    "lora": LoraConfig(),
    "wide-lora": LoraConfig(rank=3, alpha=5.0, targets=("all-linear",)),
    "merged-lora": LoraConfig(merge=True),
    "pfeiffer": AdapterConfig(placement="pfeiffer"),
    "houlsby": AdapterConfig(placement="houlsby", reduction=4),
    "prefix": PrefixConfig(prefix_length=3),
    "long-prefix": PrefixConfig(prefix_length=7),
    "partial": PartialConfig(),
    "full": FullConfig(),
}
"""How the runs of these tests were trained."""


@dataclass(frozen=True)
class Asked:
    """A task as a run has it in accent.json, and the head that answers it."""

    head: HeadName
    labels: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    pair: bool = False
    long_texts: dict[str, Any] = field(default_factory=dict)


TASKS: dict[str, Asked] = {
    "classification": Asked("sequence", LABELS, {"temperature": 1.5}),
    "multilabel": Asked("sequence", LABELS, {"thresholds": [0.4, 0.5, 0.6]}),
    "regression": Asked("sequence", ("value",), {"means": [3.0], "scales": [0.5]}),
    "tagging": Asked(
        "tokens", TAGS, {"marks": "entities", "common": "O", "strays": "refuse"}, long_texts={"windows": True}
    ),
    "qa": Asked(
        "span",
        ("start", "end"),
        {"answer_length": 8, "n_best": 5, "threshold": 0.0},
        pair=True,
        long_texts={"windows": True, "stride": 4},
    ),
    "generation": Asked("causal", (), {"loss_on": "all"}),
    "summarization": Asked(
        "written", (), {"prompt": "", "summary_length": 6, "head": "written", "decoder_start": "pad"}
    ),
}


def save_served(
    folder: Path, base: Path, strategy: str = "lora", task: str = "classification", *, seed: int = 1, **changes: Any
) -> Path:
    """Write a run whose moving weights were moved by chance, and return its folder."""
    asked, config = TASKS[task], STRATEGIES[strategy]
    found = find_base(str(base))
    problem: Any = "regression" if task == "regression" else None
    model = load_model(found, asked.head, asked.labels, problem_type=problem, seed=seed).model
    made = make_strategy(config)
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for moved in made.prepare(model, Anatomy.of(model, asked.head), seed=seed):
            moved.parameter.add_(torch.randn(moved.parameter.shape, generator=chance) * 0.2)
    tokenizer, place = load_tokenizer(base), folder / "model"
    if made.saves_changes:
        save_changes(model, tokenizer, made, place, base=found.name)
    else:
        made.finish(model)
        save_model(model, tokenizer, place)
    write_settings(
        place,
        **{
            "task": task,
            "labels": list(asked.labels),
            "settings": asked.settings,
            "pair": asked.pair,
            "long_texts": asked.long_texts,
            "strategy": to_dict(config),
            "saved": "changes" if made.saves_changes else "whole",
            "base": {"name": found.name, "digest": found.digest, "revision": None},
        }
        | changes,
    )
    return folder
