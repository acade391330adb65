"""Classification: one class of several for a text or a pair of texts.

Expects a column of texts (or two) and a column of labels. The loss is the cross-entropy of the label, summed over rows:

    L = - sum_b sum_c q_bc log softmax(z_b)_c,    q_bc = (1 - s) [c = y_b] + s / C

with label smoothing s (Szegedy et al. 2016, arXiv 1512.00567, section 7); s = 0 is the plain negative log-likelihood.
Weights of classes and the focal loss stand in `class_losses`, temperature and thresholds in `decisions`.
Use multilabel instead when a row can have several classes at once, regression when the label is a quantity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.special import softmax
from torch import Tensor

from accent.config import METRICS, ClassificationConfig, DecodingConfig, TaskName
from accent.evaluation import (
    GOALS,
    ClassScorer,
    PerRow,
    baselines,
    chosen,
    fit_temperature,
    tempered,
    tune_class_thresholds,
)
from accent.modeling import HeadName, ProblemType, family_named
from accent.tasks.class_losses import ClassLoss
from accent.tasks.decisions import Decision
from accent.tasks.examples import Batch, Examples
from accent.tasks.labels import counted, distinct, label_names, numbered
from accent.tasks.priors import log_shares
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
_PLAIN_LOSS, _PLAIN_DECISION = ClassLoss(), Decision()


class Classification:
    """One class of several. Legend: B examples of a batch, R rows, C classes."""

    kind: ClassVar[TaskName] = "classification"
    head: HeadName = "sequence"
    problem_type: ClassVar[ProblemType | None] = "single_label_classification"

    def __init__(
        self,
        labels: Sequence[str],
        *,
        loss: ClassLoss = _PLAIN_LOSS,
        pair: bool = True,
        decision: Decision = _PLAIN_DECISION,
    ) -> None:
        """Take the classes, their loss, whether rows are pairs, which can be ranked, and how answers are chosen."""
        self._labels = tuple(labels)
        self._loss = loss
        self._pair = pair
        self._decision = decision

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes."""
        return self._labels

    @property
    def tunes(self) -> bool:
        """Whether a temperature or thresholds are."""
        return self._decision.tunes

    @property
    def metrics(self) -> tuple[str, ...]:
        """Macro F1 first: every class counts the same."""
        return tuple(name for name in METRICS[self.kind] if self._pair or name not in RANKINGS)

    @classmethod
    def fit(cls, config: ClassificationConfig, splits: Mapping[str, Dataset]) -> Self:
        """Take the classes of all splits: where the audit was told to allow it, some may be in no training row."""
        names, train = label_names(distinct(splits.values())), splits["train"]
        return cls(
            names,
            loss=ClassLoss.of(config, counted(train, names)),
            pair="text_pair" in train.column_names,
            decision=Decision.of(config, splits),
        )

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], decoding: DecodingConfig | None = None) -> Self:
        """Take classes, thresholds and temperature of a saved model."""
        refuse_decoding(decoding, cls.kind)
        return cls(settings["labels"], decision=Decision.from_settings(settings))

    def aiming(self, metric: str | None) -> Self:
        """Return the task with thresholds tuned for the score that chooses the best checkpoint, if answers move it."""
        return self._deciding(replace(self._decision, goal=metric)) if metric in GOALS else self

    def suited(self, model_type: str) -> Self:
        """Return itself, where models of this type can do it."""
        family_named(model_type, self.head, where=f"--task {self.kind}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return classes, thresholds and temperature."""
        return {"labels": list(self.labels), **self._decision.settings()}

    def encode(self, columns: Columns, encoder: Encoder, *, labelled: bool) -> Examples:
        """Encode texts or pairs, with the class numbers of their labels."""
        return encode_texts(columns, encoder, numbered(columns["label"], self.labels) if labelled else None)

    def prior(self, examples: Examples) -> npt.NDArray[np.float64]:
        """Return the logarithm of the classes' shares."""
        return log_shares(examples.row_labels, len(self.labels), self._loss.weights)

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return the rows' losses summed, and the sum of their weights."""
        labels_B = targets["labels"]
        losses_B = self._loss.rows(outputs.logits, labels_B)
        return SummedLoss(*weighed(losses_B, targets, self._loss.row_weights(labels_B)))

    def read(self, model: PreTrainedModel, batch: Batch, encoder: Encoder, *, labelled: bool) -> PerRow:  # noqa: ARG002
        """Return the logits (B, C)."""
        return read_logits(model, batch)

    def join(self, examples: Examples, readings: Sequence[Any], encoder: Encoder) -> Predictions:
        """Return the classes' probabilities (R, C): a softmax in float64, pooled over windows, at the temperature."""
        shares_EC = np.asarray(softmax(stacked(readings, len(self.labels)), axis=-1))
        pooled_RC = pool_windows(examples.rows, shares_EC, encoder.long_texts.pool)
        return self.adjusted(pooled_RC / pooled_RC.sum(axis=1, keepdims=True))

    def adjusted(self, predictions: Predictions) -> npt.NDArray[np.float64]:
        """Return probabilities (R, C) of a task without a temperature, or of a baseline, at this one's."""
        return tempered(np.asarray(predictions), self._decision.temperature)

    def answers(self, predictions: Predictions) -> list[dict[str, Any]]:
        """Return the label of each row, its probability, and the probability of each."""
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
        return ClassScorer(self.labels, self._decision.thresholds, temperature=self._decision.temperature)

    def baselines(self, train: Dataset, rows: Dataset, *, seed: int) -> Mapping[str, Predictions]:
        """Return the probabilities of the majority and of TF-IDF with logistic regression."""
        labels = numbered(train["label"][:], self.labels)
        return baselines(joined_texts(train), labels, joined_texts(rows), len(self.labels), seed=seed)

    def tuned(self, gold: Iterable[Any], predictions: Iterable[Any]) -> Self:
        """Return the task with the temperature that suits these rows, and the thresholds that suit it there.

        `predictions` are probabilities without a temperature: of a task that was not tuned before, or of a baseline.
        """
        labels_M, shares_MC = np.asarray(list(gold)), np.asarray(list(predictions))
        found = self._decision
        if found.finds_temperature:
            found = replace(found, temperature=fit_temperature(labels_M, shares_MC))
        if found.finds_thresholds:
            thresholds_C = tune_class_thresholds(labels_M, tempered(shares_MC, found.temperature), goal=found.goal)
            found = replace(found, thresholds=tuple(thresholds_C.tolist()))
        return self._deciding(found)

    def _deciding(self, decision: Decision) -> Self:
        return type(self)(self.labels, loss=self._loss, pair=self._pair, decision=decision)

    def _answer(self, probabilities_C: npt.NDArray[np.float64]) -> dict[str, Any]:
        best = int(chosen(probabilities_C, self._decision.thresholds))
        scores = {label: float(share) for label, share in zip(self.labels, probabilities_C, strict=True)}
        return {"label": self.labels[best], "score": float(probabilities_C[best]), "scores": scores}
