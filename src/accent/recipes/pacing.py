"""How long a run is: the epochs or updates that were asked for, or as many updates as a time budget holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from accent.config import LearningConfig
from accent.config.quantities import seconds_of
from accent.training import Budget, Cadence, Costs, Evaluated, Event, Plan, Updated, World

__all__ = ["Pace", "Rehearse", "asked_cadence"]

Rehearse = Callable[[float], tuple[Costs, float]]
"""Called with the seconds it may take at most, returns what a run's parts cost and the tokens of a mean update."""

DEFAULT_EPOCHS, MOST_EPOCHS, FEWEST_UPDATES = 3.0, 30.0, 300
"""Where nothing is asked: a few passes, and more over few rows (Mosbach et al. 2021, arXiv 2006.04884)."""
REHEARSAL = 0.025
"""The share of a time budget that may be spent on finding out what the run's parts cost."""


def asked_cadence(config: LearningConfig, plan: Plan) -> Cadence:
    """Return the cadence of a run without a time budget."""
    epochs = config.epochs or min(MOST_EPOCHS, max(DEFAULT_EPOCHS, FEWEST_UPDATES / plan.updates_per_epoch))
    updates = config.updates or math.ceil(epochs * plan.updates_per_epoch)
    return _cadence(config, updates, plan.updates_per_epoch)


class Pace:
    """A run's cadence and, with a time budget, what keeps it on time: the end is moved as the parts show their cost.

    Where several processes share the run, each hears the same events, and the main one decides for all.
    """

    def __init__(self, cadence: Cadence, budget: Budget | None = None) -> None:
        """Take a cadence as it is; make one from a configuration with `begin`, or from a checkpoint with `resume`."""
        self.cadence = cadence
        self._budget = budget
        self._before = 0.0

    @classmethod
    def begin(
        cls,
        config: LearningConfig,
        plan: Plan,
        world: World,
        *,
        rehearse: Rehearse,
        elapsed: Callable[[], float],
    ) -> Pace:
        """Return the pace of a new run.

        With a time budget the run's parts are rehearsed; `elapsed` returns the seconds since the run began.
        """
        if config.time_budget is None:
            return cls(asked_cadence(config, plan))
        seconds = seconds_of(config.time_budget)
        costs, tokens = rehearse(REHEARSAL * seconds)
        shared = world.from_main({**asdict(costs), "tokens": tokens, "elapsed": elapsed()} if world.is_main else None)
        elapsed_then, tokens = shared.pop("elapsed"), shared.pop("tokens")
        budget = Budget(seconds, Costs(**shared), tokens=tokens)
        cadence = _cadence(config, 1, budget.evaluate_every(plan.updates_per_epoch))
        cadence.updates = budget.first_guess(cadence, elapsed=elapsed_then)
        return cls(cadence, budget)

    @classmethod
    def resume(cls, config: LearningConfig, plan: Plan, state: Mapping[str, Any] | None) -> Pace:
        """Return the pace of a run that goes on, from what its checkpoint kept."""
        if config.time_budget is None or state is None:
            return cls(asked_cadence(config, plan))
        budget = Budget(seconds_of(config.time_budget), Costs(**state["budget"]["costs"]), tokens=state["tokens"])
        budget.restore(state["budget"])
        cadence = _cadence(config, int(state["updates"]), int(state["evaluate_every"]))
        cadence.aims = [(int(begin), int(end)) for begin, end in state["aims"]]
        pace = cls(cadence, budget)
        pace._before = float(state["elapsed"])
        return pace

    def hear(self, event: Event, elapsed: float, world: World) -> dict[str, Any] | None:
        """Take note of what an event cost; return what is to be told where the end of the run was moved."""
        budget = self._budget
        if budget is None:
            return None
        if isinstance(event, Evaluated):
            budget.note_evaluation(event.seconds)
        if not isinstance(event, Updated):
            return None
        budget.note_update(event.seconds, event.report.padded)
        before, gone = self.cadence.updates, self._before + elapsed
        decided = budget.correction(self.cadence, update=event.update, elapsed=gone) if world.is_main else None
        after = int(world.from_main({"updates": decided or before} if world.is_main else None)["updates"])
        if after == before:
            return None
        self.cadence.move_end(event.update, after)
        return {"update": event.update, "updates": after, "before": before, "seconds": gone}

    def kept(self, seconds: float) -> None:
        """Take note of what a checkpoint cost."""
        if self._budget is not None:
            self._budget.note_checkpoint(seconds)

    def summary(self) -> dict[str, Any]:
        """Return what the run's record says: the time it had, and where its end was moved."""
        if self._budget is None:
            return {}
        budget, cadence = self._budget, self.cadence
        ends = [list(aim) for aim in cadence.aims or [(0, cadence.updates)]]
        facts = {"seconds": budget.seconds, "ends": ends, "evaluate_every": cadence.evaluate_every}
        return {"time_budget": facts | {"costs": asdict(budget.costs)}}

    def state(self, elapsed: float) -> dict[str, Any] | None:
        """Return what a checkpoint must keep, None where there is no time budget."""
        if self._budget is None:
            return None
        cadence = self.cadence
        return {
            "updates": cadence.updates,
            "evaluate_every": cadence.evaluate_every,
            "aims": [list(aim) for aim in cadence.aims],
            "elapsed": self._before + elapsed,
            "tokens": self._budget.tokens,
            "budget": self._budget.state(),
        }


def _cadence(config: LearningConfig, updates: int, evaluate_every: int) -> Cadence:
    every = config.evaluate_every or evaluate_every
    return Cadence(updates, every, config.save_every or every)
