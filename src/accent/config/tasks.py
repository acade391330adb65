"""What a row asks: a union tagged by `kind`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from accent.config.types import NonNegativeFloat, PositiveInt, Share, Text

__all__ = [
    "LOWER_IS_BETTER",
    "METRICS",
    "READ_IN_WINDOWS",
    "ClassificationConfig",
    "GenerationConfig",
    "MultilabelConfig",
    "QaConfig",
    "RegressionConfig",
    "SummarizationConfig",
    "TaggingConfig",
    "TaskConfig",
    "TaskName",
]

TaskName = Literal["classification", "multilabel", "regression", "tagging", "qa", "generation", "summarization"]


@dataclass(frozen=True, kw_only=True)
class ClassificationConfig:
    """One class of several for a text or a pair of texts."""

    kind: Literal["classification"] = "classification"
    """What a row asks."""
    label_smoothing: Share = 0.0
    """Probability mass spread evenly over all classes in the training loss."""
    class_weights: Literal["none", "balanced"] = "none"
    """What a training row counts: all the same, or more where its class is rare (balanced), so that classes count the
    same."""
    loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    """The training loss; focal takes less account of rows that the model is sure of and right about."""
    focal_gamma: NonNegativeFloat = 2.0
    """How much less: the exponent of the probability that is missing."""
    threshold: Literal["default", "tuned"] = "default"
    """From which probability on a class or label is the answer: the most probable class (of several labels, from 0.5
    on), or thresholds that are tuned on validation rows."""
    calibrate: Literal["none", "temperature"] = "none"
    """Whether a temperature is fitted on validation rows, so that probabilities mean what they say."""


@dataclass(frozen=True, kw_only=True)
class MultilabelConfig:
    """Any number of labels for a text or a pair of texts."""

    kind: Literal["multilabel"] = "multilabel"
    """What a row asks."""
    class_weights: Literal["none", "balanced"] = "none"
    """What rows with a label count for it: the same as those without, or more where they are fewer (balanced)."""
    loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    """The training loss; focal takes less account of labels that the model is sure of and right about."""
    focal_gamma: NonNegativeFloat = 2.0
    """How much less: the exponent of the probability that is missing."""
    threshold: Literal["default", "tuned"] = "default"
    """From which probability on a label is given: 0.5, or a probability for each label, tuned on validation rows."""
    calibrate: Literal["none", "temperature"] = "none"
    """Whether a temperature is fitted on validation rows, so that probabilities mean what they say."""


@dataclass(frozen=True, kw_only=True)
class RegressionConfig:
    """One or several numbers for a text or a pair of texts."""

    kind: Literal["regression"] = "regression"
    """What a row asks."""


@dataclass(frozen=True, kw_only=True)
class TaggingConfig:
    """A tag for each word: named entities, parts of speech."""

    kind: Literal["tagging"] = "tagging"
    """What a row asks."""
    scheme: Literal["auto", "bio", "iob1", "bilou", "plain"] = "auto"
    """How tags mark entities: B-/I-/O, its older form IOB1, BILOU, or plain tags such as parts of speech; auto looks at
    the training rows."""
    strays: Literal["refuse", "mend"] = "refuse"
    """An I- tag that continues nothing: an error that names it, or the start of an entity."""
    class_weights: Literal["none", "balanced"] = "none"
    """What a word counts: all the same, or more where its tag is rare (balanced), so that tags count the same."""
    loss: Literal["cross-entropy", "focal"] = "cross-entropy"
    """The training loss; focal takes less account of words that the model is sure of and right about."""
    focal_gamma: NonNegativeFloat = 2.0
    """How much less: the exponent of the probability that is missing."""


@dataclass(frozen=True, kw_only=True)
class QaConfig:
    """The passage of a context that answers a question."""

    kind: Literal["qa"] = "qa"
    """What a row asks."""
    answer_length: PositiveInt = 30
    """Tokens of an answer at most."""
    n_best: PositiveInt = 20
    """Candidates that are kept of each window."""


@dataclass(frozen=True, kw_only=True)
class GenerationConfig:
    """Text that goes on from a text."""

    kind: Literal["generation"] = "generation"
    """What a row asks."""
    loss_on: Literal["all", "completions"] = "all"
    """Which tokens are learned where rows are a prompt and its completion."""


@dataclass(frozen=True, kw_only=True)
class SummarizationConfig:
    """A short text for a long one."""

    kind: Literal["summarization"] = "summarization"
    """What a row asks."""
    prompt: Text | None = None
    """What stands before each text; without it "summarize: " for T5, "TL;DR:" after the text for causal models, and
    nothing for others."""
    summary_length: PositiveInt = 128
    """Tokens of a summary at most, in training and in answers."""


TaskConfig = (
    ClassificationConfig
    | MultilabelConfig
    | RegressionConfig
    | TaggingConfig
    | QaConfig
    | GenerationConfig
    | SummarizationConfig
)

METRICS: Mapping[str, tuple[str, ...]] = {
    "classification": (
        "f1_macro", "loss", "accuracy", "f1_micro", "f1_weighted", "matthews", "roc_auc", "map", "mrr",
    ),
    "multilabel": (
        "f1_micro", "loss", "f1_macro", "f1_weighted", "f1_samples", "exact", "average_precision_macro",
        "roc_auc_macro",
    ),
    "regression": ("pearson", "loss", "spearman", "mae", "rmse", "r2"),
    "tagging": ("f1", "f1_macro", "f1_weighted", "token_accuracy", "accuracy"),
    "qa": ("f1", "exact_match"),
    "generation": ("bits_per_byte", "loss", "perplexity"),
    "summarization": ("rougeL", "rouge1", "rouge2", "rougeLsum"),
}  # fmt: skip
"""The validation scores that can choose the best checkpoint of each task, its default first."""

READ_IN_WINDOWS = frozenset({"tagging", "qa", "generation"})
"""Tasks that read longer texts whole, in windows, where nothing is asked; the others cut them."""

LOWER_IS_BETTER = frozenset({"loss", "mae", "rmse", "perplexity", "bits_per_byte"})
"""Scores of which less is better."""
