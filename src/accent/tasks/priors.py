"""What the outputs of a new head say before it has learned: how common each class or label is.

A head whose biases are 0 takes all classes for equally likely, all labels for as likely as not. Where they are rare it
spends its first hundreds of updates on learning that alone; begun at the logarithm of the shares (or odds), it starts
at the loss of the majority. Source: the prior of rare classes in Lin et al. 2017, arXiv 1708.02002, section 3.3. Shares
are counted with half a row more of each class, so that one which no training row has stays finite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["log_odds", "log_shares"]

Floats = npt.NDArray[np.float64]


def log_shares(classes: npt.NDArray[Any], count: int, weights: Sequence[float] | None = None) -> Floats:
    """Return the logarithm of each class's share (C,), less their mean; numbers below 0 are no classes.

    `weights` (C,) are what a row of each class counts in the loss.
    """
    numbers = classes[classes >= 0]
    counts_C = (np.bincount(numbers, minlength=count) + 0.5) * np.asarray(weights or (1.0,))
    logs_C = np.log(counts_C / counts_C.sum())
    return np.asarray(logs_C - logs_C.mean())


def log_odds(targets_EC: npt.NDArray[Any], weights: Sequence[float] | None = None) -> Floats:
    """Return the logarithm of each label's odds (C,); `targets_EC` are 1 where an example has the label.

    `weights` (C,) are what an example with each label counts in the loss.
    """
    given_C = targets_EC.sum(axis=0, dtype=np.float64) + 0.5
    odds_C = given_C / (len(targets_EC) + 1.0 - given_C)
    return np.asarray(np.log(odds_C * np.asarray(weights or (1.0,))))
