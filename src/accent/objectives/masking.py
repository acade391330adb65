"""Which tokens are hidden, and what stands in their place.

A row hides a fixed number of tokens, so that every update predicts as many: round(rate x tokens of the text), at
least one. Of these 80 % become the mask, 10 % any other token, 10 % stay (Devlin et al. 2019, arXiv 1810.04805,
section 3.1). Legend: B rows, T tokens, M hidden tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.errors import ConfigError
from accent.objectives.chance import Chance
from accent.objectives.protocol import Laid
from accent.objectives.symbols import Symbols

__all__ = [
    "BERT_SHARES",
    "ELECTRA_SHARES",
    "Shares",
    "budgets",
    "choose",
    "choose_words",
    "corrupt",
    "flat_places",
    "word_numbers",
]

Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shares:
    """What becomes of hidden tokens; those that are neither masked nor replaced stay as they are."""

    masked: float
    replaced: float


BERT_SHARES = Shares(0.8, 0.1)
ELECTRA_SHARES = Shares(0.85, 0.0)
"""As in ELECTRA's own code: nothing is replaced, because the generator does that."""


def budgets(laid: Laid, rate: float) -> Ints:
    """Return how many tokens each row hides, (B,)."""
    able_B = laid.text.sum(axis=1)
    return np.where(able_B > 0, np.maximum(1, np.round(rate * able_B)), 0).astype(np.int64)


def choose(able_BT: Flags, counts_B: Ints, scores_BT: npt.NDArray[np.float64]) -> Flags:
    """Return in each row the `counts_B` able places with the lowest scores; by chance, any is as likely."""
    order_BT = np.argsort(np.where(able_BT, scores_BT, np.inf), axis=1, kind="stable")
    taken_BT = np.arange(able_BT.shape[1]) < counts_B[:, None]
    chosen_BT = np.zeros_like(able_BT)
    np.put_along_axis(chosen_BT, order_BT, taken_BT, axis=1)
    return chosen_BT & able_BT


def choose_words(laid: Laid, counts_B: Ints, scores_BT: npt.NDArray[np.float64]) -> Flags:
    """Return the tokens of whole words, drawn one after the other; a word that has no room any more is passed by.

    So a row hides at most its number, and fewer only where every word that is left is longer than the rest of it. A
    row whose words are all longer hides as much of its first drawn word as it may. Word number w of a row is drawn by
    `scores_BT[:, w]`.
    """
    words_BT = word_numbers(laid)
    width = laid.ids.shape[1]
    sizes_BW = _counted(words_BT, laid.text, width)
    order_BW = np.argsort(np.where(sizes_BW > 0, scores_BT, np.inf), axis=1, kind="stable")
    ordered_BW = np.take_along_axis(sizes_BW, order_BW, axis=1)
    taken_BW = _fitting(ordered_BW, counts_B)
    is_taken_BW = np.zeros_like(taken_BW)
    np.put_along_axis(is_taken_BW, order_BW, taken_BW, axis=1)
    chosen_BT = np.take_along_axis(is_taken_BW, words_BT, axis=1) & laid.text
    none_B = chosen_BT.sum(axis=1) == 0
    if none_B.any():
        of_first_BT = (words_BT == order_BW[:, :1]) & laid.text & none_B[:, None]
        chosen_BT |= of_first_BT & (of_first_BT.cumsum(axis=1) <= counts_B[:, None])
    return chosen_BT


def word_numbers(laid: Laid) -> Ints:
    """Return the number of each token's word in its row, from 0; a special token stands alone and ends a word."""
    starts_BT = np.ones_like(laid.text) if laid.starts is None else laid.starts.copy()
    starts_BT[:, 1:] |= laid.text[:, 1:] != laid.text[:, :-1]
    starts_BT |= ~laid.text
    starts_BT[:, 0] = False
    return np.asarray(starts_BT.cumsum(axis=1), dtype=np.int64)


def corrupt(
    laid: Laid,
    hidden_BT: Flags,
    *,
    symbols: Symbols,
    chance: Chance,
    shares: Shares = BERT_SHARES,
    together_BT: Ints | None = None,
) -> Ints:
    """Return the rows' ids with the hidden tokens masked, replaced or left.

    Tokens with the same number in `together_BT`, such as those of a span, share their fate; else each has its own.
    """
    if symbols.mask is None:
        raise ConfigError(
            "the tokenizer has no mask token",
            where="tokenizer",
            remedy="Take a tokenizer that has one, or an objective that hides nothing, such as clm.",
        )
    width = hidden_BT.shape[1]
    fate_BT = chance.uniform("fate", width)
    if together_BT is not None:
        fate_BT = np.take_along_axis(fate_BT, together_BT, axis=1)
    others_BT = symbols.ordinary[chance.below("replacement", len(symbols.ordinary), width)]
    ids_BT = np.where(hidden_BT & (fate_BT < shares.masked), symbols.mask, laid.ids)
    replaced_BT = hidden_BT & (fate_BT >= shares.masked) & (fate_BT < shares.masked + shares.replaced)
    return np.where(replaced_BT, others_BT, ids_BT).astype(np.int64)


def flat_places(hidden_BT: Flags) -> Ints:
    """Return the hidden places as indices into the rows laid end to end, (M,)."""
    return np.flatnonzero(hidden_BT).astype(np.int64)


def _counted(words_BT: Ints, able_BT: Flags, width: int) -> Ints:
    """Return how many able tokens each word has, (B, W), W as wide as the row."""
    rows_BT = np.arange(len(words_BT))[:, None] * width
    counts = np.bincount((rows_BT + words_BT).ravel(), weights=able_BT.ravel(), minlength=words_BT.size)
    return counts.reshape(words_BT.shape).astype(np.int64)


def _fitting(sizes_BW: Ints, counts_B: Ints) -> Flags:
    """Return which words of each row are taken, in their order, each where it fits what is left."""
    taken_BW = np.zeros(sizes_BW.shape, dtype=np.bool_)
    left_B = counts_B.copy()
    while True:
        able_BW = (sizes_BW > 0) & (sizes_BW <= left_B[:, None]) & ~taken_BW
        new_BW = able_BW & ((sizes_BW * able_BW).cumsum(axis=1) <= left_B[:, None])
        if not new_BW.any():
            return taken_BW
        taken_BW |= new_BW
        left_B -= (sizes_BW * new_BW).sum(axis=1)
