"""Learned keys and values that stand before those of the text.

They have no place in the text: every token sees them, masks and relative positions hold for the text alone. The child
module `prefix` of an attention module holds them; `accent.modeling.attention` puts them in.

Source: Li and Liang 2021, arXiv 2101.00190, section 4.2; Liu et al. 2022, arXiv 2110.07602 (P-Tuning v2), for encoders.
Legend: B rows, X rows or 1, H heads, T queries, S keys of the text, P prefix, W width of a head.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["Prefix", "RowPrefixes"]


class Prefix(nn.Module):
    """Keys and values of one attention module, drawn from a normal distribution."""

    def __init__(self, heads: int, length: int, width: int, *, deviation: float = 0.02) -> None:
        super().__init__()
        self.keys_HPW = nn.Parameter(torch.randn(heads, length, width) * deviation)
        self.values_HPW = nn.Parameter(torch.randn(heads, length, width) * deviation)

    def before(self, key_BHSW: Tensor, value_BHSW: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values as (B, H, P + S, W)."""
        return _before(self.keys_HPW, key_BHSW), _before(self.values_HPW, value_BHSW)

    def visible(self, mask: Tensor | None, queries: int, keys: int, *, causal: bool) -> Tensor | None:
        """Return the mask of text and prefix, None where all is seen.

        `mask` is that of the text, (B, 1, T or 1, S), True or 0 where a token is seen; without one a causal module sees
        the keys up to its query, the last of `queries` standing at the last of `keys`.
        """
        if mask is None:
            if not causal or queries == 1:
                return None
            mask = self.keys_HPW.new_ones((1, 1, queries, keys), dtype=torch.bool).tril(keys - queries)
        seen = mask.new_full((*mask.shape[:-1], self._length), mask.dtype is torch.bool)
        return torch.cat([seen, mask], dim=-1)

    def unbiased(self, bias_XHTS: Tensor) -> Tensor:
        """Return a bias of relative positions with zeros for the prefix."""
        return nn.functional.pad(bias_XHTS, (self._length, 0))

    @property
    def _length(self) -> int:
        return self.keys_HPW.shape[1]


@dataclass(frozen=True)
class RowPrefixes:
    """Keys and values that differ from row to row: what an attention module has for one batch in place of `Prefix`.

    Rows with fewer of them, or none, are filled up to P.
    """

    keys_BHPW: Tensor
    values_BHPW: Tensor
    seen_BP: Tensor
    """False where a row is filled."""

    def before(self, key_BHSW: Tensor, value_BHSW: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values as (B, H, P + S, W)."""
        pairs = ((self.keys_BHPW, key_BHSW), (self.values_BHPW, value_BHSW))
        keys_BHSW, values_BHSW = (torch.cat([own.to(text.dtype), text], dim=2) for own, text in pairs)
        return keys_BHSW, values_BHSW

    def visible(self, mask: Tensor | None, queries: int, keys: int, *, causal: bool) -> Tensor:
        """Return the mask of text and prefix, (B, 1, T or 1, P + S); `mask` is as in `Prefix.visible`."""
        rows = len(self.seen_BP)
        if mask is None:
            several = queries if causal else 1
            mask = self.seen_BP.new_ones((1, 1, several, keys)).tril(keys - several if causal else keys)
        seen_B11P = self.seen_BP[:, None, None]
        if mask.dtype is not torch.bool:
            least = torch.finfo(mask.dtype).min
            seen_B11P = torch.zeros_like(seen_B11P, dtype=mask.dtype).masked_fill_(~seen_B11P, least)
        return torch.cat([seen_B11P.expand(-1, -1, mask.shape[2], -1), mask.expand(rows, -1, -1, -1)], dim=-1)

    def unbiased(self, bias_XHTS: Tensor) -> Tensor:
        """Return a bias of relative positions with zeros for the prefix."""
        return nn.functional.pad(bias_XHTS, (self.seen_BP.shape[1], 0))


def _before(prefix_HPW: Tensor, text_BHSW: Tensor) -> Tensor:
    rows = prefix_HPW.to(text_BHSW.dtype).expand(text_BHSW.shape[0], -1, -1, -1)
    return torch.cat([rows, text_BHSW], dim=2)
