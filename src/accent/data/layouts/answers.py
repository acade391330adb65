"""Answers of a question as files write them, checked against the context and moved to where they stand in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from accent.data.layouts.values import parsed
from accent.errors import DataError

__all__ = ["MOVED", "read_answers"]

MOVED = "answers moved"
"""The count of answers that stand elsewhere in the context than the file says."""

STARTS = ("answer_start", "start")

Answer = dict[str, str | int]


def read_answers(cell: object, context: str, where: str, counts: Counter[str]) -> list[Answer]:
    """Return the answers {text, start} in a cell: [{text, answer_start}], {text: [...], answer_start: [...]}, or texts.

    An answer that does not stand at its start, and once elsewhere in the context, is moved there and counted; one that
    comes without a start is found in the same way, and was not moved. Raises DataError for one that stands nowhere, or
    several times and none of them at its start.
    """
    found: list[Answer] = []
    for text, start in _pairs(parsed(cell), where):
        if not text.strip():
            continue
        place = _find(text, start, context, where)
        stripped = text.strip()
        counts[MOVED] += start is not None and (place != start or stripped != text)
        found.append({"text": stripped, "start": place})
    return found


def _pairs(value: Any, where: str) -> Iterator[tuple[str, int | None]]:
    """Yield (text, start) for each answer; the start is None where the file says none."""
    if value is None or value == "":
        return
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        texts = value["text"]
        starts = next((value[key] for key in STARTS if value.get(key) is not None), [None] * len(texts))
        if not isinstance(starts, list) or len(starts) != len(texts):
            raise _wrong(f"{len(texts)} texts of answers and another number of starts", where)
        for text, start in zip(texts, starts, strict=True):
            yield str(text), _number(start, where)
    else:
        for answer in value if isinstance(value, list) else [value]:
            yield _pair(parsed(answer), where)


def _pair(answer: Any, where: str) -> tuple[str, int | None]:
    if isinstance(answer, str):
        return answer, None
    if not isinstance(answer, Mapping) or not isinstance(answer.get("text"), str):
        raise _wrong(f"{answer!r} is no answer", where)
    start = next((answer[key] for key in STARTS if answer.get(key) is not None), None)
    return answer["text"], _number(start, where)


def _number(start: Any, where: str) -> int | None:
    try:
        return None if start is None else int(str(start))
    except ValueError as error:
        raise _wrong(f"{start!r} is no place in the context", where) from error


def _find(text: str, start: int | None, context: str, where: str) -> int:
    """Return where the answer, without spaces around it, stands in the context."""
    stripped = text.strip()
    spaces = len(text) - len(text.lstrip())
    for place in () if start is None or start < 0 else (start + spaces, start):
        if context.startswith(stripped, place):
            return place
    first = context.find(stripped)
    if first < 0:
        raise _wrong(f"the answer {stripped!r} does not stand in the context", where)
    if context.find(stripped, first + 1) >= 0:
        said = "and no start is given" if start is None else f"but not at {start}"
        raise _wrong(f"the answer {stripped!r} stands several times in the context, {said}", where)
    return first


def _wrong(what: str, where: str) -> DataError:
    return DataError(
        what,
        where=where,
        remedy="Give answers as {text, answer_start}: the context's own words, and their first character, from 0.",
    )
