"""Masked: words replaced by what the base guesses in their place.

The guesses fit the sentence, where neighbours fit the word alone; they do not know the label, and may say the opposite.
The base needs the head that it was pretrained with. Source: Kobayashi 2018, Contextual Augmentation, arXiv 1805.06201,
without its condition on the label, and with a masked language model in the place of its bidirectional one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from accent.data.augment.protocol import Blanks, Means
from accent.data.augment.replacing import amount, choose, replace_words
from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Masked"]


class Masked:
    """Some words are hidden, all at once, and each is replaced by one of the likeliest others."""

    def __init__(self, means: Means) -> None:
        """Take the share of words that change, and the base's words."""
        self._share, self._lexicon = means.share, means.lexicon

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text with a share of its words replaced; None where there is nothing to guess."""
        chosen = [
            choose(text.lettered, amount(len(text.lettered), self._share), draw)
            for text, draw in zip(texts, draws, strict=True)
        ]
        guesses = self._lexicon.guesses([_blanks(text, numbers) for text, numbers in zip(texts, chosen, strict=True)])
        return [
            replace_words(text, dict(zip(numbers, words, strict=True)), draw)
            for text, numbers, words, draw in zip(texts, chosen, guesses, draws, strict=True)
        ]


def _blanks(text: WordedText, numbers: Sequence[int]) -> Blanks:
    places = text.places()
    return Blanks(text.text, [places[number] for number in numbers])
