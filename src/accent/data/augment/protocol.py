"""What a kind of change offers, and what it may draw on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import datasets

from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Augmenter", "Blanks", "Lexicon", "Means"]


@dataclass(frozen=True)
class Blanks:
    """A text with words to guess."""

    text: str
    places: Sequence[tuple[int, int]]
    """Where each of them starts and ends (exclusive), in characters, the first word first."""


class Lexicon(Protocol):
    """Words that a base offers in the place of others. Rows know no model, so it comes from outside."""

    @property
    def digest(self) -> str:
        """What the offers depend on: that of the base's weights and its tokenizer."""
        ...

    def neighbours(self, words: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return what is near each of the words, nearest first; words that it does not know are not among the keys."""
        ...

    def guesses(self, blanks: Sequence[Blanks]) -> list[list[Sequence[str]]]:
        """Return, for each text and each of its places, other words that may stand there, likeliest first.

        A place beyond what the base reads has none. Raises BaseModelError where the base cannot guess.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a change may draw on beside the text itself."""

    share: float
    """The share of a text's words that change."""
    rows: datasets.Dataset
    """The training rows."""
    lexicon: Lexicon
    """The base's words."""


class Augmenter(Protocol):
    """One kind of change. It is made with the means that it draws on, once for all rows."""

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text changed, by chance drawn from the generator beside it; None where nothing can change.

        Tags stay right: entities are whole afterwards. What becomes of a text depends on no other.
        """
        ...
