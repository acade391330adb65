"""Losses of classes that are not alike: weights for rare ones, and less weight for rows that are easy.

Of one class a row, with the target's shares q (label smoothing s spreads a part of it evenly), its weight w and p the
softmax of the logits:

    L = sum_b w_y l_b / sum_b w_y,    l_b = - sum_c q_bc (1 - p_bc)^g log p_bc,    q_bc = (1 - s) [c = y_b] + s / C

g = 0 is the cross-entropy, g > 0 the focal loss (Lin et al. 2017, arXiv 1708.02002, equation 4). Balanced weights are
w_c = n / (K n_c) for n training rows, n_c of them of class c, and K classes that have rows: scikit-learn's.

Of several labels a row, with p the sigmoid and w_c = (rows without the label) / (rows with it) for rows that have it:

    l_b = - 1/C sum_c [ w_c y_bc (1 - p_bc)^g log p_bc + (1 - y_bc) p_bc^g log (1 - p_bc) ]

Legend: B rows or words, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, logsigmoid

from accent.config import ClassificationConfig, MultilabelConfig, TaggingConfig

__all__ = ["ClassLoss", "LabelsLoss", "balanced_weights", "positive_weights"]

_SMALLEST = 1e-12
"""What is left to learn of a sure row at least: its power has no gradient at 0."""


@dataclass(frozen=True, kw_only=True)
class ClassLoss:
    """The loss of one class a row."""

    gamma: float = 0.0
    """Focal loss's exponent; 0 is the cross-entropy."""
    smoothing: float = 0.0
    """Share of the target that all classes have alike."""
    weights: tuple[float, ...] | None = None
    """Each class's weight, None for 1."""

    @classmethod
    def of(
        cls, config: ClassificationConfig | TaggingConfig, counts_C: Sequence[int] | npt.NDArray[np.int64]
    ) -> ClassLoss:
        """Make the loss that `config` asks for; `counts_C` are the classes' training rows."""
        return cls(
            gamma=config.focal_gamma if config.loss == "focal" else 0.0,
            smoothing=getattr(config, "label_smoothing", 0.0),
            weights=balanced_weights(counts_C) if config.class_weights == "balanced" else None,
        )

    def rows(self, logits_BC: Tensor, labels_B: Tensor) -> Tensor:
        """Return each row's loss (B,), before its weight, in float32 whatever the logits' dtype."""
        logits_BC = logits_BC.float()
        if self.gamma == 0.0:
            return cross_entropy(logits_BC, labels_B, reduction="none", label_smoothing=self.smoothing)
        logs_BC = logits_BC.log_softmax(dim=1)
        hard_BC = (-torch.expm1(logs_BC)).clamp_min(_SMALLEST) ** self.gamma
        losses_BC = -hard_BC * logs_BC
        own_B = losses_BC.gather(1, labels_B[:, None])[:, 0]
        return (1.0 - self.smoothing) * own_B + self.smoothing * losses_BC.mean(dim=1) if self.smoothing else own_B

    def row_weights(self, labels_B: Tensor) -> Tensor | None:
        """Return each row's weight (B,), None where all are 1."""
        if self.weights is None:
            return None
        return torch.tensor(self.weights, dtype=torch.float32, device=labels_B.device)[labels_B]


@dataclass(frozen=True, kw_only=True)
class LabelsLoss:
    """The loss of any number of labels a row."""

    gamma: float = 0.0
    """Focal loss's exponent; 0 is the binary cross-entropy."""
    weights: tuple[float, ...] | None = None
    """Of each label, the weight of the rows that have it, None for 1."""

    @classmethod
    def of(cls, config: MultilabelConfig, counts_C: npt.NDArray[np.int64], rows: int) -> LabelsLoss:
        """Make the loss that `config` asks for; of `rows` training rows, `counts_C` have each label."""
        return cls(
            gamma=config.focal_gamma if config.loss == "focal" else 0.0,
            weights=positive_weights(counts_C, rows) if config.class_weights == "balanced" else None,
        )

    def rows(self, logits_BC: Tensor, targets_BC: Tensor) -> Tensor:
        """Return each row's loss (B,), the mean over its labels, in float32 whatever the logits' dtype."""
        logits_BC = logits_BC.float()
        weights_C = None if self.weights is None else torch.tensor(self.weights, device=logits_BC.device)
        if self.gamma == 0.0:
            losses_BC = binary_cross_entropy_with_logits(logits_BC, targets_BC, reduction="none", pos_weight=weights_C)
            return losses_BC.mean(dim=1)
        given_BC, absent_BC = logsigmoid(logits_BC), logsigmoid(-logits_BC)  # log p, log (1 - p)
        held_BC = (self.gamma * absent_BC).exp() * given_BC
        held_BC = held_BC if weights_C is None else held_BC * weights_C
        return -(targets_BC * held_BC + (1.0 - targets_BC) * (self.gamma * given_BC).exp() * absent_BC).mean(dim=1)


def balanced_weights(counts_C: Sequence[int] | npt.NDArray[np.int64]) -> tuple[float, ...]:
    """Return n / (K n_c) for each class; a class without rows, which no loss is taken on, gets 1."""
    found_C = np.asarray(counts_C, dtype=np.float64)
    held = found_C > 0
    weights_C = np.divide(found_C.sum() / max(1, held.sum()), found_C, out=np.ones_like(found_C), where=held)
    return tuple(weights_C.tolist())


def positive_weights(counts_C: npt.NDArray[np.int64], rows: int) -> tuple[float, ...]:
    """Return rows without over rows with each label; one that all rows have, or none, gets 1."""
    found_C = np.asarray(counts_C, dtype=np.float64)
    told = (found_C > 0) & (found_C < rows)
    return tuple(np.divide(rows - found_C, found_C, out=np.ones_like(found_C), where=told).tolist())
