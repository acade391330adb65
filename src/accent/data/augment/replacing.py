"""Replacing words: how many of a text, which of them, and how the new word is spelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from accent.data.augment.words import WordedText

if TYPE_CHECKING:
    import numpy as np

__all__ = ["amount", "choose", "replace_words"]


def amount(count: int, share: float) -> int:
    """Return how many of `count` words change: their share, but one at least."""
    return max(1, round(share * count))


def choose(numbers: Sequence[int], count: int, draw: np.random.Generator) -> list[int]:
    """Return `count` of the numbers at most, each as likely as any other, rising."""
    chosen = draw.choice(len(numbers), size=min(count, len(numbers)), replace=False)
    return sorted(numbers[place] for place in chosen.tolist())


def replace_words(
    text: WordedText, offers: Mapping[int, Sequence[str]], draw: np.random.Generator
) -> WordedText | None:
    """Return the text with one of the offers in the place of each word that has some, spelled like the word.

    None where no word has any.
    """
    open_places = {number: words for number, words in sorted(offers.items()) if words}
    chosen = {number: words[int(draw.integers(len(words)))] for number, words in open_places.items()}
    new = {number: _spelled_like(word, text.words[number]) for number, word in chosen.items()}
    return text.replaced(new) if new else None


def _spelled_like(word: str, old: str) -> str:
    """Return `word` in capitals, or with a capital, where `old` is written so."""
    if old.isupper() and len(old) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if old[:1].isupper() else word
