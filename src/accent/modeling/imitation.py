"""What a student is told by its teacher, as losses of single rows: outputs, hidden states, attention maps.

Outputs are compared softened by a temperature t, and the loss is multiplied by t^2, so that its gradients stay as
large whatever t is (Hinton et al. 2015, arXiv 1503.02531, section 2). With z the teacher's outputs and s the student's:

    one class of C        t^2 sum_c p_c (log p_c - log q_c),    p = softmax(z / t), q = softmax(s / t)
    any of C labels       t^2 1/C sum_c of the same for the two cases of each label, p_c = 1 / (1 + e^(-z_c / t))
    K numbers             1/K sum_k (s_k - z_k)^2
    hidden states         1 - cos(h_student, h_teacher) of each token (Sanh et al. 2019, arXiv 1910.01108, section 2)
    attention maps        KL of each token's attention, the mean over heads (Wang et al. 2020, arXiv 2002.10957, eq. 6)

All are worked out in float32 whatever the dtype they come in. Legend: N rows or tokens, C outputs, D width, B rows,
H heads, T tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor
from torch.nn.functional import cosine_similarity, kl_div, logsigmoid

from accent.modeling.load import ProblemType

__all__ = ["SOFT_LOSSES", "attention_losses", "hidden_losses", "soft_class_losses"]

_SMALLEST = 1e-9


def soft_class_losses(student_NC: Tensor, teacher_NC: Tensor, temperature: float) -> Tensor:
    """Return the divergence of the student's classes from the teacher's (N,)."""
    said_NC = (student_NC.float() / temperature).log_softmax(dim=-1)
    taught_NC = (teacher_NC.float() / temperature).log_softmax(dim=-1)
    losses_N: Tensor = kl_div(said_NC, taught_NC, reduction="none", log_target=True).sum(dim=-1)
    return losses_N * temperature**2


def hidden_losses(student_ND: Tensor, teacher_ND: Tensor) -> Tensor:
    """Return one less the cosine of each token's hidden states (N,)."""
    return 1.0 - cosine_similarity(student_ND.float(), teacher_ND.float(), dim=-1)


def attention_losses(student_BHTT: Tensor, teacher_BHTT: Tensor) -> Tensor:
    """Return the divergence of each token's attention from the teacher's, the mean over heads (B, T)."""
    said_BHTT = student_BHTT.float().clamp_min(_SMALLEST).log()
    taught_BHTT = teacher_BHTT.float()
    logs_BHTT = taught_BHTT.clamp_min(_SMALLEST).log()
    return (taught_BHTT * (logs_BHTT - said_BHTT)).sum(dim=-1).mean(dim=1)


def _soft_label_losses(student_NC: Tensor, teacher_NC: Tensor, temperature: float) -> Tensor:
    said_NC, taught_NC = student_NC.float() / temperature, teacher_NC.float() / temperature
    given_NC = taught_NC.sigmoid()
    present_NC = given_NC * (logsigmoid(taught_NC) - logsigmoid(said_NC))
    absent_NC = (1.0 - given_NC) * (logsigmoid(-taught_NC) - logsigmoid(-said_NC))
    return (present_NC + absent_NC).mean(dim=-1) * temperature**2


def _number_losses(student_NK: Tensor, teacher_NK: Tensor, temperature: float) -> Tensor:  # noqa: ARG001 - numbers are not softened
    return (student_NK.float() - teacher_NK.float()).square().mean(dim=-1)


SOFT_LOSSES: Mapping[ProblemType | None, Callable[[Tensor, Tensor, float], Tensor]] = {
    "single_label_classification": soft_class_losses,
    "multi_label_classification": _soft_label_losses,
    "regression": _number_losses,
    None: soft_class_losses,
}
"""The loss of softened outputs by what config.json calls the loss of a head; None is that of tags."""
