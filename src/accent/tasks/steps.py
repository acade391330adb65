"""One step of writing: which token is drawn, whether the text has come to a stop, what the model says next.

Legend: S sequences, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["Draw", "Step", "Stop"]


class Draw(LogitsProcessor):
    """Leaves of the scores (S, V) one token a sequence: the one whose share of the probabilities holds its number.

    `chances` (S, steps) are numbers from 0 to 1; `start` is how long sequences were before the first step.
    """

    def __init__(self, chances: Tensor, start: int) -> None:
        self._chances = chances
        self._start = start

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return -inf for all tokens but the one drawn."""
        sums_SV = scores.double().softmax(dim=-1).cumsum(dim=-1)
        chances_S = self._chances[:, input_ids.shape[1] - self._start] * sums_SV[:, -1]
        drawn_S = torch.searchsorted(sums_SV, chances_S[:, None], right=True).clamp_(max=scores.shape[1] - 1)
        return torch.full_like(scores, -torch.inf).scatter_(1, drawn_S, 0.0)


class Stop(StoppingCriteria):
    """Says of each sequence whether what was written since `start` has come to a stop."""

    def __init__(self, has_stop: Callable[[Sequence[int]], bool], start: int) -> None:
        self._has_stop = has_stop
        self._start = start

    def __call__(self, input_ids: Tensor, scores: Any, **options: Any) -> Tensor:  # noqa: ARG002 - transformers' calling convention
        """Return true for the sequences (S,) that have stopped."""
        found = [self._has_stop(ids) for ids in input_ids[:, self._start :].tolist()]
        return torch.tensor(found, dtype=torch.bool, device=input_ids.device)


class Step:
    """One text on its way: the tokens so far (1, T), and what the model remembers of them."""

    def __init__(self, model: PreTrainedModel, ids: Tensor) -> None:
        self._model = model
        self._ids = ids
        self._fresh = ids
        self._past: Any = None

    @torch.inference_mode()
    def next(self, processors: LogitsProcessorList, *, banned: int | None) -> int:
        """Return the likeliest token that `processors` leave, and go on from it."""
        outputs = self._model(input_ids=self._fresh, past_key_values=self._past, use_cache=True)
        scores = outputs.logits[:, -1].float()
        if banned is not None:
            scores[:, banned] = -torch.inf
        self._past = outputs.past_key_values
        self._fresh = processors(self._ids, scores).argmax(dim=-1, keepdim=True)  # type: ignore[arg-type]
        self._ids = torch.cat([self._ids, self._fresh], dim=1)
        return int(self._fresh)
