"""What a causal model is asked for at each position."""

from __future__ import annotations

import torch

from accent.tasks import IGNORED
from accent.tasks.token_losses import next_tokens


def test_the_next_token_is_the_target_and_the_last_position_has_none() -> None:
    labels = torch.tensor([[IGNORED, 5, 6], [IGNORED, IGNORED, 7]])
    assert next_tokens(labels).tolist() == [[5, 6, IGNORED], [IGNORED, 7, IGNORED]]
