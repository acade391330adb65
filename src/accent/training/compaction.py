"""Vocabulary compaction: of the embedding table only the rows that the training texts use are trained.

A fine-tuning touches few rows of the table, and yet the gradient, both of AdamW's averages and its step go over all of
them. Here the rows that occur are a table of their own, and what the others would have undergone is told by one
number: without gradients their averages stay 0, so that each step only decays them (Loshchilov and Hutter 2019,
arXiv 1711.05101),

    x_t = (1 - r_t d) x_(t-1)    and so    x_T = x_0 prod_t (1 - r_t d)

with rate r_t and weight decay d. Put back together, the table is that of a plain training but for rounding.

Legend: V rows of the table, U rows that occur, D width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from transformers import PreTrainedModel

from accent.strategies import RatedParameter
from accent.tasks import Examples

__all__ = ["IDLE", "CompactVocabulary", "compact_vocabulary", "compactable"]

IDLE = "idle"
"""Where an optimizer's state of the compact table keeps how much of the other rows' weights is left."""


def compactable(model: PreTrainedModel) -> nn.Embedding | None:
    """Return the model's table of tokens, or None where it is not one plain table that nothing else uses.

    A table that is tied to an output layer is scored against as a whole: none of its rows is idle.
    """
    table = model.get_input_embeddings()
    if not isinstance(table, nn.Embedding) or table.max_norm is not None or table.sparse or table.scale_grad_by_freq:
        return None
    users = [
        module for module in model.modules() if any(one is table.weight for one in module.parameters(recurse=False))
    ]
    return table if len(users) == 1 else None


def compact_vocabulary(
    model: PreTrainedModel, moving: Sequence[RatedParameter], texts: Examples
) -> CompactVocabulary | None:
    """Make the table of tokens compact, where it moves and `texts` leave some of its rows idle; None elsewhere."""
    table = compactable(model)
    if table is None or not any(moved.parameter is table.weight for moved in moving):
        return None
    occurs_V = np.zeros(len(table.weight), dtype=np.bool_)
    occurs_V[texts.rows.ids] = True
    occurs_V[texts.pad_id] = True
    if texts.written is not None:
        occurs_V[texts.written.ids] = True
        occurs_V[texts.decoder_start] = True
    used_U = np.flatnonzero(occurs_V)
    return CompactVocabulary(table, used_U) if len(used_U) < len(occurs_V) else None


class CompactVocabulary:
    """A model whose table of tokens holds the rows that occur, until `restore`.

    Texts with other tokens are read too, in evaluation mode, with the rows as they would stand.
    """

    def __init__(self, table: nn.Embedding, used_U: npt.NDArray[np.integer[Any]]) -> None:
        """Put a parameter of the rows `used_U`, rising, in the place of the table's own; see `weight`."""
        self._table = table
        self._whole = table.weight
        self._used_U = torch.from_numpy(np.asarray(used_U, dtype=np.int64)).to(table.weight.device)
        self._places_V = torch.full((len(table.weight),), -1, device=table.weight.device)
        self._places_V[self._used_U] = torch.arange(len(used_U), device=table.weight.device)
        padding = table.padding_idx
        self._padding = None if padding is None else int(self._places_V[padding])
        if self._padding == -1:
            self._padding = None
        self._optimizer: Optimizer | None = None
        self.weight = nn.Parameter(self._whole.detach()[self._used_U].clone(), requires_grad=self._whole.requires_grad)
        table.weight = self.weight
        vars(table)["forward"] = self._forward  # hides the class's own

    @property
    def idle(self) -> int:
        """How many numbers stand in the rows that do not occur."""
        return self._whole.numel() - self.weight.numel()

    def within(self, moving: Sequence[RatedParameter]) -> list[RatedParameter]:
        """Return what moves, with the compact table in the place of the whole one."""
        return [replace(one, parameter=self.weight) if one.parameter is self._whole else one for one in moving]

    def follow(self, optimizer: Optimizer) -> None:
        """Take note of each step that `optimizer` takes with the compact table."""
        self._optimizer = optimizer
        optimizer.register_step_post_hook(self._stepped)

    def restore(self) -> None:
        """Put the whole table back, with all rows as a plain training would have left them."""
        with torch.no_grad():
            self._whole.mul_(self._left())
            self._whole[self._used_U] = self.weight.detach()
        self._whole.requires_grad_(self.weight.requires_grad)
        self._table.weight = self._whole
        vars(self._table).pop("forward")

    def _forward(self, ids: Tensor) -> Tensor:
        """Look tokens up; those that training never uses in the table as it was."""
        places = self._places_V[ids]
        if self._table.training:
            return F.embedding(places, self.weight, self._padding)
        idle = places < 0
        found = F.embedding(places.clamp_min(0), self.weight, self._padding)
        if bool(idle.any()):
            found = found.clone()
            found[idle] = self._whole.detach()[ids[idle]] * self._left()
        return found

    def _left(self) -> float:
        """Return the share of an idle row's weights that all decay so far has left."""
        kept = {} if self._optimizer is None else self._optimizer.state.get(self.weight, {})
        return float(kept.get(IDLE, 1.0))

    def _stepped(self, optimizer: Optimizer, arguments: Any, options: Any) -> None:  # noqa: ARG002 - torch's calling convention
        if self.weight.grad is None:
            return
        for group in optimizer.param_groups:
            if any(one is self.weight for one in group["params"]):
                state = optimizer.state[self.weight]
                before = state.get(IDLE, torch.ones((), dtype=torch.float64))
                state[IDLE] = before * (1.0 - group["lr"] * group["weight_decay"])
