"""What a student is told, against torch's own distributions, vectors by hand, and sums written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch.distributions import Bernoulli, Categorical, kl_divergence

from accent.modeling import SOFT_LOSSES, attention_losses, hidden_losses, soft_class_losses

ROWS, CLASSES = 6, 5


def logits(seed: int) -> torch.Tensor:
    return 3 * torch.randn(ROWS, CLASSES, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("temperature", [1.0, 2.0, 7.5])
def test_classes_are_compared_as_torchs_divergence_of_softened_distributions(temperature: float) -> None:
    student, teacher = logits(1), logits(2)
    expected = kl_divergence(Categorical(logits=teacher / temperature), Categorical(logits=student / temperature))
    torch.testing.assert_close(soft_class_losses(student, teacher, temperature), temperature**2 * expected)


def test_two_classes_by_hand() -> None:
    found = soft_class_losses(torch.tensor([[0.0, 0.0]]), torch.tensor([[math.log(3.0), 0.0]]), 1.0)
    assert float(found) == pytest.approx(0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5))


def test_at_a_high_temperature_the_gradient_is_that_of_a_mean_square_of_centred_outputs() -> None:
    student, teacher = logits(1).requires_grad_(), logits(2)
    soft_class_losses(student, teacher, 1e3).sum().backward()
    apart = (student - teacher).detach()
    expected = (apart - apart.mean(dim=1, keepdim=True)) / CLASSES  # Hinton et al. 2015, equation 4
    torch.testing.assert_close(student.grad, expected, rtol=2e-2, atol=2e-3)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_labels_are_compared_one_by_one_as_coins(temperature: float) -> None:
    student, teacher = logits(1), logits(2)
    coins = [Bernoulli(logits=one / temperature) for one in (teacher, student)]
    expected = temperature**2 * kl_divergence(*coins).mean(dim=1)
    found = SOFT_LOSSES["multi_label_classification"](student, teacher, temperature)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_numbers_are_compared_as_they_are_whatever_the_temperature() -> None:
    student, teacher = torch.tensor([[1.0, 4.0], [2.0, 2.0]]), torch.tensor([[3.0, 1.0], [2.0, 2.0]])
    assert SOFT_LOSSES["regression"](student, teacher, 5.0).tolist() == [(4.0 + 9.0) / 2, 0.0]


def test_tags_are_classes() -> None:
    assert SOFT_LOSSES[None] is SOFT_LOSSES["single_label_classification"] is soft_class_losses


def test_hidden_states_are_compared_by_their_angle_alone() -> None:
    teacher = torch.tensor([[2.0, 0.0], [2.0, 0.0], [2.0, 0.0], [1.0, 1.0]])
    student = torch.tensor([[0.5, 0.0], [0.0, 9.0], [-1.0, 0.0], [3.0, 0.0]])
    expected = torch.tensor([0.0, 1.0, 2.0, 1.0 - math.sqrt(0.5)])
    torch.testing.assert_close(hidden_losses(student, teacher), expected)


def test_attention_maps_are_compared_head_by_head_and_averaged() -> None:
    chance = torch.Generator().manual_seed(3)
    student, teacher = (torch.rand(2, 3, 4, 4, generator=chance).softmax(dim=-1) for _ in range(2))
    found = attention_losses(student, teacher)
    assert found.shape == (2, 4)
    for row, token in ((0, 0), (1, 3)):
        terms = [
            float(
                teacher[row, head, token, seen]
                * math.log(teacher[row, head, token, seen] / student[row, head, token, seen])
            )
            for head in range(3)
            for seen in range(4)
        ]
        assert float(found[row, token]) == pytest.approx(sum(terms) / 3, rel=1e-5)


def test_what_both_do_not_see_costs_nothing() -> None:
    teacher = torch.tensor([[[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]]])
    student = torch.tensor([[[[1.0, 0.0, 0.0], [0.25, 0.75, 0.0]]]])
    expected = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    torch.testing.assert_close(attention_losses(student, teacher), torch.tensor([[0.0, expected]]))


@pytest.mark.parametrize("kind", list(SOFT_LOSSES))
def test_who_says_the_same_has_nothing_to_learn_and_half_precision_is_worked_out_in_float32(kind: str) -> None:
    student, teacher = logits(1).bfloat16(), logits(2).bfloat16()
    found = SOFT_LOSSES[kind](student, teacher, 2.0)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, SOFT_LOSSES[kind](student.float(), teacher.float(), 2.0))
    assert float(found.min()) > 0
    assert SOFT_LOSSES[kind](teacher, teacher, 2.0).abs().max() < 1e-6
