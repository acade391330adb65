"""A text as words and what stands between them, so that words can be replaced, moved and left out."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, zip_longest
from typing import Any

from accent.data.layouts.words import OUTSIDE

__all__ = ["WordedText"]

_CHUNK = re.compile(r"\S+")
_TAG = re.compile(r"([BIOLUESM])(?:-(.*))?", re.DOTALL)
_OPENING, _GOING_ON = frozenset("BIM"), frozenset("IELM")

_Unit = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class WordedText:
    """A text of W words.

    Untagged words are what stands between white space, without the marks around them; tagged ones are those of their
    labels. Words that move or go do so by units: entities as a whole, all other words one by one.
    """

    words: tuple[str, ...]
    gaps: tuple[str, ...]
    """What stands before each word and behind the last, (W + 1,)."""
    tags: tuple[str, ...] | None = None
    """A tag for each word, as the file has it; None where words have none."""

    @classmethod
    def of_text(cls, text: str) -> WordedText:
        """Return the words of a text without tags."""
        return cls._cut(text, list(_cores(text)), None)

    @classmethod
    def of_tagged(cls, text: str, label: Mapping[str, Sequence[Any]]) -> WordedText:
        """Return the words of a text with a tagging label: `starts`, `ends` and `tags`."""
        return cls._cut(text, list(zip(label["starts"], label["ends"], strict=True)), tuple(label["tags"]))

    @classmethod
    def _cut(cls, text: str, places: Sequence[tuple[int, int]], tags: tuple[str, ...] | None) -> WordedText:
        edges = [0, *chain.from_iterable(places), len(text)]
        gaps = tuple(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
        return cls(tuple(text[start:end] for start, end in places), gaps, tags)

    @property
    def text(self) -> str:
        """The text."""
        return "".join(chain.from_iterable(zip_longest(self.gaps, self.words, fillvalue="")))

    @property
    def label(self) -> dict[str, Any]:
        """The tagging label: where words start and end (exclusive, in characters of the text), and their tags."""
        places = self.places()
        return {
            "starts": [start for start, _ in places],
            "ends": [end for _, end in places],
            "tags": list(self.tags or ()),
        }

    @property
    def lettered(self) -> list[int]:
        """The words with a letter or digit, by number: what else there is, a comma or a dash, stays as it is."""
        return [number for number, word in enumerate(self.words) if any(map(str.isalnum, word))]

    def places(self) -> list[tuple[int, int]]:
        """Return where each word starts and ends."""
        found: list[tuple[int, int]] = []
        end = 0
        for gap, word in zip(self.gaps, self.words, strict=False):
            start = end + len(gap)
            end = start + len(word)
            found.append((start, end))
        return found

    def replaced(self, words: Mapping[int, str]) -> WordedText:
        """Return the text with other words in some places."""
        return replace(self, words=tuple(words.get(number, word) for number, word in enumerate(self.words)))

    def units(self) -> list[range]:
        """Return the words that stay together: each entity, and each other word by itself."""
        if self.tags is None:
            return [range(number, number + 1) for number in range(len(self.words))]
        starts = [
            number for number, tag in enumerate(self.tags) if not number or not _go_on(self.tags[number - 1], tag)
        ]
        return [range(start, end) for start, end in pairwise([*starts, len(self.words)])]

    def movable(self) -> list[int]:
        """Return the units, by number, that hold a letter or digit and can stand elsewhere.

        One that a letter touches is a part of a written word: moved, it would tear that apart.
        """
        lettered = set(self.lettered)
        return [
            number
            for number, unit in enumerate(self.units())
            if lettered.intersection(unit) and not self._touches(unit.start) and not self._touches(unit.stop)
        ]

    def rearranged(self, order: Sequence[int]) -> WordedText:
        """Return the text with all of its units in another order; what stood between units stays where it was."""
        units = self.units()
        gaps: list[str] = []
        for stays, comes in zip(units, order, strict=True):
            gaps += [self.gaps[stays.start], *self.gaps[units[comes].start + 1 : units[comes].stop]]
        return self._of_words([number for comes in order for number in units[comes]], [*gaps, self.gaps[-1]])

    def without(self, left_out: Collection[int]) -> WordedText:
        """Return the text without some units, and with one space where two would meet."""
        kept: list[int] = []
        gaps = [self.gaps[0]]
        for number, unit in enumerate(self.units()):
            behind = self.gaps[unit.stop]
            if number in left_out:
                gaps[-1] = gaps[-1] + behind.lstrip() if gaps[-1].strip() else behind
            else:
                kept += unit
                gaps += [*self.gaps[unit.start + 1 : unit.stop], behind]
        return self._of_words(kept, [gaps[0].lstrip(), *gaps[1:-1], gaps[-1].rstrip()])

    def has_units_of(self, other: WordedText) -> bool:
        """Return whether each unit was one of `other`: no two have become one, and none was torn apart.

        Where entities begin with I- (IOB1), two of a type that come to stand side by side would be one.
        """
        return Counter(self._contents()) <= Counter(other._contents())

    def _contents(self) -> Iterator[_Unit]:
        tags = self.tags or ()
        for unit in self.units():
            yield self.words[unit.start : unit.stop], tags[unit.start : unit.stop]

    def _touches(self, number: int) -> bool:
        """Return whether nothing stands between the word and the one before but the letters of both."""
        if not 0 < number < len(self.words) or self.gaps[number]:
            return False
        return self.words[number - 1][-1].isalnum() and self.words[number][0].isalnum()

    def _of_words(self, numbers: Sequence[int], gaps: Sequence[str]) -> WordedText:
        tags = None if self.tags is None else tuple(self.tags[number] for number in numbers)
        return WordedText(tuple(self.words[number] for number in numbers), tuple(gaps), tags)


def _cores(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each chunk between white space has its letters: `(well-made),` is `well-made`."""
    for chunk in _CHUNK.finditer(text):
        start, end = chunk.span()
        while start < end and not text[start].isalnum():
            start += 1
        while start < end and not _is_of_word(text[end - 1]):
            end -= 1
        if start < end:
            yield start, end


def _is_of_word(letter: str) -> bool:
    """Return whether it is a letter, a digit, or a mark that belongs to the letter before (a vowel sign)."""
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _go_on(before: str, tag: str) -> bool:
    """Return whether a tag goes on with the entity of the tag before, in any of BIO, IOB1, BILOU, BIOES and BMES."""
    one, other = _TAG.fullmatch(before), _TAG.fullmatch(tag)
    if one is None or other is None or OUTSIDE in (before, tag) or one[2] != other[2]:
        return False
    return one[1] in _OPENING and other[1] in _GOING_ON
