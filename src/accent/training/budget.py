"""A time budget: how many updates fit into it, asked again as the run goes and its parts show what they cost.

The run ends on time when all of it does: what is left of the updates, the evaluations and checkpoints between them, and
the scoring after them. Nothing here looks at a clock: seconds come in, and a number of updates goes out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from accent.training.loop import Cadence

__all__ = ["Budget", "Costs"]

TOLERANCE = 0.01
"""The end is moved when it is off by more than this share of the budget."""
LOOKS, FIRST_LOOK = 50, 20
"""How often in a run the end may be moved, and after which part of it first: a twentieth lies within the warm-up."""
RECENT, PRIOR = 200, 3
"""Updates whose mean is what the next ones are taken to cost, and how many of them the first guess counts for."""
OPTIMISM, FEWEST = 2, 20
"""How much longer than what fits the schedule is made at first, and its least updates."""
LEAST_BETWEEN = 4.0
"""Between evaluations there are at least so many times their seconds of updates, where nothing else is asked."""


@dataclass(frozen=True)
class Costs:
    """Seconds of a run's parts."""

    update: float
    """One update of the mean number of tokens."""
    evaluation: float
    """One look at all validation rows."""
    checkpoint: float
    """Keeping the state once."""
    scoring: float
    """The model's answers after the last update, in evaluations."""
    ending: float
    """All else after the last update: baselines, intervals, pages."""

    @property
    def end(self) -> float:
        """All that comes after the last evaluation and its checkpoint."""
        return self.scoring * self.evaluation + self.ending


class Budget:
    """The seconds that a run has, and what its parts have cost so far."""

    def __init__(self, seconds: float, costs: Costs, *, tokens: float) -> None:
        """Begin with `costs` as guessed or rehearsed; `tokens` are those of a mean update, padding counted."""
        self.seconds = seconds
        self.costs = costs
        self.tokens = tokens
        self._recent: deque[tuple[float, float]] = deque([(PRIOR * costs.update, PRIOR * tokens)], maxlen=RECENT)
        self._next_look = 0

    def note_update(self, seconds: float, tokens: float) -> None:
        """Take what an update of `tokens` has cost."""
        self._recent.append((seconds, tokens))
        spent, done = (sum(values) for values in zip(*self._recent, strict=True))
        self.costs = replace(self.costs, update=spent * self.tokens / done)

    def note_evaluation(self, seconds: float) -> None:
        """Take what an evaluation has cost."""
        self.costs = replace(self.costs, evaluation=seconds)

    def note_checkpoint(self, seconds: float) -> None:
        """Take what a checkpoint has cost."""
        self.costs = replace(self.costs, checkpoint=seconds)

    def evaluate_every(self, updates_per_epoch: int) -> int:
        """Return updates between evaluations: an epoch, or more where evaluations are dear."""
        return max(updates_per_epoch, round(LEAST_BETWEEN * self.costs.evaluation / self.costs.update))

    def first_guess(self, cadence: Cadence, *, elapsed: float) -> int:
        """Return how long the schedule should be made: rather too long, as a schedule that is done cannot go on."""
        return max(FEWEST, OPTIMISM * self.fitting(cadence, update=0, elapsed=elapsed))

    def fitting(self, cadence: Cadence, *, update: int, elapsed: float) -> int:
        """Return after how many updates in all the run should end, `update` being taken and `elapsed` seconds spent.

        It is the largest number with which all is done in time, and at least `update`, or 1.
        """
        least = max(1, update)
        most = least + max(0, int((self.seconds - elapsed) / self.costs.update))
        while least < most:
            middle = (least + most + 1) // 2
            if elapsed + self.left(cadence, middle, update=update) <= self.seconds:
                least = middle
            else:
                most = middle - 1
        return least

    def left(self, cadence: Cadence, updates: int, *, update: int) -> float:
        """Return the seconds from `update`, before it is evaluated, to the end of a run of `updates`."""
        evaluations = _count(cadence.evaluate_every, update, updates)
        saves = _count(cadence.save_every, update, updates)
        stops = evaluations if cadence.save_every % cadence.evaluate_every == 0 else evaluations + saves - 1
        costs = self.costs
        return (updates - update) * costs.update + evaluations * costs.evaluation + stops * costs.checkpoint + costs.end

    def correction(self, cadence: Cadence, *, update: int, elapsed: float) -> int | None:
        """Return after how many updates the run should end instead; None where it is on time or was just corrected."""
        if update < max(self._next_look, cadence.schedule_updates // FIRST_LOOK):
            return None
        end = elapsed + self.left(cadence, cadence.updates, update=update)
        if abs(end - self.seconds) <= max(TOLERANCE * self.seconds, self.costs.update):
            return None
        updates = self.fitting(cadence, update=update, elapsed=elapsed)
        if updates == cadence.updates:
            return None
        self._next_look = update + max(1, (updates - update) // LOOKS)
        return updates

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {"costs": asdict(self.costs), "recent": [list(one) for one in self._recent], "look": self._next_look}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the state of a checkpoint."""
        self.costs = Costs(**state["costs"])
        self._recent = deque(((float(seconds), float(tokens)) for seconds, tokens in state["recent"]), maxlen=RECENT)
        self._next_look = int(state["look"])


def _count(every: int, update: int, updates: int) -> int:
    """Return the multiples of `every` from `update` (or 1) to `updates`, which counts even where it is none."""
    return updates // every - (max(1, update) - 1) // every + (updates % every != 0)
