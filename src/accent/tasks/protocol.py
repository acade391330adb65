"""What every task offers: targets from rows, a loss from logits, answers from logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

__all__ = ["SummedLoss", "Task"]


@dataclass(frozen=True)
class SummedLoss:
    """A loss as a sum and the weight that divides it.

    The learner adds sums and weights over microbatches and processes and divides once, because the mean of
    microbatch means is not the mean: sums of 6 over 3 rows and 1 over 1 row give 7/4, their means' mean 1.5.
    """

    total: Tensor
    """The sum over rows, a scalar with a gradient."""
    weight: float
    """How many rows (or tokens) were summed."""


class Task(Protocol):
    """What a row asks, how the answer is read, how it is scored."""

    kind: ClassVar[str]
    labels: tuple[str, ...]

    def targets(self, labels: Sequence[str]) -> npt.NDArray[np.int64]:
        """Turn label names into targets, one a row."""
        ...

    def loss(self, logits_BC: Tensor, targets_B: Tensor) -> SummedLoss:
        """Compare logits with targets."""
        ...

    def probabilities(self, logits_BC: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """Turn logits into probabilities."""
        ...

    def answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        """Turn a row's probabilities into the answer that users get."""
        ...
