"""Early stopping: patience counted in evaluations, and its state; which of scores that differ by luck is chosen."""

from __future__ import annotations

import math

import pytest

from accent.training import Patience


def test_patience_runs_out_after_evaluations_without_a_better_score() -> None:
    patience = Patience(2)
    seen = [patience.observe(score, update) for update, score in enumerate([0.5, 0.7, 0.7, 0.6], start=1)]
    assert seen == [True, True, False, False]
    assert patience.exhausted
    assert (patience.chosen, patience.chosen_update) == (0.7, 2)


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
    assert not any(patience.observe(0.0, update) for update in range(3, 9)) or patience.chosen_update == 3
    assert not patience.exhausted


def test_a_restored_patience_has_what_was_left() -> None:
    patience = Patience(3)
    for update, score in enumerate([0.9, 0.1, 0.1], start=1):
        patience.observe(score, update)
    again = Patience(3)
    again.restore(patience.state())
    assert (again.best, again.chosen, again.chosen_update, again.waited) == (0.9, 0.9, 1, 2)
    again.observe(0.1, 4)
    assert again.exhausted


def test_a_later_score_within_a_standard_error_is_chosen_and_does_not_count_as_better() -> None:
    # of 100 rows the standard error of 0.8 is 0.04
    patience = Patience(None, rows=100, within=1.0)
    scores = [0.5, 0.8, 0.75, 0.761, 0.79, 0.70]
    assert [patience.observe(score, update) for update, score in enumerate(scores)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    assert (patience.best, patience.chosen, patience.chosen_update, patience.waited) == (0.8, 0.79, 4, 4)


def test_a_new_best_may_leave_what_was_chosen_behind() -> None:
    patience = Patience(None, rows=100, within=1.0)
    assert [patience.observe(score, update) for update, score in enumerate([0.5, 0.46, 0.9, 0.5])] == [
        True,
        True,
        True,
        False,
    ]
    assert (patience.chosen, patience.chosen_update) == (0.9, 2)


@pytest.mark.parametrize(
    "patience",
    [
        Patience(None, rows=100, within=0.0),
        Patience(None, rows=0, within=1.0),
        Patience(None, lower_is_better=True, rows=100, within=1.0),
    ],
)
def test_without_a_margin_only_what_is_better_is_chosen(patience: Patience) -> None:
    first, second = (0.5, 0.501) if patience.lower_is_better else (0.5, 0.499)
    assert patience.observe(first, 1)
    assert not patience.observe(second, 2)
    assert not patience.observe(first, 3)
    assert patience.chosen_update == 1


def test_a_score_that_is_no_share_has_no_standard_error() -> None:
    patience = Patience(None, rows=100, within=1.0)
    assert patience.observe(31.0, 1)
    assert not patience.observe(30.9, 2)
