"""Entities of a text as files write them: a list of {start, end, label} or of [start, end, label], checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from accent.data.layouts.values import parsed
from accent.data.layouts.words import Span
from accent.errors import DataError

__all__ = ["read_spans"]

LABEL_KEYS = ("label", "tag", "type", "entity_group")
TRIPLE = 3


def read_spans(cell: object, text: str, where: str) -> list[Span]:
    """Return the entities of a text in the order of their places; none for an empty cell.

    Raises DataError for a span that cannot be read, lies outside the text, is empty, is not what its `text` says,
    or overlaps another.
    """
    value = parsed(cell)
    if value is None or value in ("", []):
        return []
    if not isinstance(value, list):
        raise _wrong(f"{_short(value)} is no list of entities", where)
    spans = sorted(_read_span(parsed(entity), text, where) for entity in value)
    for one, other in pairwise(spans):
        if other.start < one.end:
            raise _wrong(f"the entities {_words(one, text)} and {_words(other, text)} overlap", where)
    return spans


def _read_span(entity: object, text: str, where: str) -> Span:
    found = _parts(entity)
    if found is None:
        raise _wrong(f"{_short(entity)} has no start, end and label", where)
    start, end, label = found
    if not 0 <= start < end <= len(text):
        what = "is empty" if start == end else f"does not lie in the text, which has {len(text)} characters"
        raise _wrong(f"the entity {label} from {start} to {end} {what}", where)
    span = Span(start, end, label)
    if not text[start:end].strip():
        raise _wrong(f"the entity {_words(span, text)} holds nothing but white space", where)
    said = entity.get("text") if isinstance(entity, Mapping) else None
    if said is not None and said != text[start:end]:
        raise _wrong(f"the entity {_words(span, text)} should be {said!r}", where)
    return span


def _parts(entity: object) -> tuple[int, int, str] | None:
    """Return start, end and label, None where one of them is missing or none."""
    if isinstance(entity, Mapping):
        values: Sequence[Any] = [entity.get("start"), entity.get("end"), _label(entity)]
    elif isinstance(entity, list) and len(entity) == TRIPLE:
        values = entity
    else:
        return None
    try:
        start, end = int(str(values[0])), int(str(values[1]))
    except ValueError:
        return None
    label = "" if values[2] is None else str(values[2]).strip()
    return (start, end, label) if label else None


def _label(entity: Mapping[str, Any]) -> Any:
    return next((entity[key] for key in LABEL_KEYS if entity.get(key) is not None), None)


def _words(span: Span, text: str) -> str:
    return f"{text[span.start : span.end]!r} ({span.label} from {span.start} to {span.end})"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."  # noqa: PLR2004 - as much as a line has room for


def _wrong(what: str, where: str) -> DataError:
    return DataError(
        what,
        where=where,
        remedy="Give each entity as {start, end, label}: characters of the text from 0, the end not counted in.",
    )
