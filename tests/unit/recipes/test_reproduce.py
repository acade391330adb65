"""What of a run's record stands in the configuration of the run that is to be equal to it."""

from __future__ import annotations

from typing import Any

import pytest

from accent.config import TrainingConfig
from accent.recipes.reproduce import _budgeted, _training
from accent.records import Record

ENDS = [[0, 40], [2, 55], [30, 54]]
BUDGET = {"seconds": 600.0, "ends": ENDS, "evaluate_every": 7, "costs": {}}


def recorded(**training: Any) -> Record:
    return Record(command=[], config={}, seed=1, training=training)


def test_a_recommended_rate_is_the_recorded_one() -> None:
    """A later Accent may recommend another."""
    facts = {"precision": "bf16", "learning_rate": 3e-5}
    found = _training(TrainingConfig(), facts)
    assert (found.learning_rate, found.precision) == (3e-5, "bf16")
    assert _training(TrainingConfig(learning_rate=1e-4), facts).learning_rate == 1e-4
    assert _training(TrainingConfig(epochs=2.0), facts).epochs == 2.0


def test_a_time_budget_becomes_the_updates_that_it_had_room_for() -> None:
    found = _training(TrainingConfig(time_budget="10m"), {"time_budget": BUDGET})
    assert (found.time_budget, found.epochs, found.updates, found.evaluate_every) == (None, None, 54, 7)
    asked = _training(TrainingConfig(time_budget="10m", evaluate_every=5), {"time_budget": BUDGET})
    assert asked.evaluate_every == 5


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (None, []),
        (BUDGET | {"ends": ENDS[:1]}, ["a time budget of 600 s was given and 40 updates are taken for it"]),
        (
            BUDGET,
            [
                "a time budget of 600 s was given and 54 updates are taken for it; the run moved its end at "
                "update 2, 30, so that its rates were others"
            ],
        ),
    ],
)
def test_why_scores_may_differ_is_said(budget: dict[str, Any] | None, said: list[str]) -> None:
    assert _budgeted(recorded() if budget is None else recorded(time_budget=budget)) == said
