"""What updates cost: seconds as a straight line over their tokens, fitted to a few that were measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.training.batching import BatchPlan, microbatches

__all__ = ["UpdateCost", "fit_cost", "planned_tokens", "spread", "tokens_of_epoch"]

Rows = npt.NDArray[np.int64]
MOST_BATCHES = 200
"""Batches of an epoch whose tokens are counted; of more, every so-manyth."""


@dataclass(frozen=True)
class UpdateCost:
    """Seconds of an update: what every one costs, and what each of its tokens does."""

    fixed: float
    per_token: float

    def of(self, tokens: float) -> float:
        """Return the seconds of an update of `tokens`."""
        return self.fixed + self.per_token * tokens


def fit_cost(tokens: Sequence[float], seconds: Sequence[float]) -> UpdateCost:
    """Return the line of least squares through measured updates, neither part of it below 0.

    Attention grows with the square of the length, which a line follows closely enough between the lengths it was
    fitted to: measure updates that span the lengths to be predicted.
    """
    x, y = np.asarray(tokens, dtype=np.float64), np.asarray(seconds, dtype=np.float64)
    away = x - x.mean()
    slope = float(away @ y / (away @ away)) if away.any() else -1.0
    if slope < 0.0:
        return UpdateCost(float(y.mean()), 0.0)
    fixed = float(y.mean() - slope * x.mean())
    return UpdateCost(fixed, slope) if fixed >= 0.0 else UpdateCost(0.0, float(x @ y / (x @ x)))


def planned_tokens(lengths: Rows, most_rows: int) -> int:
    """Return the tokens, with padding, of a batch of examples of these lengths in microbatches of `most_rows`."""
    return sum(int(lengths[part].max()) * len(part) for part in microbatches(lengths, most_rows))


def tokens_of_epoch(plan: BatchPlan, tokens_of: Callable[[Rows], int]) -> list[tuple[Rows, int]]:
    """Return the first epoch's batches with their tokens, from the least to the most: all of them or a fair share."""
    batches = plan.epoch(0)
    chosen = batches[:: -(-len(batches) // MOST_BATCHES)]
    longest = max(batches, key=plan.longest)
    if not any(batch is longest for batch in chosen):
        chosen = [*chosen, longest]
    return sorted(((batch, tokens_of(batch)) for batch in chosen), key=lambda pair: pair[1])


def spread(counted: Sequence[tuple[Rows, int]], count: int) -> list[tuple[Rows, int]]:
    """Return `count` of the batches in the middles of as many equal shares of their order: each stands for a share."""
    places = ((np.arange(count) + 0.5) / count * len(counted)).astype(int)
    return [counted[place] for place in places]
