"""Early stopping: patience counted in evaluations, and its state."""

from __future__ import annotations

import math

from accent.training import Patience


def test_patience_runs_out_after_evaluations_without_a_better_score() -> None:
    patience = Patience(2)
    seen = [patience.observe(score, update) for update, score in enumerate([0.5, 0.7, 0.7, 0.6], start=1)]
    assert seen == [True, True, False, False]
    assert patience.exhausted
    assert (patience.best, patience.best_update) == (0.7, 2)


def test_lower_is_better_for_a_loss() -> None:
    patience = Patience(1, lower_is_better=True)
    assert patience.observe(1.0, 1)
    assert patience.observe(0.5, 2)
    assert not patience.observe(0.6, 3)
    assert patience.exhausted


def test_no_limit_never_stops_and_nan_is_never_best() -> None:
    patience = Patience(None)
    assert not patience.observe(math.nan, 1)
    assert patience.best is None
    assert not any(patience.observe(0.0, update) for update in range(3, 9)) or patience.best_update == 3
    assert not patience.exhausted


def test_a_restored_patience_has_what_was_left() -> None:
    patience = Patience(3)
    for update, score in enumerate([0.9, 0.1, 0.1], start=1):
        patience.observe(score, update)
    again = Patience(3)
    again.restore(patience.state())
    assert (again.best, again.best_update, again.waited) == (0.9, 1, 2)
    again.observe(0.1, 4)
    assert again.exhausted
