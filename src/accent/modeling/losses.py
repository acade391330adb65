"""Losses as sums, and that of single tokens without further copies of a batch's logits.

A batch of 16 rows of 512 tokens over 50,000 words has 1.6 GB of logits in float32, and their gradient takes as much
again; in bfloat16 each takes half of that. Beside these two, torch's own loss keeps the logarithms of all probabilities
(under autocast in float32, with a copy of the logits in float32). Here forwards and backwards go over a slice of
positions at a time, and only where there is a target: whatever the dtype, nothing else is larger than such a slice.

    L = sum_n [ log sum_v exp z_nv - z_n,y ],    dL/dz_nv = softmax(z_n)_v - [v = y_n]

Legend: B rows, T tokens, V vocabulary, N = B T positions, K of them with a target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["IGNORED", "SummedLoss", "summed_loss", "token_scores"]

IGNORED = -100
"""The target of a token that no loss is taken on: padding among them."""

_VALUES_AT_ONCE = 1 << 24
"""Logits in float32 at once: 64 MiB, and a few times that for what is worked out of them."""


@dataclass(frozen=True)
class SummedLoss:
    """A loss as a sum and the weight that divides it.

    The learner adds sums and weights over microbatches and processes and divides once, because the mean of
    microbatch means is not the mean: sums of 6 over 3 rows and 1 over 1 row give 7/4, their means' mean 1.5.
    """

    total: Tensor
    """The sum over rows, a scalar with a gradient."""
    weight: float
    """How many rows (or tokens) were summed."""


def summed_loss(logits_BTV: Tensor, targets_BT: Tensor) -> SummedLoss:
    """Return the cross-entropy of each position's target, summed; the weight is the number of targets.

    The positions may have one axis or several.
    """
    logits_NV, targets_N = logits_BTV.flatten(0, -2), targets_BT.flatten()
    total: Tensor = _SummedCrossEntropy.apply(logits_NV, targets_N)  # type: ignore[no-untyped-call]
    return SummedLoss(total, float((targets_BT != IGNORED).sum()))


def token_scores(logits_BTV: Tensor, targets_BT: Tensor) -> list[tuple[float, int, int]]:
    """Return for each row: nats of its targets, their number, how often the likeliest token was right."""
    logits_NV, targets_N = logits_BTV.flatten(0, 1), targets_BT.flatten()
    nll_N = torch.zeros(len(targets_N), dtype=torch.float32, device=targets_N.device)
    right_N = torch.zeros_like(targets_N)
    for places in _slices(logits_NV, targets_N):
        rows_KV, wanted_K = logits_NV[places].float(), targets_N[places]
        nll_N[places] = rows_KV.logsumexp(dim=1) - rows_KV.gather(1, wanted_K[:, None])[:, 0]
        right_N[places] = (rows_KV.argmax(dim=1) == wanted_K).long()
    nll_B = nll_N.view(targets_BT.shape).cpu().double().sum(dim=1).tolist()
    counts_B = (targets_BT != IGNORED).sum(dim=1).tolist()
    right_B = right_N.view(targets_BT.shape).sum(dim=1).tolist()
    return [(max(0.0, nll), int(count), int(hits)) for nll, count, hits in zip(nll_B, counts_B, right_B, strict=True)]


class _SummedCrossEntropy(torch.autograd.Function):
    """Of logits (N, V) and targets (N,); between forward and backward one number a target is kept beside them."""

    @staticmethod
    def forward(ctx: Any, logits_NV: Tensor, targets_N: Tensor) -> Tensor:
        norms_N = torch.zeros(len(targets_N), dtype=torch.float32, device=logits_NV.device)
        total = torch.zeros((), dtype=torch.float32, device=logits_NV.device)
        for places in _slices(logits_NV, targets_N):
            rows_KV = logits_NV[places].float()
            norms_N[places] = rows_KV.logsumexp(dim=1)
            total += (norms_N[places] - rows_KV.gather(1, targets_N[places][:, None])[:, 0]).sum()
        ctx.save_for_backward(logits_NV, targets_N, norms_N)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        logits_NV, targets_N, norms_N = ctx.saved_tensors
        found_NV = torch.zeros_like(logits_NV)
        for places in _slices(logits_NV, targets_N):
            shares_KV = (logits_NV[places].float() - norms_N[places][:, None]).exp_()
            shares_KV[torch.arange(len(shares_KV), device=shares_KV.device), targets_N[places]] -= 1.0
            found_NV[places] = shares_KV.mul_(gradients[0]).to(found_NV.dtype)
        return found_NV, None


def _slices(logits_NV: Tensor, targets_N: Tensor) -> Iterator[Tensor | slice]:
    """Yield the positions that have a target, as many at once as keep to the memory."""
    size = max(1, _VALUES_AT_ONCE // logits_NV.shape[1])
    if bool((targets_N != IGNORED).all()):  # a slice is looked at where it lies, a choice of places is copied
        yield from (slice(start, start + size) for start in range(0, len(targets_N), size))
        return
    places_K = torch.nonzero(targets_N != IGNORED)[:, 0]
    yield from (places_K[start : start + size] for start in range(0, len(places_K), size))
