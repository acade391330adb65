"""Contiguous spans of words, and each of their tokens from the two tokens that stand around the span.

Lengths in words are geometric with p = 0.2, at most 10, so 3.8 on average; a span begins with a word, any as likely,
and spans that meet are one. All tokens of a span share their fate: masked, replaced or left. A token x_i of the span
s..e is asked for twice, from its own hidden state as in `mlm`, and from the hidden states of the span's neighbours with
an embedding p of the place in the span:

    L = - sum_i log P(x_i | h_i) - sum_i log P(x_i | y_i),    y_i = g(h_{s-1}, h_{e+1}, p_{i-s+1})

g being two layers with GELU and normalisation, which is dropped in the end. Source: SpanBERT, Joshi et al. 2020, arXiv
1907.10529, sections 3.1 and 3.2. Scores: those of `mlm`, and the same from the neighbours (`boundary_...`); `loss` is
the sum of both. For T5, which writes what is hidden, see `accent.objectives.corruption`.

    >>> prepared = make_mixture("span").make(np.arange(32), context=context, seed=0, epoch=0)
    >>> sorted(prepared.inputs)
    ['input_ids', 'lefts', 'offsets', 'places', 'rights']

Use `mlm` instead where the model shall not pick out spans: it is simpler and costs less.

Legend: B rows, T tokens, M hidden tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from accent.modeling import SummedLoss, summed_loss
from accent.objectives.chance import Chance
from accent.objectives.masking import budgets, word_numbers
from accent.objectives.mlm import MASKED_FAMILIES, Mlm, hide
from accent.objectives.protocol import Context, Laid, Outputs, Prepared, Tally
from accent.objectives.tallies import token_figures, token_tally

__all__ = ["LONGEST", "Span", "draw_lengths"]

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

LONGEST = 10
"""Words of a span at most."""
_SHARE_OF_ENDS = 0.2


class Span(Mlm):
    """Spans of words are hidden."""

    kind: ClassVar[str] = "span"
    families: ClassVar[frozenset[str]] = MASKED_FAMILIES
    needs: ClassVar[frozenset[str]] = frozenset({"words"})

    def prepare(self, laid: Laid, *, context: Context, chance: Chance) -> Prepared:
        """Hide spans. Beside what `mlm` gives: for each place its span's neighbours and its own offset in it, (M,)."""
        hidden_BT = self.choose(laid, chance)
        first_BT, last_BT = _ends(hidden_BT)
        hiding = hide(laid, hidden_BT, context=context, chance=chance, together_BT=first_BT)
        rows_BT = np.arange(len(hidden_BT))[:, None] * hidden_BT.shape[1]
        ends = {
            "lefts": (rows_BT + first_BT - 1)[hidden_BT],
            "rights": (rows_BT + last_BT + 1)[hidden_BT],
            "offsets": (np.arange(hidden_BT.shape[1]) - first_BT)[hidden_BT],
        }
        return Prepared(inputs={**hiding.inputs, **ends}, targets=hiding.targets, tokens=hiding.tokens)

    def choose(self, laid: Laid, chance: Chance) -> Flags:
        """Return which tokens are hidden, (B, T): spans are drawn until each row hides as many as it shall."""
        counts_B = budgets(laid, self.rate)
        words_BT = word_numbers(laid)
        able_BT = _framed(laid)
        hidden_BT = np.zeros_like(laid.text)
        starts_BT = able_BT & (np.diff(words_BT, axis=1, prepend=-1) > 0)
        for turn in range(int(counts_B.max(initial=0))):  # each turn hides a token at least in every row that needs one
            left_B = counts_B - hidden_BT.sum(axis=1)
            if not left_B.any():
                break
            free_BT = starts_BT & ~hidden_BT
            free_BT = np.where(free_BT.sum(axis=1, keepdims=True) > 0, free_BT, able_BT & ~hidden_BT)
            scores_BT = np.where(free_BT, chance.uniform(f"span {turn}", laid.ids.shape[1]), np.inf)
            starts_B = scores_BT.argmin(axis=1)
            lengths_B = draw_lengths(chance.uniform(f"length {turn}", 1)[:, 0])
            hidden_BT |= _span(words_BT, able_BT, starts_B, lengths_B) & _within(hidden_BT, starts_B, left_B)
        return hidden_BT

    def loss(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> SummedLoss:
        """Return both cross-entropies of the hidden tokens, summed; the weight is their number."""
        own = super().loss(outputs, targets)
        return SummedLoss(own.total + summed_loss(_logits(outputs), targets["labels"]).total, own.weight)

    def tally(self, outputs: Outputs, targets: Mapping[str, Tensor]) -> Tally:
        """Return nats, right guesses and numbers of both ways to ask."""
        boundary = token_tally(_logits(outputs), targets["labels"], "boundary_")
        return {**super().tally(outputs, targets), **boundary}

    def scores(self, tally: Tally) -> dict[str, float]:
        """Return perplexity and accuracy of both ways to ask; `loss` is the sum of both, as it is learned."""
        found = super().scores(tally) | token_figures(tally, "boundary_")
        return found | {"loss": found["loss"] + found["boundary_loss"]}


def draw_lengths(chances_B: npt.NDArray[np.float64]) -> Ints:
    """Return geometric lengths from 1 to LONGEST for numbers from 0 to 1, by the inverse of their distribution.

    P(l) is in proportion to p (1 - p)^(l - 1).
    """
    kept = 1.0 - _SHARE_OF_ENDS
    whole = 1.0 - kept**LONGEST
    lengths_B = np.ceil(np.log1p(-chances_B * whole) / np.log(kept))
    return np.asarray(np.clip(lengths_B, 1, LONGEST), dtype=np.int64)


def _framed(laid: Laid) -> Flags:
    """Return which tokens may be hidden: those of the text with a token on either side."""
    able_BT = laid.text.copy()
    able_BT[:, 0] = False
    able_BT[np.arange(len(able_BT)), np.maximum(laid.lengths, 1) - 1] = False
    return able_BT


def _span(words_BT: Ints, able_BT: Flags, starts_B: Ints, lengths_B: Ints) -> Flags:
    """Return the tokens of some words from a place on, up to the next special token."""
    columns_T = np.arange(words_BT.shape[1])
    first_B = words_BT[np.arange(len(starts_B)), starts_B]
    inside_BT = (columns_T >= starts_B[:, None]) & (words_BT < (first_B + lengths_B)[:, None])
    stops_BT = np.cumsum(inside_BT & ~able_BT, axis=1)
    return np.asarray(inside_BT & (stops_BT == 0), dtype=np.bool_)


def _within(hidden_BT: Flags, starts_B: Ints, left_B: Ints) -> Flags:
    """Return the places from a start on up to which no more tokens than are left would be newly hidden."""
    new_BT = ~hidden_BT & (np.arange(hidden_BT.shape[1]) >= starts_B[:, None])
    return new_BT.cumsum(axis=1) <= left_B[:, None]


def _ends(hidden_BT: Flags) -> tuple[Ints, Ints]:
    """Return for each hidden token the first and the last of its run, (B, T); elsewhere any place."""
    columns_T = np.arange(hidden_BT.shape[1])
    first_BT = np.maximum.accumulate(np.where(hidden_BT, -1, columns_T), axis=1) + 1
    ahead_BT = np.where(hidden_BT, hidden_BT.shape[1], columns_T)[:, ::-1]
    last_BT = np.minimum.accumulate(ahead_BT, axis=1)[:, ::-1] - 1
    return np.minimum(first_BT, hidden_BT.shape[1] - 1), last_BT


def _logits(outputs: Outputs) -> Tensor:
    if outputs.boundary_MV is None:
        raise TypeError("the model was not asked from the ends of spans")
    return outputs.boundary_MV
