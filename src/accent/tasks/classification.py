"""Classification: one class of several for a text or a pair of texts.

Expects a column of texts (or two) and a column of labels. The loss is the cross-entropy of the label, summed over rows:

    L = - sum_b sum_c q_bc log softmax(z_b)_c,    q_bc = (1 - s) [c = y_b] + s / C

with label smoothing s (Szegedy et al. 2016, arXiv 1512.00567, section 7); s = 0 is the plain negative log-likelihood.
Use multilabel instead when a row can have several classes at once, regression when the label is a quantity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from torch import Tensor
from torch.nn.functional import cross_entropy

from accent.errors import DataError
from accent.tasks.protocol import SummedLoss

__all__ = ["Classification"]

_LABELS_SHOWN = 8


class Classification:
    """One class of several. Legend: B rows, C classes."""

    kind: ClassVar[str] = "classification"

    def __init__(self, labels: Sequence[str], *, label_smoothing: float = 0.0) -> None:
        self.labels = tuple(labels)
        self.label_smoothing = label_smoothing
        self._index = {label: index for index, label in enumerate(self.labels)}

    def targets(self, labels: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the class index of each label; a label that the task does not know is a DataError."""
        unknown = sorted(set(labels) - self._index.keys())
        if unknown:
            more = ", ..." if len(self.labels) > _LABELS_SHOWN else ""
            raise DataError(
                f"label {unknown[0]!r} is not one of the model's {len(self.labels)} classes",
                where=f"known: {', '.join(self.labels[:_LABELS_SHOWN])}{more}",
                remedy="Mend the label, leave those rows out, or fine-tune on data that has the class.",
            )
        return np.fromiter((self._index[label] for label in labels), dtype=np.int64, count=len(labels))

    def loss(self, logits_BC: Tensor, targets_B: Tensor) -> SummedLoss:
        """Return the cross-entropy summed over rows, in float32 whatever the logits' dtype."""
        total = cross_entropy(logits_BC.float(), targets_B, reduction="sum", label_smoothing=self.label_smoothing)
        return SummedLoss(total, float(targets_B.shape[0]))

    def probabilities(self, logits_BC: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """Return the softmax over classes, in float64 so that rows sum to one."""
        return np.asarray(softmax(logits_BC.astype(np.float64), axis=-1), dtype=np.float64)

    def answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        """Return the most probable label, its probability, and the probability of each."""
        best = int(probabilities_C.argmax())
        scores = {label: float(p) for label, p in zip(self.labels, probabilities_C, strict=True)}
        return {"label": self.labels[best], "score": float(probabilities_C[best]), "scores": scores}
