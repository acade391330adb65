"""Swap: words in each other's place.

Teaches that the order of words matters less than the words; use it where that is so (topics, sentiment), and not where
order decides (who did what to whom). Source: random swap of Wei and Zou 2019, EDA, arXiv 1901.11196, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accent.data.augment.protocol import Means
from accent.data.augment.replacing import amount
from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Swap"]


class Swap:
    """Pairs of units change places; marks between words stay where they are."""

    def __init__(self, means: Means) -> None:
        """Take the share of words that change."""
        self._share = means.share

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text with as many pairs swapped as make up the share of its words; no word swaps twice."""
        return [self._swap(text, draw) for text, draw in zip(texts, draws, strict=True)]

    def _swap(self, text: WordedText, draw: np.random.Generator) -> WordedText | None:
        movable = text.movable()
        pairs = min(amount(len(movable), self._share / 2), len(movable) // 2)
        if not pairs:
            return None
        chosen = [movable[place] for place in draw.choice(len(movable), size=2 * pairs, replace=False).tolist()]
        order = list(range(len(text.units())))
        for one, other in zip(chosen[::2], chosen[1::2], strict=True):
            order[one], order[other] = order[other], order[one]
        found = text.rearranged(order)
        return found if found != text and found.has_units_of(text) else None
