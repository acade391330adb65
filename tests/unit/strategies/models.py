"""Tiny models of each family that the tests of added modules share."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from accent.modeling import Anatomy, HeadName, find_base, load_model
from accent.strategies import RatedParameter, Strategy
from accent.tokenization import load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint

LABELS = ("bad", "good", "mixed")
WRITERS = ("t5", "bart")
EVERY = (*FAMILIES, *WRITERS)


@cache
def make_base(root: Path, family: str, **settings: Any) -> Path:
    """Return a checkpoint of a family with weights so wide that texts differ; one for all that ask for the same."""
    wide = {"initializer_factor": 4.0} if family == "t5" else {"initializer_range": 0.3}
    marks = "-".join(f"{name}{value}" for name, value in settings.items())
    return make_checkpoint(root / f"{family}{marks}", family, **wide | settings)


def head_of(family: str) -> HeadName:
    return "written" if family in WRITERS else "sequence"


def load(base: Path, family: str, head: HeadName | None = None, *, seed: int = 1) -> PreTrainedModel:
    head = head or head_of(family)
    return load_model(find_base(str(base)), head, LABELS if head == "sequence" else (), seed=seed).model


def prepare(strategy: Strategy, model: PreTrainedModel, family: str, *, seed: int = 3) -> list[RatedParameter]:
    return strategy.prepare(model, Anatomy.of(model, head_of(family)), seed=seed)


def inputs_of(base: Path, family: str, texts: tuple[str, ...] = SENTENCES[:4]) -> dict[str, Tensor]:
    batch = dict(load_tokenizer(base)(list(texts), padding=True, return_tensors="pt"))
    return batch | ({"decoder_input_ids": batch["input_ids"][:, :5]} if family in WRITERS else {})


def answers(model: PreTrainedModel, inputs: dict[str, Tensor]) -> Tensor:
    with torch.inference_mode():
        logits: Tensor = model.eval()(**inputs).logits
    return logits


def stir(moving: list[RatedParameter], *, scale: float = 0.3) -> None:
    """Move every weight that may move, so that new modules that start at zero do something."""
    chance = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for moved in moving:
            moved.parameter.add_(torch.randn(moved.parameter.shape, generator=chance) * scale)


def train(model: PreTrainedModel, moving: list[RatedParameter], inputs: dict[str, Tensor], updates: int = 2) -> None:
    """Take AdamW's steps toward an arbitrary goal, in training mode."""
    optimizer = torch.optim.AdamW([moved.parameter for moved in moving], lr=0.05)
    model.train()
    for _ in range(updates):
        logits = model(**inputs).logits
        (logits - torch.linspace(-1, 1, logits.shape[-1])).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
