"""When two texts are the same letter by letter, and 128-bit digests that stand for them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["digests", "lettered", "letters"]

Digests = npt.NDArray[np.uint64]

_ACCENTED_SHARE = 0.1
_MARKS = bytes(code for code in range(128) if not chr(code).isalnum())
_SELECTORS = range(0xFE00, 0xFE10)  # ask for an emoji in colour: a mark by category, but no part of a word
_SEPARATOR = "\x00"  # no key holds it, so that ("ab", "c") and ("a", "bc") differ


def letters(text: str) -> str:
    """Return what makes `text` the same as another: its letters and digits in one case, without marks and spaces.

    Kept are letters, the marks that belong to them (vowel signs, accents) and decimal digits, in Unicode's NFKC form
    and folded in case. Corpora that went through ASCII have lost their accented Latin letters ("crème" stands there as
    "cr me"), so those are dropped where they are at most a tenth of a text; languages that live on them keep them.
    A text of marks alone (":)") stays itself, without its spaces; only an empty text has the empty key.
    """
    if text.isascii():
        return text.encode("ascii").lower().translate(None, _MARKS).decode() or "".join(text.split())
    kept = unicodedata.normalize("NFKC", text.translate(_KEPT)).casefold()
    if not kept:
        return "".join(unicodedata.normalize("NFKC", text).split())
    plain = kept.translate(_UNACCENTED)
    return plain if len(plain) >= (1 - _ACCENTED_SHARE) * len(kept) else kept


def digests(texts: Iterable[str], pairs: Iterable[str] | None) -> Digests:
    """Return the digests (rows, 2) of texts, or of pairs of texts: a pair equals a pair when both texts are equal.

    Each is BLAKE2b's first 128 bits: among a billion texts, two different ones meet with a chance of 1e-21.
    """
    keys = map(letters, texts)
    whole = keys if pairs is None else map(_SEPARATOR.join, zip(keys, map(letters, pairs), strict=True))
    joined = b"".join(hashlib.blake2b(key.encode(), digest_size=16).digest() for key in whole)
    return np.frombuffer(joined, dtype=np.uint64).reshape(-1, 2)


def lettered(text: str, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
    """Return which words of the text, by number, hold a letter or digit; all where none does.

    What else copies may have, a comma or a dash, makes them no other texts, and so its tags make them no other rows.
    """
    words = (text[start:end] for start, end in zip(starts, ends, strict=True))
    kept = [number for number, word in enumerate(words) if any(map(str.isalnum, word))]
    return kept or list(range(len(starts)))


class _Kept(dict[int, int | None]):
    """A table for `str.translate`, filled as characters are met: what is no letter, mark or digit is dropped."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        is_letter = category[0] in "LM" or category == "Nd"
        self[code] = code if is_letter and code not in _SELECTORS else None
        return self[code]


class _Unaccented(dict[int, int | None]):
    """A table for `str.translate` that drops the Latin letters beyond ASCII."""

    def __missing__(self, code: int) -> int | None:
        letter = chr(code)
        is_accented = not letter.isascii() and unicodedata.name(letter, "").startswith("LATIN ")
        self[code] = None if is_accented else code
        return self[code]


_KEPT = _Kept()
_UNACCENTED = _Unaccented()
