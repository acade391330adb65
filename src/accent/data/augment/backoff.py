"""Back-off: words replaced by other words of the training rows that have the same tag.

For tagging only. The tags stay right whatever the words say: names meet new sentences, and sentences new names. Source:
label-wise token replacement of Dai and Adel 2020, arXiv 2010.11683, section 3.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import datasets
import numpy as np
import numpy.typing as npt

from accent.data.augment.protocol import Means
from accent.data.augment.replacing import amount, choose
from accent.data.augment.words import WordedText

__all__ = ["Backoff"]

MOST_WORDS = 10_000
"""Different words that are kept of a tag, the first that are met, so that memory does not grow with the rows."""
BATCH = 1_000


class Backoff:
    """Some words are replaced by others of their tag, each as likely as it is frequent."""

    def __init__(self, means: Means) -> None:
        """Count the words of each tag in the training rows."""
        self._share = means.share
        self._words = _words_of_tags(means.rows)

    def change(self, texts: Sequence[WordedText], draws: Sequence[np.random.Generator]) -> list[WordedText | None]:
        """Return each text with a share of its words replaced; None where no tag of it has two words."""
        return [self._replace(text, draw) for text, draw in zip(texts, draws, strict=True)]

    def _replace(self, text: WordedText, draw: np.random.Generator) -> WordedText | None:
        tags = text.tags or ()
        known = [number for number in text.lettered if self._words[tags[number]].has_others]
        chosen = choose(known, amount(len(text.lettered), self._share), draw)
        new = {number: self._words[tags[number]].other(text.words[number], draw) for number in chosen}
        return text.replaced(new) if new else None


@dataclass(frozen=True)
class _Words:
    """The words of one tag."""

    words: tuple[str, ...]
    numbers: dict[str, int]
    """The place of each among them."""
    totals: npt.NDArray[np.int64]
    """How often each and those before it stand in the rows, together."""

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> _Words:
        numbers = {word: number for number, word in enumerate(counts)}
        return cls(tuple(counts), numbers, np.cumsum(list(counts.values()), dtype=np.int64))

    @property
    def has_others(self) -> bool:
        return len(self.words) > 1

    def other(self, word: str, draw: np.random.Generator) -> str:
        """Draw a word that is not `word`."""
        number = self.numbers.get(word)
        end = 0 if number is None else int(self.totals[number])
        begin = 0 if not number else int(self.totals[number - 1])
        place = int(draw.integers(int(self.totals[-1]) - (end - begin)))
        place += end - begin if place >= begin else 0
        return self.words[int(np.searchsorted(self.totals, place, side="right"))]


def _words_of_tags(rows: datasets.Dataset) -> dict[str, _Words]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in _texts(rows):
        for number in text.lettered:
            known = counts[(text.tags or ())[number]]
            word = text.words[number]
            if word in known or len(known) < MOST_WORDS:
                known[word] += 1
    return {tag: _Words.of(known) for tag, known in counts.items()}


def _texts(rows: datasets.Dataset) -> Iterator[WordedText]:
    for batch in rows.select_columns(["text", "label"]).iter(batch_size=BATCH):
        for text, label in zip(batch["text"], batch["label"], strict=True):
            yield WordedText.of_tagged(text, label)
