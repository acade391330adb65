"""Augmentation: changed copies of the training rows, and the table of the changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from accent.config.augment import AugmenterName
from accent.data.augment.backoff import Backoff
from accent.data.augment.delete import Delete
from accent.data.augment.masked import Masked
from accent.data.augment.protocol import Augmenter, Blanks, Lexicon, Means
from accent.data.augment.swap import Swap
from accent.data.augment.synonyms import Synonyms
from accent.data.augment.words import WordedText

__all__ = ["AUGMENTERS", "Augmenter", "Blanks", "Lexicon", "Means", "WordedText"]

AUGMENTERS: Mapping[AugmenterName, Callable[[Means], Augmenter]] = {
    "synonyms": Synonyms,
    "masked": Masked,
    "swap": Swap,
    "delete": Delete,
    "backoff": Backoff,
}
"""Every kind of change."""
