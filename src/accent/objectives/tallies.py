"""Losses and scores that several objectives share: of predicted tokens, and of two classes.

Legend: M places, V vocabulary, B rows.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from accent.modeling import SummedLoss, token_scores
from accent.objectives.protocol import Tally

__all__ = [
    "binary_loss",
    "binary_scores",
    "binary_tally",
    "pair_scores",
    "pair_tally",
    "token_figures",
    "token_tally",
]

_BINS = 2_048
_LARGEST_PERPLEXITY = 700.0
"""Nats whose exponential a float holds."""


def token_tally(logits_MV: Tensor, labels_M: Tensor, prefix: str = "") -> Tally:
    """Return nats, right guesses and the number of the places."""
    rows = token_scores(logits_MV[None], labels_M[None])
    nats, count, right = rows[0]
    return {f"{prefix}tokens": np.array([nats, right, count], dtype=np.float64)}


def token_figures(tally: Tally, prefix: str = "") -> dict[str, float]:
    """Return the mean loss in nats, its exponential, and the share of places whose likeliest token is right."""
    nats, right, count = tally[f"{prefix}tokens"].tolist()
    mean = nats / count if count else math.nan
    perplexity = math.exp(min(mean, _LARGEST_PERPLEXITY)) if count else math.nan
    accuracy = right / count if count else math.nan
    return {f"{prefix}loss": mean, f"{prefix}perplexity": perplexity, f"{prefix}accuracy": accuracy}


def pair_tally(logits_B2: Tensor, labels_B: Tensor) -> Tally:
    """Return nats, right guesses and the number of rows that are a pair."""
    nats, count, right = token_scores(logits_B2[None], labels_B[None])[0]
    return {"pairs": np.array([nats, right, count], dtype=np.float64)}


def pair_scores(tally: Tally) -> dict[str, float]:
    """Return the mean loss of the pairs and the share that is told right."""
    nats, right, count = tally["pairs"].tolist()
    return {"pair_loss": nats / count if count else math.nan, "pair_accuracy": right / count if count else math.nan}


def binary_loss(logits_BT: Tensor, truths_BT: Tensor, read_BT: Tensor) -> SummedLoss:
    """Return the binary cross-entropy of all tokens that are read, summed, in float32."""
    losses_BT = binary_cross_entropy_with_logits(logits_BT.float(), truths_BT.float(), reduction="none")
    return SummedLoss((losses_BT * read_BT).sum(), float(read_BT.sum()))


def binary_tally(logits_BT: Tensor, truths_BT: Tensor, read_BT: Tensor) -> Tally:
    """Return the nats, and how often each of many ranges of probability was said of either class (2, bins)."""
    logits_N, truths_N = logits_BT[read_BT].float(), truths_BT[read_BT].long()
    nats = binary_cross_entropy_with_logits(logits_N, truths_N.float(), reduction="sum")
    bins_N = (torch.sigmoid(logits_N) * _BINS).long().clamp_(max=_BINS - 1)
    counts = torch.bincount(truths_N * _BINS + bins_N, minlength=2 * _BINS).view(2, _BINS)
    return {"binary_nats": np.array([float(nats)]), "binary": counts.cpu().numpy().astype(np.float64)}


def binary_scores(tally: Tally) -> dict[str, float]:
    """Return the mean loss, the area under the ROC curve and F1 at one half; the latter two of binned probabilities.

    AUROC = P(p+ > p-) + P(p+ = p-) / 2, ties being probabilities of one bin.
    """
    original, replaced = tally["binary"]
    total, positives, negatives = tally["binary"].sum(), replaced.sum(), original.sum()
    below = np.concatenate([[0.0], original.cumsum()[:-1]])
    area = (replaced * (below + original / 2)).sum() / (positives * negatives) if positives and negatives else math.nan
    half = _BINS // 2
    found = replaced[half:].sum()
    f1 = 2 * found / max(1.0, positives + replaced[half:].sum() + original[half:].sum())
    loss = float(tally["binary_nats"][0]) / total if total else math.nan
    return {"replaced_loss": float(loss), "replaced_auroc": float(area), "replaced_f1": float(f1)}
