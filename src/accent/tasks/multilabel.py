"""Multilabel: any number of labels for a text or a pair of texts.

Expects a column of texts (or two) and the labels of each row: a list, a delimited string, or one column a label. The
loss is the binary cross-entropy of each label, the mean over the C labels summed over rows:

    L = - sum_b 1/C sum_c [ y_bc log s(z_bc) + (1 - y_bc) log (1 - s(z_bc)) ],    s(z) = 1 / (1 + e^-z)

A label is given where its probability reaches its threshold: 0.5, or with `threshold: tuned` the one that gives the
label its best F1 on the validation rows. Use classification instead when exactly one label is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from accent.config import METRICS, DecodingConfig, MultilabelConfig, TaskName
from accent.errors import ConfigError, DataError
from accent.evaluation import MultilabelScorer, PerRow, Scorer, multilabel_baselines, tune_thresholds
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

__all__ = ["Multilabel"]

_EVEN = 0.5


class Multilabel:
    """Any number of labels a row. Legend: B examples of a batch, R rows, C labels."""

    kind: ClassVar[TaskName] = "multilabel"
    head: HeadName = "sequence"
    problem_type: ClassVar[ProblemType | None] = "multi_label_classification"

    def __init__(
        self, labels: Sequence[str], *, thresholds: Sequence[float] | None = None, tunes: bool = False
    ) -> None:
        """Take the labels, each one's threshold (0.5 where none are given), and whether `tuned` shall tune them."""
        self._labels = tuple(labels)
        self._thresholds = tuple(thresholds or [_EVEN] * len(self._labels))
        self._tunes = tunes

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels."""
        return self._labels

    @property
    def tunes(self) -> bool:
        """Whether thresholds are tuned."""
        return self._tunes

    @property
    def metrics(self) -> tuple[str, ...]:
        """Micro F1 first: every label that is given or due counts the same."""
        return METRICS[self.kind]

    @classmethod
    def fit(cls, config: MultilabelConfig, splits: Mapping[str, Dataset]) -> Self:
        """Take the labels of all splits."""
        known = distinct(splits.values())
        if not known:
            raise DataError(
                "no row has a label", where="label_column", remedy="Give the column of labels with --label-column."
            )
        if config.threshold == "tuned" and not splits.get("validation"):
            raise ConfigError(
                "thresholds are tuned on validation rows, and there are none",
                where="task.threshold",
                remedy="Give --validation FILE or a --split with a share for validation, or leave --threshold out.",
            )
        return cls(label_names(known), tunes=config.threshold == "tuned")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take labels and thresholds of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"], thresholds=settings["thresholds"])

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return labels and thresholds."""
        return {"labels": list(self.labels), "thresholds": list(self._thresholds)}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts or pairs, with 1 for each label that a row has and 0 for the others."""
        targets = self.gold(columns).astype(np.float32) if labelled else None
        return encode_texts(columns, encoder, targets)

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the binary cross-entropy, the mean over labels summed over rows, in float32."""
        losses_BC = binary_cross_entropy_with_logits(outputs.logits.float(), targets["labels"], reduction="none")
        return SummedLoss(*weighed(losses_BC.mean(dim=1), targets))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the logits (B, C)."""
        return read_logits(model, batch)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return each label's probability (R, C), pooled over windows."""
        shares_EC = np.asarray(expit(stacked(readings, len(self.labels))))
        return pool_windows(examples.rows, shares_EC, encoder.long_texts.pool)

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the labels whose probability reaches their threshold, the likeliest first, and every probability."""
        return [self._answer(np.asarray(row)) for row in predictions]

    def gold(self, columns: Columns) -> npt.NDArray[np.int64]:
        """Return 1 for each label that a row has, 0 for the others (R, C)."""
        lists = columns["label"]
        gold_RC = np.zeros((len(lists), len(self.labels)), dtype=np.int64)
        rows = np.repeat(np.arange(len(lists)), np.asarray([len(labels) for labels in lists], dtype=np.int64))
        gold_RC[rows, numbered(list(chain.from_iterable(lists)), self.labels)] = 1
        return gold_RC

    def score(self, scorer: Scorer, columns: Columns, predictions: Predictions) -> list[float]:
        """Score rows."""
        return scorer.add(self.gold(columns), predictions)

    def expected(self, columns: Columns) -> Sequence[Any]:
        """Return the lists of labels."""
        return columns["label"]

    def scorer(self) -> Scorer:
        """Return micro, macro and sample F1 and the rest, at the thresholds."""
        return MultilabelScorer(self.labels, self._thresholds)

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return the labels' shares and those of TF-IDF with a logistic regression a label."""
        return multilabel_baselines(joined_texts(train), self.gold(train[:]), joined_texts(rows), seed=seed)

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:
        """Return the task with each label's best threshold for F1."""
        found = tune_thresholds(np.asarray(list(gold)), np.asarray(list(predictions)))
        return type(self)(self.labels, thresholds=[float(one) for one in found], tunes=True)

    def _answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        given = np.flatnonzero(probabilities_C >= np.asarray(self._thresholds))
        ranked = given[np.argsort(-probabilities_C[given], kind="stable")]
        scores = {label: float(share) for label, share in zip(self.labels, probabilities_C, strict=True)}
        labels = [{"label": self.labels[place], "score": float(probabilities_C[place])} for place in ranked]
        return {"labels": labels, "scores": scores}
