"""AdamW with and without the correction of its start, against the formulas worked by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from accent.config import ScheduleConfig, TrainingConfig
from accent.strategies import RatedParameter
from accent.training.optimizers import UncorrectedAdamW, make_optimizer
from tests.unit.training.tiny import tiny_learner

GRADIENTS = (0.5, -2.0, 0.1)


def taken(*, corrected: bool, decay: float = 0.1) -> list[float]:
    """Return a weight that begins at 1 after each of three steps of rate 0.01."""
    weight = torch.nn.Parameter(torch.ones(1, 1, dtype=torch.float64))
    config = TrainingConfig(learning_rate=0.01, weight_decay=decay, bias_correction=corrected)
    optimizer = make_optimizer([RatedParameter("w", weight)], config)
    found = []
    for gradient in GRADIENTS:
        weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
        found.append(float(weight.detach()))
    return found


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_three_steps_are_those_of_the_formula(corrected: bool, decay: float) -> None:
    weight, mean, square, expected = 1.0, 0.0, 0.0, []
    for step, gradient in enumerate(GRADIENTS, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        by_mean, by_square = (1 - 0.9**step, 1 - 0.999**step) if corrected else (1.0, 1.0)
        weight *= 1 - 0.01 * decay
        weight -= 0.01 * (mean / by_mean) / (math.sqrt(square / by_square) + 1e-8)
        expected.append(weight)
    assert taken(corrected=corrected, decay=decay) == pytest.approx(expected, rel=1e-9)


def test_the_first_step_without_correction_is_about_three_times_as_large() -> None:
    """By hand: 0.01 x 0.1 x 0.5 / (sqrt(0.001) x 0.5) = 0.001 / 0.0316 = 0.0316, against 0.01."""
    plain, corrected = (1.0 - taken(corrected=one, decay=0.0)[0] for one in (False, True))
    assert plain == pytest.approx(0.0316228, rel=1e-5)
    assert corrected == pytest.approx(0.01, rel=1e-6)


def test_a_weight_without_a_gradient_stays_and_a_closure_is_called() -> None:
    still, moved = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(2))
    optimizer = UncorrectedAdamW([still, moved], lr=0.1)

    def closure() -> float:
        loss = (moved**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    assert optimizer.step(closure) == 2.0
    assert torch.equal(still, torch.ones(2))
    assert (moved < 1.0).all()


def test_its_state_goes_through_a_folder_bit_by_bit(tmp_path: Path) -> None:
    flat = ScheduleConfig(kind="constant", warmup_ratio=0.0)
    config = TrainingConfig(batch_size=16, learning_rate=1e-3, schedule=flat, bias_correction=False)
    one, other, usual = tiny_learner(config), tiny_learner(config), tiny_learner()
    rows = np.arange(16)
    for update in range(2):
        one.update(rows, update, 9)
        usual.update(rows, update, 9)
    one.save(tmp_path)
    other.load(tmp_path)
    assert [one.update(rows, update, 9) for update in (2, 3)] == [other.update(rows, update, 9) for update in (2, 3)]
