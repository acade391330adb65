"""The loss of a causal model's tokens: each position is asked for the token that comes next."""

from __future__ import annotations

import torch
from torch import Tensor

from accent.modeling import IGNORED, summed_loss, token_scores

__all__ = ["next_tokens", "summed_loss", "token_scores"]


def next_tokens(labels_BT: Tensor) -> Tensor:
    """Return the targets of a causal model: at each position the token that comes next, IGNORED at the last."""
    return torch.cat([labels_BT[:, 1:], labels_BT.new_full((labels_BT.shape[0], 1), IGNORED)], dim=1)
