"""The border of this room: arrays are checked here, once, before anything is computed from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Integers",
    "checked",
    "checked_classes",
    "checked_marks",
    "checked_names",
    "checked_numbers",
    "checked_same",
    "checked_shares",
]

Integers = npt.NDArray[np.integer]

_AXES = _FEWEST_CLASSES = 2
_STRAY = 1e-3  # a softmax in float32 strays by 1e-6; what strays by more than this is not one


def checked(
    labels: Integers, probabilities: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return labels (N,) as int64 and probabilities (N, C) as float64; ValueError names what does not fit."""
    probabilities_NC = np.asarray(probabilities, dtype=np.float64)
    if probabilities_NC.ndim != _AXES or probabilities_NC.shape[1] < _FEWEST_CLASSES:
        raise ValueError(f"probabilities must be (rows, 2 classes or more), not {probabilities_NC.shape}")
    labels_N = checked_classes("labels", labels, probabilities_NC.shape[1])
    if len(labels_N) != len(probabilities_NC):
        raise ValueError(f"{len(labels_N)} labels do not fit {len(probabilities_NC)} rows of probabilities")
    _check_inside(probabilities_NC)
    _check_sums(probabilities_NC)
    return labels_N, probabilities_NC


def checked_classes(name: str, numbers: Integers, classes: int) -> npt.NDArray[np.int64]:
    """Return class numbers (N,) as int64; ValueError when they are no whole numbers from 0 to classes - 1, or none."""
    numbers_N = np.asarray(numbers)
    if numbers_N.ndim != 1 or not len(numbers_N):
        raise ValueError(f"{name} must be (rows,) with at least one row, not {numbers_N.shape}")
    if not np.issubdtype(numbers_N.dtype, np.integer):
        raise ValueError(f"{name} must be whole class numbers, not {numbers_N.dtype}")
    outside = np.flatnonzero((numbers_N < 0) | (numbers_N >= classes))
    if len(outside):
        raise ValueError(f"{name} must be 0 to {classes - 1}; row {outside[0]} has {numbers_N[outside[0]]}")
    return numbers_N.astype(np.int64)


def checked_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of classes, labels or quantities; ValueError when there are none or two are the same."""
    if not names or len(set(names)) != len(names):
        raise ValueError(f"names must be different and at least one, not {list(names)}")
    return tuple(names)


def checked_marks(name: str, marks: Sequence[Any] | npt.NDArray[Any], labels: int) -> npt.NDArray[np.bool_]:
    """Return which rows have which labels (N, C) as booleans; ValueError when they are not 0 and 1, or not so many."""
    marks_NC = _table(name, np.asarray(marks), labels)
    strange_N = ~((marks_NC == 0) | (marks_NC == 1)).all(axis=1)
    if strange_N.any():
        row = int(np.argmax(strange_N))
        raise ValueError(f"{name} must be 0 or 1; row {row} has {marks_NC[row].tolist()}")
    return marks_NC.astype(np.bool_)


def checked_shares(probabilities: Sequence[Any] | npt.NDArray[Any], labels: int) -> npt.NDArray[np.float64]:
    """Return a probability for each label (N, C), which need not sum to 1; ValueError names what does not fit."""
    probabilities_NC = _table("probabilities", np.asarray(probabilities, dtype=np.float64), labels)
    _check_inside(probabilities_NC)
    return probabilities_NC


def checked_numbers(name: str, numbers: Sequence[Any] | npt.NDArray[Any], width: int) -> npt.NDArray[np.float64]:
    """Return quantities (N, K) as float64; ValueError when one is not finite, or there are not K a row."""
    numbers_NK = _table(name, np.asarray(numbers, dtype=np.float64), width)
    strange_N = ~np.isfinite(numbers_NK).all(axis=1)
    if strange_N.any():
        row = int(np.argmax(strange_N))
        raise ValueError(f"{name} must be finite; row {row} has {numbers_NK[row].tolist()}")
    return numbers_NK


def checked_same(gold: npt.NDArray[Any], other: npt.NDArray[Any]) -> None:
    """Raise ValueError unless the gold of two scorers that are to be compared is the same, row by row."""
    if not np.array_equal(gold, other):
        raise ValueError("a comparison needs two scorers of the same rows in the same order; their gold differs")


def _table(name: str, values: npt.NDArray[Any], width: int) -> npt.NDArray[Any]:
    if values.ndim != _AXES or values.shape[1] != width or not len(values):
        raise ValueError(f"{name} must be (rows, {width}) with at least one row, not {values.shape}")
    return values


def _check_inside(probabilities_NC: npt.NDArray[np.float64]) -> None:
    # Comparisons with NaN are false, so a NaN is found by what it fails to satisfy.
    inside_N = ((probabilities_NC >= 0) & (probabilities_NC <= 1)).all(axis=1)
    if not inside_N.all():
        row = int(np.argmin(inside_N))
        raise ValueError(f"probabilities must lie between 0 and 1; row {row} has {probabilities_NC[row].tolist()}")


def _check_sums(probabilities_NC: npt.NDArray[np.float64]) -> None:
    sums_N = probabilities_NC.sum(axis=1)
    astray_N = np.abs(sums_N - 1) > _STRAY
    if astray_N.any():
        row = int(np.argmax(astray_N))
        raise ValueError(f"probabilities must sum to 1; those of row {row} sum to {sums_N[row]:.6g}")
