"""Whether confidence means what it says: of the answers given with confidence 0.8, are 80 % right?

Letters on arrays: N rows, C classes, B bins.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from accent.evaluation.checks import Integers, checked

__all__ = ["BINS", "ReliabilityBin", "bin_of", "reliability"]

BINS = 10


class ReliabilityBin(TypedDict):
    """The answers whose confidence lies in (low, high]; confidence and accuracy are None when there are none."""

    low: float
    high: float
    confidence: float | None
    accuracy: float | None
    n: int


def reliability(
    labels: Integers,
    probabilities: npt.NDArray[np.floating],
    bins: int = BINS,
    *,
    predicted: Integers | None = None,
) -> list[ReliabilityBin]:
    """Return mean confidence and accuracy of the answers in each of `bins` equally wide bins of confidence.

    labels (N,) class numbers; probabilities (N, C), rows that sum to 1. The answers are the most probable classes, or
    `predicted` (N,); confidence is the answer's probability. ValueError names what does not fit. The expected
    calibration error is the mean of |accuracy - confidence| over the bins, weighted by n. Source: Guo et al., 2017,
    arXiv:1706.04599.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    labels_N, probabilities_NC = checked(labels, probabilities)
    predicted_N = probabilities_NC.argmax(axis=1) if predicted is None else predicted
    confidence_N = probabilities_NC[np.arange(len(labels_N)), predicted_N]
    right_N = (predicted_N == labels_N).astype(np.float64)
    bin_N = bin_of(confidence_N, bins)
    n_B = np.bincount(bin_N, minlength=bins)
    confidence_B = np.bincount(bin_N, weights=confidence_N, minlength=bins)
    right_B = np.bincount(bin_N, weights=right_N, minlength=bins)
    return [
        ReliabilityBin(
            low=index / bins,
            high=(index + 1) / bins,
            confidence=float(confidence_B[index] / n) if n else None,
            accuracy=float(right_B[index] / n) if n else None,
            n=int(n),
        )
        for index, n in enumerate(n_B)
    ]


def bin_of(confidence_N: npt.NDArray[np.float64], bins: int = BINS) -> npt.NDArray[np.intp]:
    """Return the number of each confidence's bin (N,); a bin holds its upper edge, and the first one 0 as well."""
    inner_edges = np.linspace(0, 1, bins + 1)[1:-1]
    return np.searchsorted(inner_edges, confidence_N)
