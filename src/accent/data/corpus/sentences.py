"""Texts cut into sentences by simple rules, losing nothing: joined, the sentences are the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["LONGEST_SENTENCE", "sentences"]

LONGEST_SENTENCE = 8000
"""Characters; a text without ends of sentences is cut there, behind a space where it has one."""
# Closing quotes and brackets, and full-width ! . ?, by their code points, because they look like others.
_CLOSING = "\"'\u201d\u2019\u00bb)\\]\u300d\u300f\uff09"
_WIDE = "\uff01\u3002\uff1f"
_MARKS = re.compile(rf"[.!?…]+[{_CLOSING}]*|[{_WIDE}]+[{_CLOSING}]*|\n")
_TITLE = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St)|\b[A-Z])$")
_NEXT = re.compile(r"\s+[^\sa-z]")


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`; white space between two belongs to the second.

    Tokenizers then make of the sentences what they make of the text: a byte-level token begins with its space.
    """
    found: list[str] = []
    start = 0
    for end in _ends(text):
        piece = text[start:end]
        if piece and not piece.isspace():
            found += _short(piece)
            start = end
    rest = text[start:]
    if found and rest.isspace():
        found[-1] += rest
    elif rest:
        found += _short(rest)
    return found


def _ends(text: str) -> Iterator[int]:
    """Yield where sentences end.

    That is behind . ! ? and what closes behind them, before white space and no small letter; behind their full-width
    forms; and with the line. Titles and initials (Mr. J. Smith) end nothing.
    """
    for match in _MARKS.finditer(text):
        marks = match.group()
        if marks == "\n":
            yield match.start()
        elif marks[0] in _WIDE or _ends_here(text, match):
            yield match.end()


def _ends_here(text: str, marks: re.Match[str]) -> bool:
    if _NEXT.match(text, marks.end()) is None:
        return False
    before = text[max(0, marks.start() - 4) : marks.start()]
    return marks.group() != "." or _TITLE.search(before) is None


def _short(sentence: str) -> Iterator[str]:
    """Yield the sentence, or what it is cut to where it is too long."""
    while len(sentence) > LONGEST_SENTENCE:
        space = max(sentence.rfind(" ", 1, LONGEST_SENTENCE), sentence.rfind("\t", 1, LONGEST_SENTENCE))
        end = space if space > 0 and not sentence[:space].isspace() else LONGEST_SENTENCE
        yield sentence[:end]
        sentence = sentence[end:]
    if sentence:
        yield sentence
