"""Losses of classes that are not alike, against scikit-learn, torch, and values worked by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from accent.config import ClassificationConfig, MultilabelConfig, TaggingConfig
from accent.tasks import Classification, Multilabel, Tagging
from accent.tasks.class_losses import ClassLoss, LabelsLoss, balanced_weights, positive_weights

LABELS = torch.tensor([0, 0, 0, 1, 2, 0, 2, 0])
LOGITS = torch.randn(8, 3, generator=torch.Generator().manual_seed(0)) * 2
MARKS = (torch.rand(8, 3, generator=torch.Generator().manual_seed(1)) > 0.6).float()


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS.numpy())
    assert balanced_weights([5, 1, 2]) == pytest.approx(expected.tolist())
    # Three classes, one of them without rows: 8 rows of 2 classes.
    assert balanced_weights([6, 0, 2]) == pytest.approx((8 / 12, 1.0, 8 / 4))


def test_rows_with_a_rare_label_count_as_much_as_those_without() -> None:
    assert positive_weights(np.array([2, 8, 10, 0]), 10) == pytest.approx((4.0, 0.25, 1.0, 1.0))


def test_weighted_cross_entropy_is_that_of_torch() -> None:
    weights = (0.5, 2.0, 1.25)
    task = Classification(["a", "b", "c"], loss=ClassLoss(weights=weights))
    found = task.loss(SimpleNamespace(logits=LOGITS), {"labels": LABELS})
    assert found.weight == pytest.approx(5 * 0.5 + 2.0 + 2 * 1.25)
    expected = cross_entropy(LOGITS, LABELS, weight=torch.tensor(weights))
    assert float(found.total) / found.weight == pytest.approx(float(expected), rel=1e-6)


def test_windows_of_a_row_share_its_weight() -> None:
    """Rows of classes 0 and 1 and weights 1 and 3; the second is read in two windows of weight 1/2."""
    task = Classification(["a", "b"], loss=ClassLoss(weights=(1.0, 3.0)))
    logits = torch.tensor([[0.0, 0.0], [math.log(3.0), 0.0], [0.0, math.log(3.0)]])
    targets = {"labels": torch.tensor([0, 1, 1]), "weights": torch.tensor([1.0, 0.5, 0.5])}
    found = task.loss(SimpleNamespace(logits=logits), targets)
    assert found.weight == 4.0
    assert float(found.total) == pytest.approx(math.log(2) + 1.5 * (math.log(4) + math.log(4 / 3)))


def test_focal_loss_by_hand() -> None:
    """p = 0.9 of the right class: 0.1^2 x -log 0.9; p = 0.25: 0.75^2 x log 4."""
    logits = torch.log(torch.tensor([[0.9, 0.1], [0.75, 0.25]]))
    losses = ClassLoss(gamma=2.0).rows(logits, torch.tensor([0, 1]))
    assert losses.tolist() == pytest.approx([-0.01 * math.log(0.9), 0.5625 * math.log(4.0)], rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_an_exponent_of_nearly_zero_is_the_cross_entropy(smoothing: float) -> None:
    found = ClassLoss(gamma=1e-7, smoothing=smoothing).rows(LOGITS, LABELS)
    expected = cross_entropy(LOGITS, LABELS, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_smoothed_focal_loss_is_the_mean_over_targets() -> None:
    found = ClassLoss(gamma=1.5, smoothing=0.3).rows(LOGITS, LABELS)
    shares = LOGITS.softmax(dim=1)
    target = 0.7 * torch.eye(3)[LABELS] + 0.1
    expected = -(target * (1 - shares) ** 1.5 * shares.log()).sum(dim=1)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_sure_rows_have_finite_gradients(gamma: float) -> None:
    logits = torch.tensor([[200.0, 0.0, -200.0], [-200.0, 0.0, 200.0]], requires_grad=True)
    losses = ClassLoss(gamma=gamma, smoothing=0.1).rows(logits, torch.tensor([0, 0]))
    labels = LabelsLoss(gamma=gamma).rows(logits, torch.tensor([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]))
    (losses.sum() + labels.sum()).backward()
    assert torch.isfinite(losses).all()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_the_focal_gradient_is_that_of_the_formula() -> None:
    logits = LOGITS.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda z: _in_double(ClassLoss(gamma=2.0), z), (logits,), eps=1e-3, atol=1e-3)


def _in_double(loss: ClassLoss, logits: torch.Tensor) -> torch.Tensor:
    return loss.rows(logits, LABELS).double()


def test_labels_with_weights_are_torchs() -> None:
    weights = (0.5, 3.0, 2.0)
    task = Multilabel(["a", "b", "c"], loss=LabelsLoss(weights=weights))
    found = task.loss(SimpleNamespace(logits=LOGITS), {"labels": MARKS})
    expected = binary_cross_entropy_with_logits(LOGITS, MARKS, pos_weight=torch.tensor(weights))
    assert found.weight == 8.0
    assert float(found.total) / 8 == pytest.approx(float(expected), rel=1e-6)


def test_focal_labels_follow_the_formula() -> None:
    weights = torch.tensor([0.5, 3.0, 2.0])
    shares = LOGITS.double().sigmoid()
    given = weights * (1 - shares) ** 2 * shares.log()
    absent = shares**2 * (1 - shares).log()
    expected = -(MARKS * given + (1 - MARKS) * absent).mean(dim=1)
    found = LabelsLoss(gamma=2.0, weights=tuple(weights.tolist())).rows(LOGITS, MARKS)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-7)


def test_tags_are_weighed_by_word() -> None:
    logits = torch.tensor([[[0.0, 0.0], [math.log(3.0), 0.0], [9.0, 9.0]]])
    task = Tagging(["O", "X"], entities=False, loss=ClassLoss(weights=(1.0, 5.0)))
    found = task.loss(SimpleNamespace(logits=logits), {"labels": torch.tensor([[0, 1, -100]])})
    assert found.weight == 6.0
    assert float(found.total) == pytest.approx(math.log(2) + 5 * math.log(4))


def test_losses_are_made_as_they_are_asked_for() -> None:
    plain = ClassificationConfig(label_smoothing=0.1)
    assert ClassLoss.of(plain, [5, 1, 2]) == ClassLoss(smoothing=0.1)
    focal = TaggingConfig(loss="focal", focal_gamma=1.0, class_weights="balanced")
    assert ClassLoss.of(focal, [6, 2]) == ClassLoss(gamma=1.0, weights=balanced_weights([6, 2]))
    many = MultilabelConfig(loss="focal", class_weights="balanced")
    assert LabelsLoss.of(many, np.array([2, 5]), 10) == LabelsLoss(gamma=2.0, weights=(4.0, 1.0))
    assert LabelsLoss.of(MultilabelConfig(), np.array([2, 5]), 10) == LabelsLoss()
