"""Classification: one class of several for a text or a pair of texts.

Expects a column of texts (or two) and a column of labels. The loss is the cross-entropy of the label, summed over rows:

    L = - sum_b sum_c q_bc log softmax(z_b)_c,    q_bc = (1 - s) [c = y_b] + s / C

with label smoothing s (Szegedy et al. 2016, arXiv 1512.00567, section 7); s = 0 is the plain negative log-likelihood.
Use multilabel instead when a row can have several classes at once, regression when the label is a quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from torch import Tensor
from torch.nn.functional import cross_entropy

from accent.config import METRICS, ClassificationConfig, DecodingConfig, TaskName
from accent.evaluation import ClassScorer, PerRow, baselines
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.examples import Batch, Examples
from accent.tasks.labels import distinct, label_names, numbered
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.texts import encode_texts, joined_texts, pool_windows, read_logits, stacked, weighed
from accent.tasks.writing import refuse_decoding
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Classification"]

RANKINGS = ("map", "mrr")
"""Scores of pairs only: how well the candidates that share a first text are ranked."""


class Classification:
    """One class of several. Legend: B examples of a batch, R rows, C classes."""

    kind: ClassVar[TaskName] = "classification"
    head: HeadName = "sequence"
    problem_type: ClassVar[ProblemType | None] = "single_label_classification"

    def __init__(self, labels: Sequence[str], *, label_smoothing: float = 0.0, pair: bool = True) -> None:
        """Take the classes, the smoothing of their targets, and whether rows are pairs, which can be ranked."""
        self._labels = tuple(labels)
        self._label_smoothing = label_smoothing
        self._pair = pair

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes."""
        return self._labels

    @property
    def tunes(self) -> bool:
        """Nothing is tuned."""
        return False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Macro F1 first: every class counts the same."""
        return tuple(name for name in METRICS[self.kind] if self._pair or name not in RANKINGS)

    @classmethod
    def fit(cls, config: ClassificationConfig, splits: Mapping[str, Dataset]) -> Self:
        """Take the classes of all splits: where the audit was told to allow it, some may be in no training row."""
        names = label_names(distinct(splits.values()))
        return cls(names, label_smoothing=config.label_smoothing, pair="text_pair" in splits["train"].column_names)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take the classes of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"])

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return the classes."""
        return {"labels": list(self.labels)}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts or pairs, with the class numbers of their labels."""
        return encode_texts(columns, encoder, numbered(columns["label"], self.labels) if labelled else None)

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the cross-entropy summed over rows, in float32 whatever the logits' dtype."""
        logits_BC = outputs.logits.float()
        losses_B = cross_entropy(logits_BC, targets["labels"], reduction="none", label_smoothing=self._label_smoothing)
        return SummedLoss(*weighed(losses_B, targets))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the logits (B, C)."""
        return read_logits(model, batch)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return the classes' probabilities (R, C): a softmax in float64, pooled over windows, rows sum to one."""
        shares_EC = np.asarray(softmax(stacked(readings, len(self.labels)), axis=-1))
        pooled_RC = pool_windows(examples.rows, shares_EC, encoder.long_texts.pool)
        return np.asarray(pooled_RC / pooled_RC.sum(axis=1, keepdims=True))

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the most probable label of each row, its probability, and the probability of each."""
        return [self._answer(np.asarray(row)) for row in predictions]

    def gold(self, columns: Columns) -> npt.NDArray[np.int64]:
        """Return the class numbers (R,)."""
        return numbered(columns["label"], self.labels)

    def score(self, scorer: ClassScorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Score rows; pairs that share a first text, such as answers to one question, are also scored as a ranking."""
        return scorer.add(self.gold(columns), predictions, columns["text"] if "text_pair" in columns else None)

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the labels."""
        return columns["label"]

    def scorer(self) -> ClassScorer:
        """Return accuracy, F1 and the rest, with the table of confusions."""
        return ClassScorer(self.labels)

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return the probabilities of the majority and of TF-IDF with logistic regression."""
        labels = numbered(train["label"][:], self.labels)
        return baselines(joined_texts(train), labels, joined_texts(rows), len(self.labels), seed=seed)

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:  # noqa: ARG002 - nothing to tune
        """Return itself: the most probable class is the answer."""
        return self

    def _answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        best = int(probabilities_C.argmax())
        scores = {label: float(share) for label, share in zip(self.labels, probabilities_C, strict=True)}
        return {"label": self.labels[best], "score": float(probabilities_C[best]), "scores": scores}
