"""One number that makes confidence honest: logits are divided by it before the softmax.

Letters on arrays: N rows, C classes.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from accent.evaluation.checks import Integers, checked_classes, checked_numbers

__all__ = ["fit_temperature"]

_LOWEST, _HIGHEST = 0.05, 20.0
_EXACT = 1e-6  # of log T


def fit_temperature(labels: Integers, logits: npt.NDArray[np.floating]) -> float:
    """Return the temperature T at which softmax(logits / T) gives the labels the highest likelihood.

    labels (N,) class numbers; logits (N, C) before any softmax. No answer changes, only its confidence: T above 1
    lowers it. Use rows that the model has not learned from. T is searched from 0.05 to 20; where no row is wrong any T
    that is low enough will do, so look at it before it is used on few rows. Raises ValueError that names what does not
    fit. Source: Guo et al., 2017, arXiv:1706.04599, section 4.2.
    """
    classes = np.shape(logits)[1] if np.ndim(logits) > 1 else 1
    labels_N, logits_NC = checked_classes("labels", labels, classes), checked_numbers("logits", logits, classes)
    if len(labels_N) != len(logits_NC):
        raise ValueError(f"{len(labels_N)} labels do not fit {len(logits_NC)} rows of logits")
    # The loss is convex in 1 / T, so along log T it has one valley.
    found = optimize.minimize_scalar(
        lambda log_t: _loss(labels_N, logits_NC / math.exp(log_t)),
        bounds=(math.log(_LOWEST), math.log(_HIGHEST)),
        method="bounded",
        options={"xatol": _EXACT},
    )
    return math.exp(float(found.x))


def _loss(labels_N: npt.NDArray[np.int64], logits_NC: npt.NDArray[np.float64]) -> float:
    own_N = np.take_along_axis(logits_NC, labels_N[:, None], axis=1)[:, 0]
    return float((special.logsumexp(logits_NC, axis=1) - own_N).mean())
