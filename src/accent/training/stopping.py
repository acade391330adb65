"""Early stopping: how long since the validation score was last better."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Patience"]


@dataclass
class Patience:
    """The best score so far and how many evaluations have passed without a better one.

    It stands in every checkpoint, so that a resumed run has the patience that was left, not all of it again.
    """

    limit: int | None
    """Evaluations without a better score before training stops; None never stops."""
    lower_is_better: bool = False
    best: float | None = None
    best_update: int | None = None
    waited: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether training should stop."""
        return self.limit is not None and self.waited >= self.limit

    def observe(self, score: float, update: int) -> bool:
        """Take a validation score and return whether it is the best so far; NaN never is."""
        if not math.isnan(score) and (self.best is None or self._better(score, self.best)):
            self.best, self.best_update, self.waited = score, update, 0
            return True
        self.waited += 1
        return False

    def state(self) -> dict[str, float | int | None]:
        """Return what a checkpoint must keep."""
        return {"best": self.best, "best_update": self.best_update, "waited": self.waited}

    def restore(self, state: dict[str, float | int | None]) -> None:
        """Take up the state of a checkpoint."""
        self.best = state["best"]
        self.best_update = None if state["best_update"] is None else int(state["best_update"])
        self.waited = int(state["waited"] or 0)

    def _better(self, score: float, than: float) -> bool:
        return score < than if self.lower_is_better else score > than
