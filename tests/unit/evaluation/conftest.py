"""Made-up answers of a classifier whose quality is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

Answers = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


def make_answers(rows: int, classes: int, *, seed: int = 0, edge: float = 1.5, decimals: int | None = None) -> Answers:
    """Return labels and calibrated probabilities; a larger edge answers better, few decimals make ties."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, rows)
    logits = chance.normal(size=(rows, classes))
    logits[np.arange(rows), labels] += edge
    weights = np.exp(edge * logits)
    if decimals is not None:
        weights = np.maximum(weights.round(decimals), 10.0**-decimals)
    return labels, weights / weights.sum(axis=1, keepdims=True)


@pytest.fixture
def answers() -> Callable[..., Answers]:
    return make_answers
