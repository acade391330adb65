"""Which token stands for each word: the first of its pieces, once for each word however many windows hold it.

Shapes: E examples, R rows, N tokens of all examples, W words of all rows, K tokens of all rows, each counted once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from accent.tokenization.rows import EncodedRows

__all__ = ["AlignedWords", "Words", "align_words"]

Places = npt.NDArray[np.int64]

_NONE = -1
_END = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Words:
    """Words of R rows as places in their texts, row after row and from left to right; none overlaps another."""

    starts: Places
    """The first character of each word, (W,)."""
    ends: Places
    """The character after its last, (W,)."""
    rows: Places
    """The row of each word, (W,), never falling."""


@dataclass(frozen=True)
class AlignedWords:
    """Tokens of words, as places among the N tokens of the encoded rows."""

    own: Places
    """The token at which each word is read, (W,), no two words the same; -1 where it has none."""
    shared: Places
    """For a word without its own, the token in which it begins together with an earlier word, (W,); -1 elsewhere."""


def align_words(encoded: EncodedRows, words: Words, *, stride: int) -> AlignedWords:
    """Return the token of each word: the first one that stands for any of its characters.

    Where an earlier word begins in the same token (`do` and `n't` in the token `don`), the later word takes the token
    behind it, if that stands for some of its characters and is not the first of the next word. Else it has no token of
    its own, as words have none that the normaliser removed or truncation cut off.

    In windows that share `stride` tokens, a word is read in the window in which its token stands further from where the
    text was cut: the first half of the shared tokens in the window that ends with them, the rest in the next one. A
    tie goes to the earlier window. Raises ValueError where the tokens were encoded without their spans.
    """
    if encoded.spans is None:
        raise ValueError("words are aligned with tokens by their spans: encode with spans=True")
    tokens_K = _each_once(encoded, encoded.spans, stride)
    spans_K2 = encoded.spans[tokens_K].astype(np.int64)
    rows_K = np.repeat(encoded.row_of(), encoded.lengths)[tokens_K]
    # Rows follow each other on one line of characters, so that one search finds the tokens of all words.
    width = 1 + int(max(spans_K2.max(initial=0), words.ends.max(initial=0)))
    first_W, own_W = _search(
        rows_K[:, None] * width + spans_K2,
        words.rows[:, None] * width + np.stack([words.starts, words.ends], axis=1),
    )
    tokens_K = np.append(tokens_K, _NONE)
    return AlignedWords(own=tokens_K[own_W], shared=tokens_K[np.where(own_W < 0, first_W, _NONE)])


def _each_once(encoded: EncodedRows, spans_N2: npt.NDArray[np.int32], stride: int) -> Places:
    """Return the tokens that stand for characters, (K,), each from the one window where it is read."""
    own_N = spans_N2[:, 0] >= 0
    some_N = own_N & (spans_N2[:, 1] > spans_N2[:, 0])
    if encoded.windows is None:
        return np.flatnonzero(some_N)
    before_N = np.concatenate([[0], np.cumsum(own_N)])
    rows_E = encoded.row_of()
    goes_on_E = rows_E == np.append(rows_E[1:], _NONE)[: len(rows_E)]
    follows_E = rows_E == np.concatenate([[_NONE], rows_E[:-1]])[: len(rows_E)]
    first_E = before_N[encoded.offsets[:-1]] + np.where(follows_E, stride - stride // 2, 0)
    end_E = before_N[encoded.offsets[1:]] - np.where(goes_on_E, stride // 2, 0)
    read_N = (before_N[:-1] >= np.repeat(first_E, encoded.lengths)) & (
        before_N[:-1] < np.repeat(end_E, encoded.lengths)
    )
    return np.flatnonzero(some_N & read_N)


def _search(tokens_K2: Places, words_W2: Places) -> tuple[Places, Places]:
    """Return each word's first token and its own token, (W,) each, -1 where there is none.

    Both come as first character and end, from left to right. Normalisers may make later tokens end earlier (letters
    that change places); such a token counts as reaching as far as those before it.
    """
    starts_K, ends_K = np.append(tokens_K2[:, 0], _END), np.maximum.accumulate(tokens_K2[:, 1])
    starts_W, ends_W = words_W2.T
    first_W = np.searchsorted(ends_K, starts_W, side="right")
    first_W = np.where(starts_K[first_W] < ends_W, first_W, _NONE)
    behind_W = np.minimum(first_W + 1, len(ends_K))
    free_W = (starts_K[behind_W] < ends_W) & (behind_W != np.append(first_W[1:], _NONE)[: len(first_W)])
    taken_W = (first_W >= 0) & (first_W == _before(first_W))
    own_W = np.where(taken_W, np.where(free_W, behind_W, _NONE), first_W)
    return first_W, np.where(own_W > _before(np.maximum.accumulate(own_W)), own_W, _NONE)


def _before(values_W: Places) -> Places:
    """Return the value of the word before each, -1 for the first."""
    return np.concatenate([[_NONE], values_W])[: len(values_W)]
