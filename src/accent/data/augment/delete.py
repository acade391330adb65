"""Delete: words left out.

Teaches not to rest on any one word; a row whose label hangs on a single word (a negation) may lose it, so small shares
are safer. Source: random deletion of Wei and Zou 2019, EDA, arXiv 1901.11196, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accent.data.augment.protocol import Means
from accent.data.augment.replacing import amount, choose
from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Delete"]


class Delete:
    """Some units are left out, entities with all of their words; one unit at least stays."""

    def __init__(self, means: Means) -> None:
        """Take the share of words that go."""
        self._share = means.share

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text without a share of its words; None where it has a single one."""
        return [self._delete(text, draw) for text, draw in zip(texts, draws, strict=True)]

    def _delete(self, text: WordedText, draw: np.random.Generator) -> WordedText | None:
        movable = text.movable()
        count = min(amount(len(movable), self._share), len(movable) - 1)
        if count < 1:
            return None
        found = text.without(choose(movable, count, draw))
        return found if found.has_units_of(text) else None
