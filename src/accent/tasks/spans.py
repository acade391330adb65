"""Spans of tokens: where an answer stands in each window of its context, and which spans a model finds best.

Letters: E examples (windows), R rows, N tokens of all examples, B examples of a batch, T tokens of the longest of them,
L tokens of a span at most, K candidates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from accent.tokenization import EncodedRows

__all__ = ["BestSpans", "answer_tokens", "best_spans", "window_weights"]

Places = npt.NDArray[np.int64]


class BestSpans(NamedTuple):
    """The best spans of each example, the best first; where there are fewer than K the scores are -inf."""

    scores_BK: Tensor
    """Start logit + end logit."""
    starts_BK: Tensor
    """The first token's place in the example."""
    ends_BK: Tensor
    """The last token's place in the example."""


def answer_tokens(rows: EncodedRows, answers_R2: Places) -> tuple[Places, Places]:
    """Return the places of each example's first and last answer token (E,), -1 where the example lacks the answer.

    `answers_R2` has each row's first character and end, both -1 where there is no answer. The tokens are those that
    share a character with it: the smallest cover where the ends of tokens are not its own. A window has the answer only
    if it has all of these; so does a row that was cut only if its tokens reach from the answer's start to its end.
    """
    starts_E, ends_E = np.full((2, len(rows)), -1, dtype=np.int64)
    if rows.spans is None:
        raise ValueError("the rows were encoded without spans")
    row_of_E = rows.row_of()
    own_N2 = answers_R2[np.repeat(row_of_E, rows.lengths)]
    touching_N = (rows.spans[:, 0] >= 0) & (rows.spans[:, 0] < own_N2[:, 1]) & (rows.spans[:, 1] > own_N2[:, 0])
    tokens = np.flatnonzero(touching_N)
    examples, first = np.unique(np.searchsorted(rows.offsets, tokens, side="right") - 1, return_index=True)
    last = np.append(first[1:], len(tokens))[: len(first)] - 1
    covers_X2 = np.stack([rows.spans[tokens[first], 0], rows.spans[tokens[last], 1]], axis=1)
    whole = _reach_whole(covers_X2, answers_R2, row_of_E[examples], rows.cut > 0)
    starts_E[examples[whole]] = tokens[first[whole]] - rows.offsets[examples[whole]]
    ends_E[examples[whole]] = tokens[last[whole]] - rows.offsets[examples[whole]]
    return starts_E, ends_E


def window_weights(row_of_E: Places, found_E: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return weights (E,) with which each row counts once in the loss.

    The windows that have the answer share one half evenly and the others the other half, so that the many windows
    without it do not outweigh it; windows that are all of one kind share the whole.
    """
    rows = int(row_of_E.max(initial=-1)) + 1
    with_R = np.bincount(row_of_E[found_E], minlength=rows)
    without_R = np.bincount(row_of_E[~found_E], minlength=rows)
    shares_R = np.where((with_R > 0) & (without_R > 0), 0.5, 1.0)
    alike_E = np.where(found_E, with_R[row_of_E], without_R[row_of_E])
    return np.asarray(shares_R[row_of_E] / alike_E, dtype=np.float32)


def best_spans(
    start_logits_BT: Tensor, end_logits_BT: Tensor, allowed_BT: Tensor, *, longest: int, count: int
) -> BestSpans:
    """Return the `count` spans with the highest start logit + end logit, of at most `longest` tokens.

    Both ends are allowed tokens. Exact: no span of the best K begins at a start whose own best span is not among the K
    best of the starts, so the ends of K starts are all that is sorted.
    """
    tokens = start_logits_BT.shape[1]
    longest = min(longest, tokens)
    starts_BT = start_logits_BT.masked_fill(~allowed_BT, -torch.inf)
    ends_BT = pad(end_logits_BT.masked_fill(~allowed_BT, -torch.inf), (0, longest - 1), value=-torch.inf)
    ends_BTL = ends_BT.unfold(1, longest, 1)
    firsts_BK = (starts_BT + ends_BTL.amax(dim=2)).topk(min(count, tokens), dim=1).indices
    scores_BKL = starts_BT.gather(1, firsts_BK)[:, :, None] + _rows_of(ends_BTL, firsts_BK)
    scores_BK, places_BK = scores_BKL.flatten(1).topk(min(count, firsts_BK.shape[1] * longest), dim=1)
    begun_BK = firsts_BK.gather(1, places_BK // longest)
    return BestSpans(scores_BK, begun_BK, begun_BK + places_BK % longest)


def _reach_whole(
    covers_X2: npt.NDArray[np.int32], answers_R2: Places, row_of_X: Places, cut_R: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Say which examples have all of their row's answer, by the characters that their own tokens cover."""
    from_R = np.full(len(answers_R2), np.iinfo(np.int64).max)
    to_R = np.full(len(answers_R2), -1, dtype=np.int64)
    np.minimum.at(from_R, row_of_X, covers_X2[:, 0])
    np.maximum.at(to_R, row_of_X, covers_X2[:, 1])
    # A character that the tokenizer drops has no token: only of rows that lost tokens does the text itself decide.
    from_R, to_R = np.where(cut_R, answers_R2[:, 0], from_R), np.where(cut_R, answers_R2[:, 1], to_R)
    return np.asarray((covers_X2[:, 0] <= from_R[row_of_X]) & (covers_X2[:, 1] >= to_R[row_of_X]))


def _rows_of(values_BTL: Tensor, places_BK: Tensor) -> Tensor:
    """Return the rows of each example's matrix that stand at the given places, (B, K, L)."""
    return values_BTL.gather(1, places_BK[:, :, None].expand(-1, -1, values_BTL.shape[2]))
