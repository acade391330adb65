"""What every task offers: examples from rows, a loss from outputs, predictions, answers, scores and baselines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor

from accent.config import DecodingConfig, TaskName
from accent.evaluation import PerRow, Scorer
from accent.modeling import HeadName, ProblemType, SummedLoss
from accent.tasks.examples import Batch, Examples
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Columns", "Predictions", "SummedLoss", "Task"]

Columns = Mapping[str, Sequence[Any]]
"""Some rows by standard column: `text`, where there are such `text_pair` and `label`, and the rows' origin."""
Predictions = PerRow
"""One prediction a row, in the form that the task's scorer takes and its `answers` put into words."""


class Task(Protocol):
    """What a row asks, how the answer is read, how it is scored. It knows its labels, and is made in three ways.

    `fit` reads them off the rows, `from_settings` takes them from accent.json, and `tuned` returns a copy with the
    thresholds that validation rows suggest.
    """

    kind: ClassVar[TaskName]
    head: HeadName
    """The output layer that answers it."""
    problem_type: ClassVar[ProblemType | None]
    """What transformers' config.json calls the loss of a sequence classifier; None for other heads."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the model's outputs; empty where it writes text."""
        ...

    @property
    def tunes(self) -> bool:
        """Whether `tuned` has anything to tune."""
        ...

    @property
    def metrics(self) -> tuple[str, ...]:
        """The validation scores that can choose the best checkpoint, the default first."""
        ...

    @classmethod
    def fit(cls, config: Any, splits: Mapping[str, Dataset]) -> Self:
        """Make the task of these rows. Raises DataError where they do not suit it."""
        ...

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Make the task of a saved model from what `settings` returned."""
        ...

    def suited(self, model_type: str) -> Self:
        """Return the task as this family of models does it, by the `model_type` of its config.json.

        Raises BaseModelError where the family cannot do it.
        """
        ...

    def settings(self) -> dict[str, Any]:
        """Return what answering needs beside the model, for accent.json: `labels` always among it."""
        ...

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Turn rows into examples, with targets where they are labelled. Raises DataError for unknown labels."""
        ...

    def prior(self, examples: Examples) -> npt.NDArray[np.float64] | None:
        """Return what the outputs of a new head say before it has learned, one number an output; None for zeros."""
        ...

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Compare the model's outputs with the targets of a batch."""
        ...

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:
        """Run the model on a batch and keep what a prediction needs of each example: no logits of a vocabulary.

        `labelled` tells scoring from answering for tasks whose score is not made from their answers.
        """
        ...

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Turn the readings of all examples of some rows into one prediction a row."""
        ...

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Put predictions into the words that users get."""
        ...

    def gold(self, columns: Columns) -> PerRow:
        """Return what the scorer compares predictions with."""
        ...

    def score(self, scorer: Any, columns: Columns, predictions: Predictions) -> list[float]:
        """Give rows and their predictions to one of the task's scorers, and return each row's credit."""
        ...

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the rows' labels as JSON, in a form that can be laid beside the answers."""
        ...

    def scorer(self) -> Scorer:
        """Return a new scorer without rows."""
        ...

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return what a model must beat: by name, predictions for `rows` learned from `train` without a transformer."""
        ...

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:
        """Return the task with thresholds tuned on validation rows, or itself where it tunes none."""
        ...
