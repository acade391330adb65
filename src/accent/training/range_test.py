"""A range test of the learning rate: it rises from update to update until the loss blows up (Smith 2017, 1506.01186).

At update i of n the rate is low (high / low)^(i / (n - 1)). The loss is smoothed by an exponential average without its
bias, s_i = (b s_(i-1) + (1 - b) l_i), s_i / (1 - b^(i+1)). Two rates come out of it: that of the steepest fall of the
smoothed loss over the logarithm of the rate, where learning is fastest, and a tenth of the rate at which the loss blows
up. The lower of the two is suggested: a training takes many more updates at its peak rate than the test.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["RangeTest", "range_test"]

LOWEST, HIGHEST = 1e-7, 1.0
UPDATES = 100
SMOOTHING = 0.9
"""The share of the average that stays with each update."""
BLOWN_UP = 2.0
"""A smoothed loss of so many times the least one before it ends the test."""
SETTLING = 5
"""Updates before which the average is of too few losses to judge by."""
MARGIN = 10.0


@dataclass(frozen=True)
class RangeTest:
    """What a range test saw."""

    rates: tuple[float, ...]
    """The rate of each update."""
    losses: tuple[float, ...]
    """Each update's loss before its step."""
    smoothed: tuple[float, ...]
    """Their average."""
    steepest: float | None
    """The rate at which the smoothed loss fell fastest; None where it never fell."""
    blown_up: float | None
    """The rate at which the loss blew up; None where it did not."""

    @property
    def suggested(self) -> float | None:
        """The lower of the steepest fall's rate and a tenth of the one that blew up; None where nothing fell."""
        if self.steepest is None:
            return None
        return min(self.steepest, math.inf if self.blown_up is None else self.blown_up / MARGIN)


def range_test(
    update: Callable[[int, float], float],
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    updates: int = UPDATES,
) -> RangeTest:
    """Take updates at rising rates and say where the loss falls fastest and where it blows up.

    `update(i, rate)` takes update i at a rate and returns the loss before it. The weights are not put back: see
    `Learner.preserved`.
    """
    rates: list[float] = []
    losses: list[float] = []
    smoothed: list[float] = []
    average, blown_up = 0.0, None
    for index, rate in enumerate(np.geomspace(lowest, highest, updates).tolist()):
        loss = update(index, rate)
        rates.append(rate)
        losses.append(loss)
        average = SMOOTHING * average + (1.0 - SMOOTHING) * loss
        smoothed.append(average / (1.0 - SMOOTHING ** (index + 1)))
        if _has_blown_up(losses, smoothed):
            blown_up = rate
            break
    return RangeTest(tuple(rates), tuple(losses), tuple(smoothed), _steepest(rates, smoothed), blown_up)


def _has_blown_up(losses: list[float], smoothed: list[float]) -> bool:
    if not math.isfinite(losses[-1]):
        return True
    return len(losses) > SETTLING and max(losses[-1], smoothed[-1]) > BLOWN_UP * min(smoothed)


def _steepest(rates: list[float], smoothed: list[float]) -> float | None:
    """Return the rate where the smoothed loss falls fastest before its least value."""
    finite = [value for value in smoothed if math.isfinite(value)]
    least = int(np.argmin(finite)) if finite else 0
    if least <= SETTLING:
        return None
    slopes = np.gradient(np.asarray(finite[: least + 1]), np.log(rates[: least + 1]))
    steepest = SETTLING + int(np.argmin(slopes[SETTLING:]))
    return rates[steepest] if slopes[steepest] < 0.0 else None
