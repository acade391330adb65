"""What every kind of score offers: rows added batch by batch, then values, intervals, and a paired comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy.typing as npt

from accent.evaluation.resampling import Metric
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired

__all__ = ["PerRow", "Scorer"]

PerRow = Sequence[Any] | npt.NDArray[Any]
"""One value a row, in order."""


class Scorer(Protocol):
    """Adds up gold and predictions. What is kept of a row is a few numbers: no logits, and no texts."""

    main: str
    """The score that comparisons are made on, and that a report names first."""

    def add(self, gold: PerRow, predictions: PerRow) -> list[float]:
        """Take in some rows, and return each one's credit: 1 where the prediction is wholly right, 0 where it is not.

        In between where the task knows partial credit. Raises ValueError that names what does not fit.
        """
        ...

    def points(self) -> dict[str, float]:
        """Return each overall score of the rows so far as a plain number: what every evaluation in training logs."""
        ...

    def scores(self, *, seed: int) -> dict[str, Score]:
        """Return each score with its 95 % interval: overall ones by name, those of a class as `f1/NAME`."""
        ...

    def page(self) -> dict[str, Any]:
        """Return what scores.json says of these rows beside the scores, such as a table of kinds of errors."""
        ...

    def weighted(self, name: str) -> Metric:
        """Return an overall score of `points` as a function of how often each row counts.

        Raises ValueError where there is no such score, or its parts are not rows.
        """
        ...

    def compare(self, other: Self, *, seed: int) -> Paired:
        """Compare `main` with another scorer's on the same rows in the same order, paired row by row."""
        ...
