"""Attention as plain products where that is faster: short rows on a CPU.

torch's fused CPU kernel is written for long rows. On two cores of an AVX-512 processor, forward and backward over
32 rows of 26 tokens and 12 heads take 11 ms with it in bf16 and 2 ms as two batched products around a softmax; at 512
tokens they draw level. In fp32 the fused kernel wins from about 100 tokens on. Elsewhere (CUDA, long rows, dropout,
grouped heads) transformers' own call into torch is used.

Source: scaled dot-product attention, Vaswani et al. 2017, arXiv 1706.03762, equation 1.
Legend: B rows, H heads, T queries, S keys, D width of a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from accent.modeling.prefix import Prefix, RowPrefixes

__all__ = ["ATTENTION", "attend"]

ATTENTION = "accent"
"""The name under which transformers' models find this attention."""

LONGEST_AS_PRODUCTS = {torch.bfloat16: 384, torch.float32: 96}
"""Tokens up to which plain products are used, by dtype."""


def attend(  # noqa: PLR0917 - transformers' calling convention
    module: nn.Module,
    query_BHTD: Tensor,
    key_BHSD: Tensor,
    value_BHSD: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Return attention's output as (B, T, H, D), in transformers' calling convention for attention functions.

    Keys and values of a child module `prefix`, or of `RowPrefixes` in its place, stand before the given ones.
    """
    causal = options.get("is_causal")
    causal = getattr(module, "is_causal", False) if causal is None else causal
    prefix = getattr(module, "prefix", None)
    if isinstance(prefix, Prefix | RowPrefixes):
        attention_mask = prefix.visible(attention_mask, query_BHTD.shape[2], key_BHSD.shape[2], causal=causal)
        key_BHSD, value_BHSD = prefix.before(key_BHSD, value_BHSD)
        options["is_causal"] = causal = False  # the mask says it
        if options.get("position_bias") is not None:
            options["position_bias"] = prefix.unbiased(options["position_bias"])
    masked = attention_mask is not None and attention_mask.dtype is torch.bool
    if dropout or not _is_short(query_BHTD, key_BHSD) or not (masked or (attention_mask is None and not causal)):
        return sdpa_attention_forward(
            module,
            query_BHTD,
            key_BHSD,
            value_BHSD,
            attention_mask,
            dropout=dropout,
            scaling=scaling,
            **options,
        )
    rows, heads, queries, width = query_BHTD.shape
    scaled = query_BHTD * (width**-0.5 if scaling is None else scaling)
    scores_BHTS = torch.bmm(scaled.flatten(0, 1), key_BHSD.flatten(0, 1).transpose(1, 2)).view(rows, heads, queries, -1)
    if options.get("position_bias") is not None:  # T5's relative positions
        scores_BHTS = scores_BHTS + options["position_bias"]
    if attention_mask is not None:
        least = torch.finfo(scores_BHTS.dtype).min
        scores_BHTS = scores_BHTS + torch.zeros_like(attention_mask, dtype=scores_BHTS.dtype).masked_fill_(
            ~attention_mask, least
        )
    shares = torch.softmax(scores_BHTS.flatten(0, 1), dim=-1, dtype=value_BHSD.dtype)
    mixed_BHTD = torch.bmm(shares, value_BHSD.flatten(0, 1)).view(rows, heads, queries, -1)
    return mixed_BHTD.transpose(1, 2).contiguous(), None


def _is_short(query_BHTD: Tensor, key_BHSD: Tensor) -> bool:
    """Whether the products are the faster way: a CPU, short rows, and as many heads of keys as of queries."""
    limit = LONGEST_AS_PRODUCTS.get(query_BHTD.dtype, 0)
    return query_BHTD.device.type == "cpu" and key_BHSD.shape[2] <= limit and query_BHTD.shape[1] == key_BHSD.shape[1]


AttentionInterface.register(ATTENTION, attend)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)
