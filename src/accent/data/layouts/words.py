"""Words of a sentence as places in its text: from tokens that are given, or from the text and its entities."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["OUTSIDE", "Span", "TaggedText", "from_spans", "from_tokens"]

OUTSIDE = "O"
"""The tag of a word that belongs to no entity."""

PIECE = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, order=True)
class Span:
    """An entity: the characters of the text from `start` up to and without `end`, and its type."""

    start: int
    end: int
    label: str


@dataclass(kw_only=True)
class TaggedText:
    """A text and its words: where each starts and ends (exclusive, in characters), and its tag."""

    text: str
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def add(self, start: int, end: int, tag: str) -> None:
        """Take in one more word."""
        self.starts.append(start)
        self.ends.append(end)
        self.tags.append(tag)


def from_tokens(tokens: Sequence[str], tags: Sequence[str], text: str | None = None) -> TaggedText:
    """Return the tokens as words of `text` where they stand there one after the other, else joined by single spaces."""
    words = [token.strip() for token in tokens]
    places = None if text is None else _places(words, text)
    if text is None or places is None:
        text = " ".join(words)
        places = _places(words, text) or []
    found = TaggedText(text=text)
    for (start, end), tag in zip(places, tags, strict=True):
        found.add(start, end, tag)
    return found


def from_spans(text: str, spans: Iterable[Span]) -> TaggedText:
    """Return the words of the text with BIO tags: runs of letters and digits, and each other character by itself.

    Combining marks (accents, vowel signs) belong to what stands before them: they end no run and are no words. A word
    is cut where an entity begins or ends inside it, so that no entity is lost or moved. The spans must not overlap, lie
    inside the text, and hold more than white space.
    """
    found = TaggedText(text=text)
    place = 0
    for span in sorted(spans):
        _add_words(found, place, span.start, None)
        _add_words(found, span.start, span.end, span.label)
        place = span.end
    _add_words(found, place, len(text), None)
    return found


def _add_words(found: TaggedText, start: int, end: int, label: str | None) -> None:
    inside = False
    for place in _cut(found.text, start, end):
        found.add(*place, OUTSIDE if label is None else f"{'I' if inside else 'B'}-{label}")
        inside = True


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where words begin and end between `start` and `end`; regular expressions know no combining marks."""
    begun = ended = start
    in_run = False
    for piece in PIECE.finditer(text, start, end):
        first, last = piece.span()
        letter = text[first]
        is_mark = not letter.isascii() and unicodedata.category(letter).startswith("M")
        is_run = not is_mark and (letter.isalnum() or letter == "_")
        goes_on = begun < ended == first and (is_mark or (is_run and in_run))
        if not goes_on:
            if begun < ended:
                yield begun, ended
            begun, in_run = first, is_run
        ended = last
    if begun < ended:
        yield begun, ended


def _places(words: Sequence[str], text: str) -> list[tuple[int, int]] | None:
    """Return where the words stand, None where anything but white space stands between them."""
    places = list(_walk(words, text))
    end = places[-1][1] if places else 0
    return places if len(places) == len(words) and not text[end:].strip() else None


def _walk(words: Sequence[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield the place of each word up to the first that does not come next."""
    place = 0
    for word in words:
        while place < len(text) and text[place].isspace() and not text.startswith(word, place):
            place += 1
        if not text.startswith(word, place):
            return
        yield place, place + len(word)
        place += len(word)
