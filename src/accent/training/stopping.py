"""Which weights a run keeps, and when it has waited long enough for better ones.

Validation scores of few rows are noisy, and the highest of many noisy ones is luck as well as merit. A later
checkpoint within two standard errors of the highest, its 95 % interval, is taken for as good as that one, and kept in
its place: the rate has fallen since, and what has settled varies less from seed to seed. It is the rule of standard
errors (Breiman et al. 1984, section 3.4.3), with the settled model in the place of the simple one. The standard error
of a score s of n rows is that of a share, sqrt(s (1 - s) / n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Patience"]


@dataclass
class Patience:
    """The highest score so far, the weights that are kept, and how many evaluations have passed without a better one.

    It stands in every checkpoint, so that a resumed run has the patience that was left, not all of it again.
    """

    limit: int | None
    """Evaluations without a better score before training stops; None never stops."""
    lower_is_better: bool = False
    rows: int = 0
    """Validation rows."""
    within: float = 0.0
    """Standard errors below the highest score within which a later one is as good; 0 keeps the highest alone.

    Scores that are no shares, such as a loss, have none.
    """
    best: float | None = None
    """The highest score so far, or the lowest where that is better."""
    chosen: float | None = None
    """The score of the weights that are kept."""
    chosen_update: int | None = None
    waited: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether training should stop."""
        return self.limit is not None and self.waited >= self.limit

    def observe(self, score: float, update: int) -> bool:
        """Take a validation score and return whether the weights that have it are to be kept; NaN never is."""
        if math.isnan(score) or not (self._is_better(score) or self._is_as_good(score)):
            self.waited += 1
            return False
        if self._is_better(score):
            self.best, self.waited = score, 0
        else:
            self.waited += 1
        self.chosen, self.chosen_update = score, update
        return True

    def state(self) -> dict[str, float | int | None]:
        """Return what a checkpoint must keep."""
        return {
            "best": self.best,
            "chosen": self.chosen,
            "chosen_update": self.chosen_update,
            "waited": self.waited,
        }

    def restore(self, state: dict[str, float | int | None]) -> None:
        """Take up the state of a checkpoint."""
        self.best, self.chosen = state["best"], state["chosen"]
        self.chosen_update = None if state["chosen_update"] is None else int(state["chosen_update"])
        self.waited = int(state["waited"] or 0)

    def _is_better(self, score: float) -> bool:
        if self.best is None:
            return True
        return score < self.best if self.lower_is_better else score > self.best

    def _is_as_good(self, score: float) -> bool:
        if self.best is None or self.lower_is_better or not self.rows or not 0.0 <= self.best <= 1.0:
            return False
        margin = self.within * math.sqrt(self.best * (1.0 - self.best) / self.rows)
        return margin > 0.0 and score >= self.best - margin
