"""A time budget: what fits, and that a run which is paced by it ends on time whatever its parts turn out to cost."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from accent.config import ScheduleConfig
from accent.training import Budget, Cadence, Costs, rate_share

COSTS = Costs(update=1.0, evaluation=5.0, checkpoint=2.0, scoring=2.0, ending=3.0)


def drive(
    budget: Budget,
    cadence: Cadence,
    *,
    update: Callable[[int], float],
    evaluation: float,
    checkpoint: float,
    begin: float = 0.0,
) -> tuple[float, int]:
    """Run a training on a clock of its own; return when it ends, with its end, and after how many updates."""
    clock, taken = begin, 0
    cadence.updates = budget.first_guess(cadence, elapsed=clock)
    while taken < cadence.updates:
        clock += update(taken)
        budget.note_update(update(taken), 100)
        taken += 1
        moved = budget.correction(cadence, update=taken, elapsed=clock)
        if moved is not None:
            cadence.move_end(taken, moved)
        if cadence.evaluates(taken):
            clock += evaluation
            budget.note_evaluation(evaluation)
        if cadence.saves(taken):
            clock += checkpoint
            budget.note_checkpoint(checkpoint)
    return clock + 2.0 * evaluation + 3.0, taken


def test_what_is_left_by_hand() -> None:
    budget = Budget(1000.0, COSTS, tokens=100)
    cadence = Cadence(25, 10, 10)
    # 25 updates; evaluations and checkpoints at 10, 20, 25; then two evaluations' worth of scoring, and 3.
    assert budget.left(cadence, 25, update=0) == 25 + 3 * (5 + 2) + 2 * 5 + 3
    # At update 20, before it is evaluated: 5 updates, evaluations at 20 and 25.
    assert budget.left(cadence, 25, update=20) == 5 + 2 * (5 + 2) + 13
    # Saving every 4: at 4, 8, 12, and 13 with the last evaluation, beside that at 10.
    assert budget.left(Cadence(13, 10, 4), 13, update=0) == 13 + 2 * 5 + 5 * 2 + 13


@pytest.mark.parametrize("elapsed", [0.0, 17.5, 60.0])
@pytest.mark.parametrize("update", [0, 7, 10])
def test_the_largest_number_that_fits(update: int, elapsed: float) -> None:
    budget = Budget(100.0, COSTS, tokens=100)
    cadence = Cadence(1, 10, 10)
    found = budget.fitting(cadence, update=update, elapsed=elapsed)
    fits = [n for n in range(max(1, update), 200) if elapsed + budget.left(cadence, n, update=update) <= 100.0]
    assert found == max(fits, default=max(1, update))


def test_where_nothing_fits_the_run_ends_at_once() -> None:
    budget = Budget(10.0, COSTS, tokens=100)
    assert budget.fitting(Cadence(1, 5, 5), update=3, elapsed=50.0) == 3
    assert budget.fitting(Cadence(1, 5, 5), update=0, elapsed=50.0) == 1


@pytest.mark.parametrize(
    ("update", "evaluation"),
    [
        (lambda _: 1.0, 5.0),  # as guessed
        (lambda _: 3.0, 15.0),  # three times as slow
        (lambda _: 0.1, 1.0),  # ten times as fast
        (lambda taken: 0.5 if taken < 200 else 1.5, 5.0),  # slower in the middle, as when more layers move
        (lambda taken: 1.5 if taken < 100 else 0.5, 5.0),  # faster
        (lambda taken: 0.6 + 0.8 * (taken * 7919 % 100) / 100, 4.0),  # of all lengths
    ],
)
def test_a_run_ends_within_five_percent_of_its_budget(update: Callable[[int], float], evaluation: float) -> None:
    cadence = Cadence(1, 150, 150)
    end, _ = drive(Budget(1200.0, COSTS, tokens=100), cadence, update=update, evaluation=evaluation, checkpoint=2.0)
    assert 0.95 * 1200 <= end <= 1.02 * 1200
    assert len(cadence.aims) <= 60


def test_what_went_before_the_updates_counts() -> None:
    cadence = Cadence(1, 150, 150)
    end, taken = drive(
        Budget(1200.0, COSTS, tokens=100), cadence, update=lambda _: 1.0, evaluation=5.0, checkpoint=2.0, begin=600.0
    )
    assert 0.95 * 1200 <= end <= 1.02 * 1200
    assert taken < 600


def test_linear_decay_reaches_zero_at_the_moved_end_without_a_jump() -> None:
    cadence = Cadence(1, 150, 150)
    _, taken = drive(Budget(1200.0, COSTS, tokens=100), cadence, update=lambda _: 2.0, evaluation=5.0, checkpoint=2.0)
    schedule = ScheduleConfig(kind="linear", warmup_ratio=0.06)
    rates = [rate_share(schedule, cadence.position(update), cadence.schedule_updates) for update in range(taken)]
    assert max(rates) > 0.95
    assert rates[-1] < 3 / taken
    assert max(abs(one - other) for one, other in pairwise(rates)) < 0.15
    assert cadence.position(taken) == pytest.approx(cadence.schedule_updates)


def test_the_first_guess_is_rather_long_and_a_run_may_go_on_past_it() -> None:
    budget = Budget(100.0, Costs(50.0, 0.0, 0.0, 0.0, 0.0), tokens=100)
    cadence = Cadence(1, 1000, 1000)
    assert budget.first_guess(cadence, elapsed=0.0) == 20
    end, taken = drive(budget, cadence, update=lambda _: 0.1, evaluation=0.0, checkpoint=0.0)
    assert 95 <= end <= 104  # drive adds an ending of 3 that the costs do not know
    assert taken > 900


def test_evaluations_take_at_most_a_fifth_of_the_time() -> None:
    assert Budget(100.0, COSTS, tokens=100).evaluate_every(5) == 20
    assert Budget(100.0, COSTS, tokens=100).evaluate_every(50) == 50


def test_the_cost_of_an_update_is_of_mean_tokens() -> None:
    budget = Budget(100.0, COSTS, tokens=100)
    for _ in range(200):
        budget.note_update(6.0, 300)
    assert budget.costs.update == pytest.approx(2.0)


def test_state_survives_a_checkpoint() -> None:
    budget = Budget(1000.0, COSTS, tokens=100)
    for taken in range(30):
        budget.note_update(0.5 + 0.01 * taken, 90 + taken)
    budget.note_checkpoint(4.0)
    cadence = Cadence(400, 50, 50)
    assert budget.correction(cadence, update=30, elapsed=20.0) is not None
    again = Budget(1000.0, COSTS, tokens=100)
    again.restore(budget.state())
    for one in (budget, again):
        one.note_update(0.9, 70)
    assert again.costs == budget.costs
    for update in range(31, 200):
        elapsed = 30.0 + update
        expected = budget.correction(cadence, update=update, elapsed=elapsed)
        assert again.correction(cadence, update=update, elapsed=elapsed) == expected
