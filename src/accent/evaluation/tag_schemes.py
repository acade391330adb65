"""How tags spell entities: recognising the scheme, bringing it to BIO, and reading the entities.

- bio, also known as IOB2: B- begins every entity and I- goes on with it;
- iob1: I- begins and goes on, and B- begins only right after an entity of the same type;
- bilou: B- I- L- for the first, inner and last word, U- for an entity of one word. IOBES and BIOES spell L as E and U
  as S; BMES also spells I as M;
- plain: a name for every word, such as a part of speech.

A tag without a type, such as a bare B, has the type `_`, as in seqeval. A reading is never strict: a tag that should
have gone on with an entity and follows none begins one, so that any sequence of tags has entities, those of conlleval.
Sources: Ramshaw and Marcus, 1995; Tjong Kim Sang and Veenstra, 1999; Ratinov and Roth, 2009; conlleval of CoNLL-2000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

__all__ = ["Scheme", "Span", "find_scheme", "spans", "strays", "to_bio"]

Scheme = Literal["bio", "iob1", "bilou", "plain"]

_OUTSIDE = "O"
_BARE_TYPE = "_"
_LETTERS = {"B": "B", "I": "I", "L": "L", "U": "U", "E": "L", "S": "U", "M": "I"}
_GOING_ON, _CLOSING = ("I", "L"), ("L", "U")
_Part = tuple[str, str]


class Span(NamedTuple):
    """An entity, in words of its sentence."""

    start: int
    end: int
    """The word after the last one."""
    type: str


def find_scheme(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Return the scheme that gold tags are spelled in, from one pass over them.

    Tags are plain unless some are spelled like entities and these outnumber all others but O: one misspelled tag does
    not make part-of-speech tags out of entities, and reading it later says which tag it was. Bare letters (B, I, ...)
    count only beside an O. A single L-, U-, E-, S- or M- makes it bilou. Otherwise bio and iob1 differ in how an entity
    begins where the word before is not in one of its type, with B- or with I-, and the more frequent one decides; bio
    in a tie. So B- alone is bio with entities of one word, and O alone is plain.
    """
    seen = _Evidence()
    for tags in sentences:
        before: _Part | None = None
        for tag in tags:
            part = _part(tag)
            seen.take(tag, part, goes_on=_goes_on(before, part))
            before = part
    return seen.scheme()


def to_bio(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Return a sentence's tags as BIO, each entity begun with B-; plain tags return as they are.

    Raises ValueError that names a tag the scheme does not have.
    """
    if scheme == "plain":
        return list(tags)
    bio: list[str] = []
    before: _Part | None = None
    for tag in tags:
        part = _checked_part(tag, scheme)
        bio.append(tag if part is None else _spelled("I" if _continues(before, part) else "B", tag))
        before = part
    return bio


def spans(tags_bio: Sequence[str]) -> list[Span]:
    """Return the entities of a sentence in BIO, from left to right.

    They are those of conlleval, and of seqeval's `get_entities`: an I- that follows no entity of its type begins one.
    Raises ValueError that names a tag that is not O, B-TYPE or I-TYPE.
    """
    found: list[Span] = []
    before: _Part | None = None
    for position, tag in enumerate(tags_bio):
        part = _checked_part(tag, "bio")
        if part is not None and _continues(before, part):
            found[-1] = found[-1]._replace(end=position + 1)
        elif part is not None:
            found.append(Span(position, position + 1, part[1]))
        before = part
    return found


def strays(tags: Sequence[str], scheme: Scheme) -> list[int]:
    """Return where a tag that should go on with an entity (I-, in bilou also L-) follows none that it could go on with.

    In iob1 an I- may begin an entity, and plain tags have none: there are no strays. ValueError as in `to_bio`.
    """
    if scheme in {"iob1", "plain"}:
        return []
    parts = [_checked_part(tag, scheme) for tag in tags]
    return [
        position
        for position, (before, part) in enumerate(zip([None, *parts], parts, strict=False))
        if part is not None and part[0] in _GOING_ON and not _goes_on(before, part)
    ]


class _Evidence:
    """What speaks for each scheme, counted in tags."""

    def __init__(self) -> None:
        self.typed = self.bare = self.outside = self.other = 0
        self.begun_with = dict.fromkeys(_LETTERS.values(), 0)
        self.closing = False

    def take(self, tag: str, part: _Part | None, *, goes_on: bool) -> None:
        if tag == _OUTSIDE:
            self.outside += 1
        elif part is None:
            self.other += 1
        else:
            self.bare += len(tag) == 1
            self.typed += len(tag) > 1
            self.begun_with[part[0]] += not goes_on
            self.closing |= part[0] in _CLOSING or tag[0] == "M"

    def scheme(self) -> Scheme:
        bare = self.bare if self.outside else 0
        if self.typed + bare <= self.other + self.bare - bare:
            return "plain"
        if self.closing:
            return "bilou"
        return "iob1" if self.begun_with["I"] > self.begun_with["B"] else "bio"


def _part(tag: str) -> _Part | None:
    """Return the letter (of B I L U) and the type of a tag; None for O and for what is not spelled like an entity."""
    letter = _LETTERS.get(tag[:1])
    if letter is None or tag[1:2] not in {"", "-"}:
        return None
    return letter, tag[2:] or _BARE_TYPE


def _checked_part(tag: str, scheme: Scheme) -> _Part | None:
    part = _part(tag)
    known = tag == _OUTSIDE if part is None else scheme == "bilou" or tag[0] in {"B", "I"}
    if not known:
        raise ValueError(f"{tag!r} is no tag of the scheme {scheme}")
    return part


def _goes_on(before: _Part | None, part: _Part | None) -> bool:
    """Return whether the word before is in an entity of the same type that is still open."""
    return before is not None and part is not None and before[0] not in _CLOSING and before[1] == part[1]


def _continues(before: _Part | None, part: _Part) -> bool:
    return part[0] in _GOING_ON and _goes_on(before, part)


def _spelled(letter: str, tag: str) -> str:
    return letter + tag[1:]
