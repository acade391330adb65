"""Regression: one or several numbers for a text or a pair of texts.

Expects a column of texts (or two) and one or several columns of numbers. Targets are scaled to mean 0 and standard
deviation 1 over the training rows, and answers are given back in the numbers' own units. The loss is the squared
error of the scaled numbers, the mean over the K numbers summed over rows:

    L = sum_b 1/K sum_k (z_bk - (y_bk - m_k) / s_k)^2

Use classification instead when the numbers are names: a few grades without distances between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.nn.functional import mse_loss

from accent.config import METRICS, DecodingConfig, RegressionConfig, TaskName
from accent.errors import DataError
from accent.evaluation import PerRow, QuantityScorer, Scorer, quantity_baselines
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.examples import Batch, Examples
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.texts import encode_texts, joined_texts, pool_windows, read_logits, stacked, weighed
from accent.tasks.writing import refuse_decoding
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Regression"]

Floats = npt.NDArray[np.float64]


class Regression:
    """One or several numbers a row. Legend: B examples of a batch, R rows, K numbers."""

    kind: ClassVar[TaskName] = "regression"
    head: HeadName = "sequence"
    problem_type: ClassVar[ProblemType | None] = "regression"

    def __init__(self, names: Sequence[str], *, means: Sequence[float], scales: Sequence[float]) -> None:
        """Take the numbers' names, and each one's mean and standard deviation over the training rows."""
        self._names = tuple(names)
        self._means_K = np.asarray(means, dtype=np.float64)
        self._scales_K = np.asarray(scales, dtype=np.float64)

    @property
    def labels(self) -> tuple[str, ...]:
        """The numbers' names."""
        return self._names

    @property
    def tunes(self) -> bool:
        """Nothing is tuned."""
        return False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Pearson's correlation first."""
        return METRICS[self.kind]

    @classmethod
    def fit(cls, config: RegressionConfig, splits: Mapping[str, Dataset]) -> Self:  # noqa: ARG003 - nothing is set
        """Take names, means and standard deviations from the training rows."""
        train = splits["train"]
        numbers_RK = np.asarray(train["label"][:], dtype=np.float64)
        same = np.ptp(numbers_RK, axis=0) == 0
        if same.any():
            raise DataError(
                f"all training rows have the same number, {numbers_RK[0][int(same.argmax())]:g}",
                where="label_column",
                remedy="Give the column of numbers that are to be learned with --label-column.",
            )
        count = numbers_RK.shape[1]
        names = ["value"] if count == 1 else [f"value_{place}" for place in range(1, count + 1)]
        return cls(names, means=numbers_RK.mean(axis=0).tolist(), scales=numbers_RK.std(axis=0).tolist())

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take names and scales of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"], means=settings["means"], scales=settings["scales"])

    def named(self, names: Sequence[str]) -> Self:
        """Return the task with other names for its numbers, such as those of their columns."""
        return type(self)(names, means=self._means_K.tolist(), scales=self._scales_K.tolist())

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return names and scales."""
        return {"labels": list(self._names), "means": self._means_K.tolist(), "scales": self._scales_K.tolist()}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts or pairs, with the scaled numbers."""
        scaled_RK = ((self.gold(columns) - self._means_K) / self._scales_K).astype(np.float32) if labelled else None
        return encode_texts(columns, encoder, scaled_RK)

    def prior(self, examples: Examples) -> None:  # noqa: ARG002
        """Return None: targets are scaled to a mean of zero."""
        return

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the squared error of the scaled numbers, the mean over numbers summed over rows, in float32."""
        losses_BK = mse_loss(outputs.logits.float(), targets["labels"], reduction="none")
        return SummedLoss(*weighed(losses_BK.mean(dim=1), targets))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the scaled numbers (B, K)."""
        return read_logits(model, batch)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return the numbers in their own units (R, K), pooled over windows."""
        scaled_EK = stacked(readings, len(self._names))
        return pool_windows(examples.rows, scaled_EK * self._scales_K + self._means_K, encoder.long_texts.pool)

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the number of each row; where there are several, each by its name."""
        if len(self._names) == 1:
            return [{"value": float(row[0])} for row in predictions]
        return [
            {"values": {name: float(one) for name, one in zip(self._names, row, strict=True)}} for row in predictions
        ]

    def gold(self, columns: Columns) -> Floats:
        """Return the numbers (R, K); a row with more or fewer of them than the model is a DataError."""
        numbers = columns["label"]
        odd = next((len(row) for row in numbers if len(row) != len(self._names)), None)
        if odd is not None:
            raise DataError(
                f"the rows have {odd} numbers, and the model answers {len(self._names)}",
                where="label_column",
                remedy="Name as many columns of numbers with --label-column as the model was trained on.",
            )
        return np.asarray(numbers, dtype=np.float64).reshape(len(numbers), len(self._names))

    def score(self, scorer: Scorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Score rows."""
        return scorer.add(self.gold(columns), predictions)

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the numbers, alone where there is one a row."""
        return [row[0] if len(row) == 1 else row for row in columns["label"]]

    def scorer(self) -> Scorer:
        """Return correlations and errors in the numbers' own units."""
        return QuantityScorer(self._names, spreads=self._scales_K.tolist())

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return the mean of the training rows, and ridge regression on TF-IDF."""
        return quantity_baselines(joined_texts(train), self.gold(train[:]), joined_texts(rows), seed=seed)

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:  # noqa: ARG002 - nothing to tune
        """Return itself: a number needs no threshold."""
        return self
