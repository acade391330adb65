"""A student beside its teacher: what it keeps of the score, how fast it answers, how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accent.report.cells import Cell, cell
from accent.report.reading import Material, Score
from accent.report.wording import DASH, interval, memory, metric_name, number, percent, plural, to_float

__all__ = ["DISTILLED", "StudentRow", "student_rows", "student_sentence"]

DISTILLED = "distilled"
"""The entry of scores.json that lays a student beside its teacher."""


@dataclass(frozen=True)
class StudentRow:
    """One thing that both are measured by."""

    name: str
    student: Cell
    teacher: Cell
    ratio: Cell
    """The student's over the teacher's."""


def student_sentence(material: Material) -> str | None:
    """Return all of it in a sentence, with what chance leaves open; None for a run that is no student's."""
    found = material.scores.get(DISTILLED)
    if not found:
        return None
    text = f"The student {found['line']}"
    kept = Score.of(found.get("kept"))
    if kept is None:
        return f"{text}."
    between = f"{number(100 * kept.low, 1)}{DASH}{number(100 * kept.high, 1)}"
    own = "agree" if found.get("agreement") else "keep"
    return f"{text}. On other rows like these it may {own} {between}\u00a0% (95\u00a0% interval, n = {kept.n:,})."


def student_rows(material: Material) -> list[StudentRow]:
    """Return the rows of the table; none for a run that is no student's."""
    found = material.scores.get(DISTILLED)
    return [_score_row(found), _speed_row(found["speed"]), _size_row(found), *_layers_row(material)] if found else []


def _score_row(found: Mapping[str, Any]) -> StudentRow:
    metric, kept = str(found["score"]), Score.of(found.get("kept"))
    title = f"{metric_name(metric)}, {found['split']}"
    student, teacher = (cell(metric, Score.of(found[who])) or _EMPTY for who in ("student", "teacher"))
    if kept is None:
        return StudentRow(title, student, teacher, _EMPTY)
    between = f"{number(100 * kept.low, 1)}{DASH}{number(100 * kept.high, 1)}"
    return StudentRow(title, student, teacher, Cell(percent(kept.value), between))


def _speed_row(speed: Mapping[str, Any]) -> StudentRow:
    rounds = f"{interval(speed['low'], speed['high'], 2)}, {plural(int(speed['n']), 'round')}"
    return StudentRow("Speed", _EMPTY, _EMPTY, Cell(f"{number(speed['value'], 2)} times", rounds))


def _size_row(found: Mapping[str, Any]) -> StudentRow:
    student, teacher = (Cell(memory(found[f"{who}_bytes"]), "") for who in ("student", "teacher"))
    return StudentRow("Weights on disk", student, teacher, Cell(percent(found["size"], 0), ""))


def _layers_row(material: Material) -> list[StudentRow]:
    base = material.record.base
    kept, total = base.get("layers") or [], to_float(base.get("layers_of"))
    if not kept or total != total:  # noqa: PLR0124 - not a number where it is not known
        return []
    told = Cell(str(len(kept)), f"copied: {', '.join(map(str, kept))}")
    return [StudentRow("Layers", told, Cell(f"{total:.0f}", ""), Cell(percent(len(kept) / total, 0), ""))]


_EMPTY = Cell(DASH, "")
