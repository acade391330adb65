"""A task that is learned from a teacher: its outputs and hidden states, joined with the labels where there are some.

With a the share of the teacher, L_labels the task's own loss, L_soft that of the outputs at a temperature and L_hidden
one less the cosine of the last hidden states (`accent.modeling.imitation`), summed over rows or, where each word is
answered, over words:

    L = (1 - a) L_labels + a L_soft + w L_hidden

The hidden states of a text are those of all of its tokens, their mean; those of a word are of its first token. A text
that is read in W windows counts with weight 1/W in each, as in `texts`. Source: Hinton et al. 2015, arXiv 1503.02531;
the hidden states after Sanh et al. 2019, arXiv 1910.01108. Use the task alone instead where there are many labelled
rows and no teacher that is better than the student.

Legend: B examples of a batch, T tokens, C outputs, D width, W words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from accent.errors import ConfigError
from accent.modeling import SOFT_LOSSES, hidden_losses
from accent.tasks.examples import IGNORED
from accent.tasks.protocol import SummedLoss, Task
from accent.tasks.texts import weighed

__all__ = ["TAUGHT_HIDDEN", "TAUGHT_LOGITS", "Imitation", "check_imitable"]

TAUGHT_LOGITS, TAUGHT_HIDDEN = "taught_logits", "taught_hidden"
"""Names of what the teacher says among the targets of a batch."""
_HEADS = ("sequence", "tokens")


@dataclass(frozen=True, kw_only=True)
class Imitation:
    """The loss of a student beside its teacher."""

    task: Task
    """What both answer."""
    temperature: float
    """Softens the outputs of both."""
    alpha: float
    """Share of the teacher's outputs, against that of the labels."""
    hidden_weight: float
    """Weight of the hidden states."""

    def loss(self, outputs: Any, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Compare outputs that tell their hidden states with labels and teacher; the weight is that of the labels."""
        own = self.task.loss(outputs, targets)
        total = (1.0 - self.alpha) * own.total
        places = targets["labels"] != IGNORED if self.task.head == "tokens" else None
        if self.alpha:
            said, taught = _at(places, outputs.logits, targets[TAUGHT_LOGITS])
            total = total + self.alpha * _summed(self._soft(said, taught), targets, places)
        if self.hidden_weight:
            total = total + self.hidden_weight * _summed(_hidden(outputs, targets, places), targets, places)
        return SummedLoss(total, own.weight)

    def _soft(self, said: Tensor, taught: Tensor) -> Tensor:
        return SOFT_LOSSES[self.task.problem_type](said, taught, self.temperature)


def check_imitable(task: Task) -> None:
    """Raise ConfigError where a task's answers are none that can be imitated in one look."""
    if task.head not in _HEADS:
        raise ConfigError(
            f"a teacher of {task.kind} cannot be distilled",
            where="teacher",
            remedy="Give one of classification, multilabel, regression or tagging; or a base and running text.",
        )


def _hidden(outputs: Any, targets: Mapping[str, Tensor], places: Tensor | None) -> Tensor:
    """Return one less the cosine of each word's first token (W,), or the mean over a text's tokens (B,)."""
    said_BTD, taught_BTD = outputs.hidden_states[-1], targets[TAUGHT_HIDDEN]
    if places is not None:
        return hidden_losses(*_at(places, said_BTD, taught_BTD))
    read_BT = (taught_BTD != 0).any(dim=-1)  # the teacher's vectors are zeros on the padding
    losses_BT = hidden_losses(said_BTD, taught_BTD) * read_BT
    return losses_BT.sum(dim=1) / read_BT.sum(dim=1).clamp_min(1)


def _at(places: Tensor | None, said: Tensor, taught: Tensor) -> tuple[Tensor, Tensor]:
    return (said, taught) if places is None else (said[places], taught[places])


def _summed(losses: Tensor, targets: Mapping[str, Tensor], places: Tensor | None) -> Tensor:
    return weighed(losses, {} if places is not None else targets)[0]
