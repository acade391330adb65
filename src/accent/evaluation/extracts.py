"""Answers and summaries without a model, cut from the text itself: what a trained model must beat."""

from __future__ import annotations

import math
import re
from collections import Counter

__all__ = ["first_sentences", "overlap_sentence", "sentences"]

_WORD = re.compile(r"\w+")
# Full stops and their kin with the quotes and brackets that close after them, before white space; those of Chinese and
# Japanese, which no white space follows; and an empty line. Never tried from inside a run of stops: lines of dots in a
# table of contents would take quadratic time.
_END = re.compile(
    r"""(?<![.!?…])([.!?…]+)[)\]}"'\u201d\u2019»]*(?=\s)|[。\uff01\uff1f]+[」』\u201d\u2019]*|\n[^\S\n]*(?=\n)"""
)
_OPENING = "([{\"'\u201c\u2018«"
_BEFORE_NAMES = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "mt", "gen", "col", "capt", "lt", "sgt", "rev", "hon", "gov", "sen", "rep"}
    | {"pres", "messrs", "mme", "vs", "cf", "viz", "approx", "al"}
)
_BEFORE_NUMBERS = frozenset(
    {"no", "nos", "fig", "figs", "vol", "pp", "ch", "sec", "art", "eq", "ca"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_LETTERS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*")
_REACH = 12  # letters before a full stop that can be an abbreviation


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of prose starts and ends, in characters, without the white space around it.

    A sentence ends at . ! ? or an ellipsis, with the quotes and brackets that close after it, when white space and
    something other than a lower-case letter follow; at the full stops of Chinese and Japanese; and at an empty line.
    A full stop does not end it after a title (Dr.), a single letter or letters with stops between (J., e.g., U.S.), nor
    after No., Fig., Jan. and the like before a digit. A decimal has no white space after its point. Together the
    sentences hold every character that is not white space.

    It knows English abbreviations only; it does not split where a sentence ends in one ("in the U.S. They ..."), where
    the next one starts in lower case ("iPhones sell."), where the space is missing, and at single line ends, so a list
    or a poem is one sentence. Use a trained splitter when sentences are what is scored.
    """
    found, start = [], 0
    for end in _END.finditer(text):
        if _ends(text, end):
            found.append(_stripped(text, start, end.end()))
            start = end.end()
    found.append(_stripped(text, start, len(text)))
    return [(first, last) for first, last in found if first < last]


def first_sentences(text: str, words: int) -> str:
    """Return the first sentences of a text whose words come nearest to `words`, at least one sentence.

    Of two numbers of sentences that come as near, the smaller. The usual strong baseline of summaries of news. "" for a
    text without a word. ValueError when `words` is below 1.
    """
    if words < 1:
        raise ValueError(f"a summary needs room for at least one word, not {words}")
    spans = sentences(text)
    if not spans:
        return ""
    best, taken, nearest = spans[0][1], 0, math.inf
    for start, end in spans:
        taken += len(text[start:end].split())
        if abs(taken - words) < nearest:
            best, nearest = end, abs(taken - words)
    return text[spans[0][0] : best]


def overlap_sentence(question: str, context: str) -> tuple[str, int, int]:
    """Return the sentence of the context that shares most with the question, and where it starts and ends in it.

    A word that both have counts once, with log((1 + S) / s) where s of the context's S sentences have it: what stands
    everywhere tells little. The first sentence of a tie; ("", 0, 0) where the context has none.
    """
    spans = sentences(context)
    if not spans:
        return "", 0, 0
    words = [frozenset(_words(context[start:end])) for start, end in spans]
    having = Counter(word for sentence in words for word in sentence)
    asked = {word: math.log((1 + len(spans)) / having[word]) for word in _words(question) if word in having}
    # In the order of the question, for sums that are the same in every process: sets of texts have none.
    shared = [math.fsum(weight for word, weight in asked.items() if word in sentence) for sentence in words]
    start, end = spans[shared.index(max(shared))]
    return context[start:end], start, end


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _ends(text: str, end: re.Match[str]) -> bool:
    stops = end.group(1)
    if stops is None:
        return True
    following = text[end.end() : end.end() + _REACH].lstrip().lstrip(_OPENING)[:1]
    if following.islower():
        return False
    return stops != "." or not _is_abbreviation(text[max(0, end.start() - _REACH) : end.start()], following)


def _is_abbreviation(before: str, following: str) -> bool:
    """Return whether the last word before a full stop, in front of `following`, stands for a longer one."""
    word = (before.split() or [""])[-1].lstrip(_OPENING)
    known = _BEFORE_NAMES | _BEFORE_NUMBERS if following.isdigit() else _BEFORE_NAMES
    return word.lower() in known or _LETTERS.fullmatch(word) is not None


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())
