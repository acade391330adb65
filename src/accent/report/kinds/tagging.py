"""Tagging on the page: types or tags, kinds of errors, and the worst rows with their entities marked in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Made, Section, Worst
from accent.report.kinds.shared import bars, class_section, confusion_section, weakest
from accent.report.marks import Mark, marked
from accent.report.reading import Material
from accent.report.rows import Chip, WorstRow, worst_row
from accent.report.spans import Entity, entities_of
from accent.report.wording import count, number, percent, plural

__all__ = ["KIND"]

ERRORS = {
    "type": "Another type, the same words",
    "boundary": "The same type, other words",
    "type and boundary": "Another type and other words",
    "missed": "Missed",
    "invented": "Invented",
}
TEXT_LIMIT = 420
ALL_RIGHT = "right"
BOTH = "both"
"""The CSS class of what both sides have."""


def _has_types(material: Material) -> bool:
    return "types" in material.scores


def _errors(material: Material) -> Made | None:
    found = dict(material.scores.get("errors") or {})
    right = found.pop(ALL_RIGHT, 0)
    if not found:
        return None
    gold = right + sum(amount for kind, amount in found.items() if kind != "invented")
    return Made(
        {
            "bars": bars(found, ERRORS),
            "facts": f"{count(right)} of {count(gold)} true entities were found with their words and type.",
        }
    )


def _comments(material: Material) -> list[str]:
    found = {kind: n for kind, n in (material.scores.get("errors") or {}).items() if kind != ALL_RIGHT}
    said = weakest(material, "type" if _has_types(material) else "tag")
    if sum(found.values()):
        kind = max(found, key=lambda name: found[name])
        share = percent(found[kind] / sum(found.values()), 0)
        what, entities = ERRORS.get(kind, kind).lower(), plural(found[kind], "entity", "entities")
        said.append(f"The most common error is \u201c{what}\u201d: {entities}, {share} of all errors.")
    if _has_types(material) and material.score("token_accuracy"):
        said.append("The accuracy of words flatters: most words are in no entity.")
    return said


def _worst(material: Material, line: Mapping[str, Any]) -> WorstRow:
    text = str(line.get("text") or "")
    given, true = entities_of(line["answer"], text), entities_of(line.get("label"), text)
    shown = {"true": _marks(true, given, "gold"), "answer": _marks(given, true, "answer")}
    if not _has_types(material):
        # Every word has a tag: marking the right ones too would bury the wrong ones.
        shown = {title: [one for one in marks if one.kind != BOTH] for title, marks in shown.items()}
    right = f"{len(set(given) & set(true))} of {len(true)} right" if true else "there is none"
    return worst_row(
        line,
        (Chip(number(line.get("credit"), 2), right),),
        passages=tuple(marked(text, marks, limit=TEXT_LIMIT, title=title) for title, marks in shown.items()),
    )


def _marks(shown: Sequence[Entity], others: Sequence[Entity], kind: str) -> list[Mark]:
    """Mark what both sides have quietly, and what only this one has as `kind`."""
    return [Mark(one.start, one.end, BOTH if one in others else kind, one.type) for one in shown]


KIND = Kind(
    noun="tagger",
    metrics=("f1", "precision", "recall", "accuracy", "f1_macro", "f1_weighted", "token_accuracy"),
    titles={
        "f1": "Entity F1",
        "precision": "Precision",
        "recall": "Recall",
        "accuracy": "Tag accuracy",
        "token_accuracy": "Accuracy of words",
    },
    baselines={
        "gazetteer": Baseline("Gazetteer", "the gazetteer", "a gazetteer of the training rows' entities"),
        "none": Baseline("None", "no entity at all", "naming no entity at all"),
        "common tag": Baseline("Common tag", "each word's most common tag", "giving each word its most common tag"),
    },
    labels="Tags",
    sections=(
        class_section("Types", "Type", counted="entities", wanted=_has_types, told=False),
        Section(name="misses", title="Kinds of errors", template="bars.html.j2", make=_errors, told=False),
        confusion_section(counted="words", told=False),
        class_section(
            "Tags", "Tag", name="tags", counted="words", wanted=lambda material: not _has_types(material), told=False
        ),
    ),
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Credit", "Text and place"),
        said="rows are not tagged wholly right",
        note="Worst is the lowest credit: the F1 of the row's entities, or the share of its words with the right tag.",
        legend=((BOTH, "right"), ("gold", "true, but not answered so"), ("answer", "answered, but not true")),
    ),
    card=Card(
        pipeline_tag="token-classification",
        task="Token classification",
        metrics={"f1": "f1", "precision": "precision", "recall": "recall", "accuracy": "accuracy"},
        usage="tagging.md.j2",
        limits=(
            "It knows the types above and no others, and marks whole words: what is named otherwise is passed over, or "
            "taken for one of them.",
        ),
    ),
)
"""How a tagging is shown."""
