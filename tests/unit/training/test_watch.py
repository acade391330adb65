"""Warnings from losses and scores alone: each said of the run that deserves it, once, and not of a healthy one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable

import numpy as np
import pytest

from accent.training import Watch

CHANCE = np.random.default_rng(7)


def noisy(curve: Iterable[float], noise: float = 0.08) -> list[float]:
    return [value + noise * float(CHANCE.normal()) for value in curve]


def said(watch: Watch, losses: list[float], *, norms: float = 0.5, updates: int | None = None) -> list[tuple[int, str]]:
    """Return what is said after which update of a run of `updates`."""
    whole = updates or len(losses)
    return [
        (update, advice.what)
        for update, loss in enumerate(losses, start=1)
        for advice in watch.updated(loss, norms, share=update / whole)
    ]


def evaluated(watch: Watch, training: float, scores: dict[str, float], share: float = 0.5) -> list[str]:
    """Let the mean training loss be `training`, evaluate, and return what is said."""
    watch.since = [training, 1.0]
    return [advice.what for advice in watch.evaluated(scores, share=share)]


def test_a_healthy_run_is_left_in_peace() -> None:
    falling = [0.1 + 0.6 * math.exp(-update / 60) for update in range(400)]
    watch = Watch(metric="f1_macro", rows=500, max_grad_norm=1.0)
    assert said(watch, noisy(falling), norms=7.0) == []
    for share, training, loss, score in ((0.3, 0.5, 0.4, 0.8), (0.6, 0.2, 0.35, 0.88), (1.0, 0.1, 0.37, 0.9)):
        scores = {"f1_macro": score, "loss": loss, "accuracy": score, "commonest_answer": 0.6}
        assert evaluated(watch, training, scores, share) == []
    assert watch.told == []


def test_a_loss_that_stays_where_it_began_is_told_after_a_quarter() -> None:
    losses = noisy([math.log(2)] * 800, noise=0.02)
    found = said(Watch(), losses)
    assert [update for update, _ in found] == [200]
    assert re.match(r"the loss has (not|hardly) fallen in 200 updates: 0\.69\d at first, 0\.69\d now", found[0][1])
    assert [update for update, _ in said(Watch(), losses[:120], updates=120)] == [100]
    assert said(Watch(), losses[:90]) == []  # too few to tell
    assert said(Watch(fresh=False), losses) == []  # a model that knows its task has little to learn


def test_clipped_gradients_and_no_fall_are_a_rate_too_high() -> None:
    found = said(Watch(max_grad_norm=1.0), noisy([0.69] * 400, noise=0.02), norms=30.0)
    assert [update for update, _ in found] == [100]
    assert "gradients are clipped in 100%" in found[0][1]
    falling = noisy([0.1 + 0.6 * math.exp(-update / 60) for update in range(400)])
    assert said(Watch(max_grad_norm=1.0), falling, norms=30.0) == []


def test_a_loss_that_comes_back_is_told() -> None:
    curve = [0.7 - 0.004 * update for update in range(100)] + [0.7] * 100
    found = said(Watch(fresh=False), noisy(curve, noise=0.02))
    assert len(found) == 1
    assert 110 < found[0][0] < 150
    assert "has come back" in found[0][1]


def test_a_loss_that_doubles_is_told_soon() -> None:
    found = said(Watch(), [0.7] * 12 + [2.5] * 12, updates=1000)
    assert [update for update, _ in found] == [20]
    assert "has risen from 0.700 to" in found[0][1]


def test_a_loss_that_rises_beyond_chance_is_told_after_a_window() -> None:
    """From 0.62 to 0.80: with losses 0.1 off, 3 errors are 3 sqrt(0.01 / 10 + 0.01 / 50) = 0.10; 0.3 off, 0.31."""

    def swinging(off: float, late: float) -> list[float]:
        return [level + off * (-1) ** update for update, level in enumerate([0.62] * 10 + [late] * 90)]

    found = said(Watch(), swinging(0.1, 0.8), updates=1000)
    assert [update for update, _ in found] == [50]
    assert "has risen from 0.620 to 0.764" in found[0][1]
    assert said(Watch(), swinging(0.3, 0.8), updates=1000) == []
    assert said(Watch(), swinging(0.01, 0.73), updates=1000) == []  # by less than a fifth


def test_a_loss_that_hardly_moves_is_told_at_the_end() -> None:
    creeping = [0.69 - 0.0003 * update for update in range(200)]
    found = said(Watch(), creeping)
    assert [update for update, _ in found] == [200]
    assert "hardly moved in the whole run, from 0.683 to 0.638" in found[0][1]
    assert said(Watch(), creeping, updates=400) == []


def test_one_answer_for_all_rows_is_told_the_second_time_or_at_the_end() -> None:
    scores = {"f1_macro": 0.4, "accuracy": 0.7, "loss": 0.6, "commonest_answer": 1.0}
    watch = Watch(metric="f1_macro", updates=50)
    assert evaluated(watch, 0.6, scores) == []
    assert evaluated(watch, 0.6, scores) == ["one class is predicted for all validation rows"]
    assert evaluated(watch, 0.6, scores) == []
    early = Watch(metric="f1_macro", updates=49)
    assert [what for _ in range(4) for what in evaluated(early, 0.6, scores)] == []
    assert len(evaluated(early, 0.6, scores, share=1.0)) == 1
    assert evaluated(Watch(metric="f1_macro"), 0.6, scores | {"accuracy": 1.0}, share=1.0) == []  # and rightly so
    between = Watch(metric="f1_macro")
    for share in (1.0 - 1e-9, 0.9, 1.0):
        scores["commonest_answer"] = share
        assert evaluated(between, 0.6, scores) == []


def test_finding_nothing_is_told_of_labels_and_tags() -> None:
    watch = Watch(metric="f1", updates=50)
    assert evaluated(watch, 0.6, {"f1": 0.0, "token_accuracy": 0.8}) == []
    assert evaluated(watch, 0.6, {"f1": 0.0, "token_accuracy": 0.8}) == ["nothing is found in the validation rows"]
    assert len(evaluated(Watch(metric="f1_micro"), 0.6, {"f1_micro": 0.0, "loss": 0.4}, share=1.0)) == 1
    assert evaluated(Watch(metric="pearson"), 0.6, {"pearson": 0.0, "loss": 0.4}, share=1.0) == []


@pytest.mark.parametrize(
    ("evaluations", "is_told"),
    [
        ([(0.5, 0.40, 0.80), (0.3, 0.42, 0.80), (0.1, 0.50, 0.79)], True),
        ([(0.5, 0.40, 0.80), (0.3, 0.42, 0.82), (0.1, 0.50, 0.81)], False),  # the score has gained
        ([(0.5, 0.40, 0.80), (0.3, 0.42, 0.80), (0.4, 0.50, 0.79)], False),  # training rises, too
        ([(0.5, 0.40, 0.80), (0.3, 0.39, 0.80), (0.1, 0.50, 0.79)], False),  # the loss has risen once only
        ([(0.5, 0.40, 0.80), (0.3, 0.41, 0.80), (0.1, 0.42, 0.79)], False),  # hardly
    ],
)
def test_validation_that_parts_from_training_is_told(
    evaluations: list[tuple[float, float, float]], is_told: bool
) -> None:
    watch, found = Watch(metric="f1_macro"), []
    for training, loss, score in evaluations:
        found += evaluated(watch, training, {"f1_macro": score, "loss": loss, "commonest_answer": 0.6})
    assert bool(found) == is_told
    if is_told:
        assert found[0].startswith("the validation loss has risen from 0.400 to 0.500 while the training loss fell")


def test_a_task_without_a_validation_loss_parts_by_its_score() -> None:
    watch, found = Watch(metric="f1"), []
    for training, score in ((0.5, 0.80), (0.3, 0.79), (0.1, 0.77)):
        found += evaluated(watch, training, {"f1": score})
    assert [what.split(":")[0] for what in found] == [
        "validation has been getting worse while the training loss fell to 0.100"
    ]
    slight = Watch(metric="f1")
    pairs = ((0.5, 0.80), (0.3, 0.79), (0.1, 0.785))
    assert [what for training, score in pairs for what in evaluated(slight, training, {"f1": score})] == []
    losses = Watch(metric="loss", lower_is_better=True)
    found = [what for loss in (0.4, 0.5, 0.6) for what in evaluated(losses, 1.0 - loss, {"loss": loss})]
    assert len(found) == 1


def test_perfection_is_suspicious_on_rows_enough() -> None:
    perfect = {"f1_macro": 1.0, "accuracy": 1.0, "loss": 0.01, "commonest_answer": 0.5}
    found = evaluated(Watch(metric="f1_macro", rows=50), 0.1, perfect)
    assert found == ["f1_macro is 1.000 on 50 validation rows, which is suspiciously good"]
    assert evaluated(Watch(metric="f1_macro", rows=49), 0.1, perfect) == []
    assert evaluated(Watch(metric="f1_macro", rows=50), 0.1, perfect | {"f1_macro": 0.998}) == []
    assert evaluated(Watch(metric="loss", lower_is_better=True, rows=50), 0.1, perfect)[0].startswith("accuracy is 1")
    assert evaluated(Watch(metric="rmse", lower_is_better=True, rows=50), 0.1, {"rmse": 5.0}) == []


def test_losses_that_are_not_finite_are_no_losses() -> None:
    watch = Watch()
    assert watch.updated(math.nan, math.nan, share=0.1) == []
    assert watch.updates == 0


@pytest.mark.parametrize("place", [1, 30, 77, 140])
def test_a_watch_that_is_resumed_says_what_it_would_have_said(place: int) -> None:
    losses = noisy([0.7 - 0.004 * update for update in range(100)] + [0.7] * 100, noise=0.02)
    scores = {"f1_macro": 0.4, "accuracy": 0.7, "loss": 0.6, "commonest_answer": 1.0}

    def whole(resumed_at: int | None) -> list[str]:
        watch, found = Watch(metric="f1_macro", max_grad_norm=1.0), []
        for update, loss in enumerate(losses, start=1):
            found += [advice.what for advice in watch.updated(loss, 2.0, share=update / 200)]
            if update % 70 == 0:
                found += [advice.what for advice in watch.evaluated(scores, share=update / 200)]
            if update == resumed_at:
                kept = json.loads(json.dumps(watch.state()))
                watch = Watch(metric="f1_macro", max_grad_norm=1.0)
                watch.restore(kept)
        return found

    assert whole(place) == whole(None)
    assert len(whole(None)) == 2
