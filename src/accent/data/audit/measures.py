"""What is measured of one row's label, in numbers: a regression's own, how a sentence's tags begin, an answer's length.

Tags that mark entities are spelled in one of three schemes: BIO, where B- begins and I- goes on; IOB1, where I- does
both and B- only parts neighbours of one type; and BILOU (also IOBES, BMES), where L- or E- ends an entity, and U- or S-
is one word. What is counted here says afterwards, over all training rows, which it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from accent.config.tasks import TaskName
from accent.data.layouts import Label

__all__ = ["ANSWER_WORDS", "CLOSINGS", "LEAD", "MEASURES", "STRAYS", "TYPED", "find_strays"]

STRAYS, TYPED, LEAD, CLOSINGS = range(4)
"""Of a sentence: tags that go on with no entity; tags of entities less plain ones; entities begun with B- less those
begun with I-; tags that only BILOU has."""

ANSWER_WORDS = 0
"""Of a question: the words of its shortest answer, 0 where it has none."""

_OUTSIDE = "O"
_ENTITY = re.compile(r"([BILUEMS])-(.+)", re.DOTALL)
_INNER, _LAST, _SINGLE = frozenset("IM"), frozenset("LE"), frozenset("US")
_Part = tuple[str, str]


def find_strays(tags: Sequence[str]) -> list[int]:
    """Return where a tag that goes on with an entity (I-, M-, L-, E-) follows none of its type that is still open."""
    parts = [_part(tag) for tag in tags]
    return [
        place
        for place, (before, part) in enumerate(zip([None, *parts], parts, strict=False))
        if part is not None and part[0] in _INNER | _LAST and not _goes_on(before, part)
    ]


def _measure_tags(label: Label) -> tuple[int, int, int, int]:
    tags: Sequence[str] = label["tags"]
    parts = [_part(tag) for tag in tags]
    letters = [part[0] for part in parts if part is not None]
    others = sum(part is None and tag != _OUTSIDE for part, tag in zip(parts, tags, strict=True))
    beside = zip([None, *parts], parts, strict=False)
    begun = [part[0] for before, part in beside if part is not None and not _goes_on(before, part)]
    return (
        sum(letter in _INNER | _LAST for letter in begun),
        len(letters) - others,
        begun.count("B") - sum(letter in _INNER for letter in begun),
        sum(letter not in {"B", "I"} for letter in letters),
    )


def _measure_answers(label: Label) -> tuple[int]:
    return (min((len(answer["text"].split()) for answer in label), default=0),)


@lru_cache(maxsize=1024)
def _part(tag: str) -> _Part | None:
    """Return the letter and the type of a tag; None where it is not spelled like an entity's."""
    found = _ENTITY.fullmatch(tag)
    return (found[1], found[2]) if found else None


def _goes_on(before: _Part | None, part: _Part) -> bool:
    return before is not None and before[0] not in _LAST | _SINGLE and before[1] == part[1]


MEASURES: Mapping[TaskName, Callable[[Label], Sequence[float]]] = {
    "regression": list,
    "tagging": _measure_tags,
    "qa": _measure_answers,
}
"""The tasks of which something is measured, and what that is."""
