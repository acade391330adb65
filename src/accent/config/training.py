"""How a model learns: the optimizer, its schedule, batches, evaluation and checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from accent.config.types import Decay, Duration, NonNegativeFloat, Positive, PositiveInt, Precision, Rate, Share, Text

__all__ = ["LearningConfig", "ScheduleConfig", "TrainingConfig"]


@dataclass(frozen=True, kw_only=True)
class ScheduleConfig:
    """The learning rate over the updates, as a share of its peak."""

    kind: Literal["linear", "cosine", "constant", "wsd"] = "linear"
    """After warm-up: a straight line to zero, half a cosine, constant, or constant with a decay at the end (wsd)."""
    warmup_ratio: Share = 0.06
    """Share of the updates over which the rate rises from zero."""


@dataclass(frozen=True, kw_only=True)
class LearningConfig:
    """What every training has: updates, rates, batches, evaluations and checkpoints."""

    epochs: Positive | None = None
    """Passes over the training rows; 0.5 is half a pass. Without it 3, or on few rows as many as make 300 updates, at
    most 30."""
    updates: PositiveInt | None = None
    """Optimizer steps to take, in place of epochs."""
    time_budget: Duration | None = None
    """Time for the whole run, such as 90s, 10m or 1.5h: as many updates are taken as fit, with evaluations, checkpoints
    and scores, and the schedule ends with them."""
    batch_size: PositiveInt = 32
    """Rows in one update."""
    microbatch_size: PositiveInt | None = None
    """Rows in memory at once; without it the whole batch, halved whenever memory runs out. The result is the same."""
    learning_rate: Rate = "auto"
    """The peak learning rate; auto takes what is recommended for the strategy and the base."""
    optimizer: Literal["adamw", "muon"] = "adamw"
    """What moves the matrices of the layers: AdamW, or Muon, which is for training from scratch. All else is moved by
    AdamW."""
    weight_decay: NonNegativeFloat = 0.01
    """Decoupled weight decay; biases and norms are not decayed."""
    bias_correction: bool = True
    """Whether AdamW corrects its averages for starting at zero; BERT's first optimizer did not, and few rows suffer."""
    max_grad_norm: Positive | None = 1.0
    """Gradients are scaled down to this global L2 norm; none switches clipping off."""
    schedule: ScheduleConfig = field(default_factory=ScheduleConfig)
    """The learning rate over the updates."""
    early_stopping: PositiveInt | None = None
    """Stop after this many evaluations without a better validation score."""
    evaluate_every: PositiveInt | None = None
    """Updates between evaluations; without it, once an epoch."""
    save_every: PositiveInt | None = None
    """Updates between checkpoints; without it, at every evaluation."""
    keep: PositiveInt = 2
    """Newest checkpoints to keep, beside the chosen one."""
    best_within: NonNegativeFloat = 2.0
    """Standard errors below the best validation score within which a later checkpoint is as good, and chosen in its
    place; 0 chooses the best alone."""
    precision: Precision = "auto"
    """The dtype of matrix products: auto probes this processor and takes bf16 where it is faster."""

    @property
    def peak_rate(self) -> float:
        """The learning rate as a number; a recipe has put one in for auto."""
        if isinstance(self.learning_rate, str):
            raise TypeError("no number has been put in for the learning rate yet")
        return self.learning_rate


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(LearningConfig):
    """AdamW over length-grouped batches of labelled rows."""

    sampler: Literal["random", "balanced"] = "random"
    """Which rows an epoch has: each once, or as many drawn so that every class is equally likely (balanced)."""
    head_learning_rate: Positive | None = None
    """The peak rate of the head; without it, learning_rate."""
    embeddings_learning_rate: Positive | None = None
    """The peak rate of the embeddings; without it, learning_rate with layer_decay."""
    layer_decay: Decay = 1.0
    """The rate of a layer over that of the layer above it: below 1, lower layers move less."""
    max_length: PositiveInt | None = None
    """Tokens that the model reads at once at most; without it, the base's own limit. What becomes of longer
    texts is said by long_texts."""
    processes: PositiveInt = 1
    """Processes that share each batch."""
    metric: Text | None = None
    """The validation score that chooses the best checkpoint; without it the task's own, such as f1_macro for
    classification, pearson for regression, rougeL for summarization."""
