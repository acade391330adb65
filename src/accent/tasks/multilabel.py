"""Multilabel: any number of labels for a text or a pair of texts.

Expects a column of texts (or two) and the labels of each row: a list, a delimited string, or one column a label. The
loss is the binary cross-entropy of each label, the mean over the C labels summed over rows:

    L = - sum_b 1/C sum_c [ y_bc log s(z_bc) + (1 - y_bc) log (1 - s(z_bc)) ],    s(z) = 1 / (1 + e^-z)

A label is given where its probability reaches its threshold: 0.5, or with `threshold: tuned` the one that gives the
label its best F1 on the validation rows. Weights of labels and the focal loss stand in `class_losses`, temperature and
thresholds in `decisions`. Use classification instead when exactly one label is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from torch import Tensor

from accent.config import METRICS, DecodingConfig, MultilabelConfig, TaskName
from accent.errors import DataError
from accent.evaluation import (
    MultilabelScorer,
    PerRow,
    Scorer,
    either,
    fit_temperature,
    multilabel_baselines,
    tempered,
    tune_thresholds,
)
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.class_losses import LabelsLoss
from accent.tasks.decisions import Decision
from accent.tasks.examples import Batch, Examples
from accent.tasks.labels import counted, distinct, label_names, numbered
from accent.tasks.priors import log_odds
from accent.tasks.protocol import Columns, Predictions, SummedLoss
from accent.tasks.texts import encode_texts, joined_texts, pool_windows, read_logits, stacked, weighed
from accent.tasks.writing import refuse_decoding
from accent.tokenization import Encoder

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import PreTrainedModel

__all__ = ["Multilabel"]

_EVEN = 0.5
_PLAIN_LOSS, _PLAIN_DECISION = LabelsLoss(), Decision()


class Multilabel:
    """Any number of labels a row. Legend: B examples of a batch, R rows, C labels."""

    kind: ClassVar[TaskName] = "multilabel"
    head: HeadName = "sequence"
    problem_type: ClassVar[ProblemType | None] = "multi_label_classification"

    def __init__(
        self, labels: Sequence[str], *, loss: LabelsLoss = _PLAIN_LOSS, decision: Decision = _PLAIN_DECISION
    ) -> None:
        """Take the labels, their loss, and how answers are chosen: at thresholds of 0.5 where it has none."""
        self._labels = tuple(labels)
        self._loss = loss
        self._decision = replace(decision, thresholds=decision.thresholds or (_EVEN,) * len(self._labels))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels."""
        return self._labels

    @property
    def tunes(self) -> bool:
        """Whether a temperature or thresholds are."""
        return self._decision.tunes

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
        names, train = label_names(known), splits["train"]
        loss = LabelsLoss.of(config, counted(train, names), len(train))
        return cls(names, loss=loss, decision=Decision.of(config, splits))

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take labels, thresholds and temperature of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"], decision=Decision.from_settings(settings))

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return labels, thresholds and temperature."""
        return {"labels": list(self.labels), **self._decision.settings()}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts or pairs, with 1 for each label that a row has and 0 for the others."""
        targets = self.gold(columns).astype(np.float32) if labelled else None
        return encode_texts(columns, encoder, targets)

    def prior(self, examples: Examples) -> npt.NDArray[np.float64]:
        """Return the logarithm of the labels' odds."""
        return log_odds(examples.row_labels, self._loss.weights)

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the mean loss of its labels, summed over rows."""
        return SummedLoss(*weighed(self._loss.rows(outputs.logits, targets["labels"]), targets))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the logits (B, C)."""
        return read_logits(model, batch)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return each label's probability (R, C), pooled over windows, at the temperature."""
        shares_EC = np.asarray(expit(stacked(readings, len(self.labels))))
        return self.adjusted(pool_windows(examples.rows, shares_EC, encoder.long_texts.pool))

    def adjusted(self, predictions: Predictions) -> npt.NDArray[np.float64]:
        """Return probabilities (R, C) of a task without a temperature, or of a baseline, at this one's."""
        shares_RC = np.asarray(predictions, dtype=np.float64)
        if self._decision.temperature == 1.0:
            return shares_RC
        return np.asarray(tempered(either(shares_RC), self._decision.temperature)[..., 1])

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
        found = self._decision
        return MultilabelScorer(self.labels, found.thresholds or _EVEN, temperature=found.temperature)

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return the labels' shares and those of TF-IDF with a logistic regression a label."""
        return multilabel_baselines(joined_texts(train), self.gold(train[:]), joined_texts(rows), seed=seed)

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:
        """Return the task with the temperature that suits these rows, and each label's best threshold for F1 there.

        `predictions` are probabilities without a temperature: of a task that was not tuned before, or of a baseline.
        """
        gold_MC, shares_MC = np.asarray(list(gold)), np.asarray(list(predictions))
        found = self._decision
        if found.finds_temperature:
            cells = either(shares_MC).reshape(-1, 2)
            found = replace(found, temperature=fit_temperature(gold_MC.ravel(), cells))
        fitted = type(self)(self.labels, loss=self._loss, decision=found)
        if not found.finds_thresholds:
            return fitted
        thresholds = tuple(tune_thresholds(gold_MC, fitted.adjusted(shares_MC)).tolist())
        return type(self)(self.labels, loss=self._loss, decision=replace(found, thresholds=thresholds))

    def _answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        given = np.flatnonzero(probabilities_C >= np.asarray(self._decision.thresholds))
        ranked = given[np.argsort(-probabilities_C[given], kind="stable")]
        scores = {label: float(share) for label, share in zip(self.labels, probabilities_C, strict=True)}
        labels = [{"label": self.labels[place], "score": float(probabilities_C[place])} for place in ranked]
        return {"labels": labels, "scores": scores}
