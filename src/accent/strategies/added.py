"""What moves where a strategy adds modules to frozen layers: these modules, and what the base does not bring."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import PreTrainedModel

from accent.modeling import Anatomy
from accent.seeds import derive
from accent.strategies.protocol import RatedParameter

__all__ = ["drawing", "move_added"]


def move_added(model: PreTrainedModel, anatomy: Anatomy, *, added: str) -> list[RatedParameter]:
    """Freeze all but the weights whose names match `added`, searched, and the head; return these in the model's order.

    The head goes with a pooler where the family has one that a checkpoint may lack.
    """
    moving = []
    for name, parameter in model.named_parameters():
        moves = re.search(added, name) is not None or anatomy.family.may_be_new(name, anatomy.head)
        parameter.requires_grad_(moves)
        if moves:
            moving.append(RatedParameter(name, parameter))
    return moving


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """Draw new weights from the seed's stream "strategy", and leave torch's global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(derive(seed, "strategy"))
        yield
