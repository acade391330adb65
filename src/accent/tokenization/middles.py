"""Cut a long row in the middle: half of what is kept is the beginning, half the end.

Of a pair, the longer text loses first, as with every truncation here. Source of keeping both ends: Sun et al. 2019,
arXiv 1905.05583, section 5.3.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Encoding

__all__ = ["without_middle"]


def without_middle(encoding: Encoding, max_length: int) -> Any:
    """Return an index of the tokens to keep: all of a short row, at most `max_length` of a long one."""
    if len(encoding) <= max_length:
        return slice(None)
    text_of = np.asarray([-1 if text is None else text for text in encoding.sequence_ids])
    texts = sorted({int(text) for text in text_of} - {-1})
    lengths = [int((text_of == text).sum()) for text in texts]
    kept = np.ones(len(encoding), dtype=np.bool_)
    for text, length in zip(texts, _shortened(lengths, len(encoding) - max_length), strict=True):
        places = np.flatnonzero(text_of == text)
        kept[places[(length + 1) // 2 : len(places) - length // 2]] = False
    return np.flatnonzero(kept)


def _shortened(lengths: list[int], surplus: int) -> npt.NDArray[np.int64]:
    """Take `surplus` tokens away, one by one, always from the longer text (the first where both are as long)."""
    left = np.asarray(lengths, dtype=np.int64)
    if len(left) == 1:
        return np.asarray(left - surplus)
    longer, gap = int(left.argmax()), int(abs(left[0] - left[1]))
    left[longer] -= min(surplus, gap)
    rest = surplus - min(surplus, gap)
    return np.asarray(left - np.asarray([rest - rest // 2, rest // 2]))
