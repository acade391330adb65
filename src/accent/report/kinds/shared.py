"""Sections and sentences that several tasks have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from accent.report.figures import reliability_diagram
from accent.report.kinds.kind import Made, Section
from accent.report.matrix import confusion_matrix
from accent.report.metrics import with_interval
from accent.report.reading import Material, Score
from accent.report.tables import class_names, class_table, confusions
from accent.report.wording import count, number

__all__ = ["CLASSES", "bars", "class_section", "confusion_section", "reliability_section", "temperature", "weakest"]

CLASSES = "classes.html.j2"
"""The template of a table of classes."""
FEW_CLASSES = 6
"""Up to this many classes the confusion matrix leaves room for a figure beside it."""
TWO = 2
"""Of so many classes the matrix alone says which are confused."""


def confusion_section(*, counted: str = "rows", told: bool = True) -> Section:
    """Return the section of the confusion matrix, which counts rows or words, and its most frequent confusions."""

    def make(material: Material) -> Made | None:
        matrix = material.scores.get("confusion") or {"counts": [[0]], "labels": [""]}
        drawn = confusion_matrix(matrix["counts"], [str(name) for name in matrix["labels"]])
        if drawn is None:
            return None
        few = len(matrix["labels"]) <= FEW_CLASSES
        pairs = confusions(material) if len(matrix["labels"]) > TWO else []
        return Made({"figure": Markup(drawn), "pairs": pairs, "counted": counted}, narrow=few)

    return Section(name="confusion", title="Confusions", template="confusion.html.j2", make=make, told=told)


def reliability_section() -> Section:
    """Return the section of confidence against accuracy."""
    return Section(name="reliability", title="Confidence", template="reliability.html.j2", make=_reliability)


def class_section(
    title: str,
    noun: str,
    *,
    counted: str = "rows",
    wanted: Callable[[Material], bool] = lambda _: True,
    name: str = "classes",
    told: bool = True,
    facts: Callable[[Material], str] = lambda _: "",
) -> Section:
    """Return the table of precision, recall and F1 by class.

    `noun` heads its first column, `counted` is what a class is counted in, `facts` says what stands above it.
    """

    def make(material: Material) -> Made | None:
        rows = class_table(material) if wanted(material) else []
        content = {"rows": rows, "noun": noun, "counted": counted, "facts": facts(material) if rows else ""}
        return Made(content) if rows else None

    return Section(name=name, title=title, template=CLASSES, make=make, told=told)


def bars(counts: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Return (name, count, percent of the largest) for a list of bars, in the order of `names`, then the others."""
    ordered = [name for name in names if name in counts] + [name for name in counts if name not in names]
    largest = max((float(counts[name]) for name in ordered), default=0.0) or 1.0
    return [
        (names.get(name, name), count(counts[name]), round(100 * float(counts[name]) / largest, 2)) for name in ordered
    ]


def temperature(material: Material) -> list[str]:
    """Say what a temperature has changed, where there is one."""
    change = material.scores.get("calibration")
    if not change:
        return []
    before, after = (number(100 * float(change["ece"][moment]), 1) for moment in ("before", "after"))
    return [
        f"A temperature of {number(change['temperature'], 2)}, fitted on validation rows, took the distance between "
        f"confidence and accuracy from {before} to {after} points."
    ]


def weakest(material: Material, noun: str) -> list[str]:
    """Name the class with the lowest F1, where there are several."""
    scores = material.scores.get(material.judged or "", {})
    known = [(name, found) for name in class_names(material) if (found := Score.of(scores.get(f"f1/{name}")))]
    if not known:
        return []
    name, score = min(known, key=lambda pair: pair[1].value)
    return [f"The weakest {noun} is {name}: F1 {with_interval('f1', score)}."]


def _reliability(material: Material) -> Made | None:
    drawn = reliability_diagram(material.scores.get("reliability") or [])
    return None if drawn is None else Made({"figure": Markup(drawn)}, narrow=True)
