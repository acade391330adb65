"""AdamW with and without the correction of its start, against the formulas worked by hand."""

from __future__ import annotations

import math
from copy import deepcopy
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


def together() -> tuple[torch.optim.Optimizer, torch.nn.Parameter, torch.nn.Parameter, torch.nn.Parameter]:
    torch.manual_seed(0)
    inner, table, bias = (torch.nn.Parameter(torch.randn(shape)) for shape in [(6, 24), (9, 6), (6,)])
    moving = [
        RatedParameter("layer.weight", inner, in_layer=True),
        RatedParameter("table.weight", table),
        RatedParameter("layer.bias", bias, in_layer=True),
    ]
    config = TrainingConfig(learning_rate=0.01, optimizer="muon", weight_decay=0.1)
    return make_optimizer(moving, config), inner, table, bias


def test_muon_moves_matrices_of_layers_by_the_gradients_directions_and_adamw_the_rest() -> None:
    """Of G = U S V^T the step is rate x 0.2 sqrt(24) x U D V^T, D near 1; tables and biases take Adam's first step."""
    optimizer, inner, table, bias = together()
    before = [one.detach().clone() for one in (inner, table, bias)]
    for one in (inner, table, bias):
        one.grad = torch.randn(one.shape)
    optimizer.step()
    left, _, right = torch.linalg.svd(inner.grad, full_matrices=False)
    step = ((1 - 0.01 * 0.1) * before[0] - inner.detach()) / (0.01 * 0.2 * math.sqrt(24))
    within = left.T @ step @ right.T
    assert ((within.diag() > 0.6) & (within.diag() < 1.3)).all()
    assert (within - within.diag().diag()).abs().max() < 0.05  # the products are made in bf16
    assert torch.allclose(table.detach(), 0.999 * before[1] - 0.01 * table.grad.sign(), atol=1e-6)
    assert torch.allclose(bias.detach(), before[2] - 0.01 * bias.grad.sign(), atol=1e-6)


def test_muon_and_adamw_remember_through_a_state_dict() -> None:
    one, *own = together()
    other, *others = together()
    gradients = [torch.randn(weight.shape) for weight in own]

    def move(optimizer: torch.optim.Optimizer, weights: list[torch.nn.Parameter]) -> None:
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient.clone()
        optimizer.step()

    move(one, own)
    other.load_state_dict(deepcopy(one.state_dict()))  # torch would share the tensors
    with torch.no_grad():
        for weight, source in zip(others, own, strict=True):
            weight.copy_(source)
    move(one, own)
    move(other, others)
    assert all(torch.equal(weight, source) for weight, source in zip(others, own, strict=True))
