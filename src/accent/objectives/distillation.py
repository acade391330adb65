"""A student that reads running text beside its teacher: what both hold for likely, and how both see the text.

With M the hidden places (for `clm` all that are predicted), N the tokens that are read, p and q what teacher and
student say at temperature t, h their last hidden states, L_tokens the objective's own loss and A the last layer's
attention:

    L = a t^2 1/|M| sum_{m in M} KL(p_m || q_m) + b L_tokens
        + c 1/N sum_n [1 - cos(h_n, h'_n)] + d 1/N sum_n KL(A_n || A'_n)

As a sum over rows, divided by |M| in the end, the means over N tokens are taken times the masking rate, |M| / N as it
is on average: sums must add up over microbatches. Source: DistilBERT, Sanh et al. 2019, arXiv 1910.01108, section 2,
with a = 5, b = 2, c = 1, t = 2 as in the authors' code; attention maps after MiniLM, Wang et al. 2020, arXiv
2002.10957, equation 6. Use `mlm` alone instead where no teacher is better than what the student becomes by itself.

Legend: B rows, T tokens, M hidden places, V vocabulary, D width, H heads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from accent.modeling import (
    ATTENTION,
    FAMILIES,
    SummedLoss,
    attention_losses,
    hidden_losses,
    layer_paths,
    soft_class_losses,
)
from accent.objectives.model import PretrainingModel
from accent.objectives.protocol import Outputs

__all__ = ["Lesson", "LessonWeights", "TaughtModel", "TaughtOutputs", "lesson_loss"]

Loss = Callable[[Outputs, Mapping[str, Tensor]], SummedLoss]


@dataclass(frozen=True, kw_only=True)
class LessonWeights:
    """What counts how much: a, b, c, d and t of the formula."""

    soft: float = 5.0
    tokens: float = 2.0
    hidden: float = 1.0
    attention: float = 0.0
    temperature: float = 2.0
    rate: float = 0.15
    """Predicted places over tokens, on average."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What one of the two says of a batch."""

    tokens_MV: Tensor
    hidden_BTD: Tensor
    attention_BHTT: Tensor | None


@dataclass(frozen=True, kw_only=True)
class TaughtOutputs(Outputs):
    """What the student says, and what its teacher says of the same batch."""

    said: Lesson
    taught: Lesson
    is_read_BT: Tensor
    """Whether it is a token, and not padding."""


class TaughtModel(PretrainingModel):
    """A student with its pretraining head; while it learns, its teacher reads the same rows. Only the student is kept.

    `mapped` is whether attention maps are compared: then both compute attention the plain way while the student learns.
    """

    def __init__(self, student: PreTrainedModel, teacher: PreTrainedModel, *, mapped: bool = False) -> None:
        """Take both as they are; the teacher's weights are none of this module's."""
        super().__init__(student, asks_tokens=True, asks_pairs=False)
        self._own = _Mapped(student) if mapped else None
        self._others = _Mapped(teacher) if mapped else None
        self._teacher = (PretrainingModel(teacher.requires_grad_(False), asks_tokens=True, asks_pairs=False),)

    @property
    def teacher(self) -> PretrainingModel:
        """The teacher with its head."""
        return self._teacher[0]

    def forward(self, **inputs: Tensor) -> Outputs:
        """Return what the student says, with what both say of it while it learns."""
        if not self.training:
            return super().forward(**inputs)
        with _listening(self._own) as own:
            outputs = super().forward(**inputs)
        with torch.no_grad(), _listening(self._others) as others:
            taught = self.teacher(**inputs)
        ids_BT = inputs["input_ids"]
        is_read_BT = inputs.get("attention_mask", torch.ones_like(ids_BT)).bool()
        said, told = _lesson(outputs, own), _lesson(taught, others)
        return TaughtOutputs(**vars(outputs), said=said, taught=told, is_read_BT=is_read_BT)


def lesson_loss(weights: LessonWeights, tokens_loss: Loss) -> Loss:
    """Return the loss of a student's outputs; `tokens_loss` is that of the text itself."""

    def loss(outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        if not isinstance(outputs, TaughtOutputs):
            raise TypeError("the teacher has said nothing of this batch")
        own, said, taught = tokens_loss(outputs, targets), outputs.said, outputs.taught
        total = weights.tokens * own.total
        if weights.soft:
            soft_M = soft_class_losses(said.tokens_MV, taught.tokens_MV, weights.temperature)
            total = total + weights.soft * soft_M.sum()
        if weights.hidden:
            hidden_BT = hidden_losses(said.hidden_BTD, taught.hidden_BTD)
            total = total + weights.hidden * weights.rate * (hidden_BT * outputs.is_read_BT).sum()
        if weights.attention and said.attention_BHTT is not None and taught.attention_BHTT is not None:
            maps_BT = attention_losses(said.attention_BHTT, taught.attention_BHTT)
            total = total + weights.attention * weights.rate * (maps_BT * outputs.is_read_BT).sum()
        return SummedLoss(total, own.weight)

    return loss


class _Mapped:
    """Hears the last layer's attention of a model, which computes it the plain way meanwhile."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        layer, pattern = layer_paths(model)[-1], FAMILIES[model.config.model_type].parts.attention
        inside = [name for name, _ in model.get_submodule(layer).named_modules() if re.fullmatch(pattern, name)]
        self.attention: nn.Module = model.get_submodule(f"{layer}.{inside[0]}")


@contextmanager
def _listening(mapped: _Mapped | None) -> Iterator[list[Tensor]]:
    """Give a list into which the attention map of a call is put, (B, H, T, T); it stays empty where none is asked."""
    found: list[Tensor] = []
    if mapped is None:
        yield found
        return
    handle = mapped.attention.register_forward_hook(lambda _, __, output: found.append(output[1]))
    mapped.model.set_attn_implementation("eager")
    try:
        yield found
    finally:
        mapped.model.set_attn_implementation(ATTENTION)
        handle.remove()


def _lesson(outputs: Outputs, maps: list[Tensor]) -> Lesson:
    if outputs.tokens_MV is None or outputs.hidden_BTD is None:
        raise TypeError("the model was asked for no tokens")
    return Lesson(tokens_MV=outputs.tokens_MV, hidden_BTD=outputs.hidden_BTD, attention_BHTT=maps[-1] if maps else None)
