"""Question answering on the page: how questions were missed, and the worst with both answers marked in the context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Made, Section, Worst
from accent.report.kinds.shared import bars
from accent.report.marks import Mark, marked
from accent.report.reading import Material
from accent.report.rows import PAIR_LIMIT, Chip, WorstRow, passage, worst_row
from accent.report.wording import count, number, percent, plural

__all__ = ["KIND"]

KINDS = {
    "exact": "Exactly right",
    "overlapping": "Shares words with a true answer",
    "wrong": "Shares no word",
    "no answer given": "No answer given, though there is one",
    "answered though there is none": "Answered, though there is no answer",
}
NONE = "no answer"
CONTEXT_LIMIT = 420
ANSWER_LIMIT = 120


def _kinds(material: Material) -> Made | None:
    found = {name: n for name, n in (material.scores.get("kinds") or {}).items() if n or name in ("exact", "wrong")}
    if not found:
        return None
    without = material.scores.get("without_answer") or 0
    having = (
        f"{plural(without, 'question')} of {count(sum(found.values()))} have no answer in their context."
        if without
        else ""
    )
    return Made({"bars": bars(found, KINDS), "facts": having})


def _comments(material: Material) -> list[str]:
    found = material.scores.get("kinds") or {}
    total = sum(found.values())
    if not total:
        return []
    missed = {name: n for name, n in found.items() if name != "exact"}
    kind = max(missed, key=lambda name: missed[name], default="")
    said = [f"{percent(found.get('exact', 0) / total)} of the answers are exactly right."]
    if missed.get(kind):
        said.append(
            f"The most common miss is \u201c{KINDS.get(kind, kind).lower()}\u201d: {plural(missed[kind], 'row')}."
        )
    return said


def _cautions(material: Material) -> list[str]:
    shared = [one for one in material.findings if one.get("kind") == "shared-context"]
    if not shared:
        return []
    contexts = plural(sum(int(one.get("count", 0)) for one in shared), "context")
    return [f"Contexts that were trained on are easier to search: the audit found {contexts} in several splits."]


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    answer, true = line["answer"], _texts(line.get("label"))
    context = str(line.get("text_pair") or "")
    given = str(answer.get("answer") or "")
    marks = [Mark(int(answer.get("start", 0)), int(answer.get("end", 0)), "answer")] if given else []
    marks += [Mark(at, at + len(text), "gold") for text in true[:1] if (at := context.find(text)) >= 0]
    return worst_row(
        line,
        (Chip(_short(given) or NONE, number(answer.get("score")), wrong=True),),
        tuple(Chip(_short(text)) for text in dict.fromkeys(true)) or (Chip(NONE),),
        passages=(
            passage(line.get("text"), PAIR_LIMIT, title="question"),
            marked(context, marks, limit=CONTEXT_LIMIT, title="context"),
        ),
    )


def _texts(label: Any) -> list[str]:
    """Return the texts of the references, which may stand with their places."""
    listed = label if isinstance(label, (list, tuple)) else [label] if label else []
    texts = [str(one.get("text", "")) if isinstance(one, Mapping) else str(one) for one in listed]
    return [text for text in texts if text.strip()]


def _short(text: str) -> str:
    return text if len(text) <= ANSWER_LIMIT else f"{text[:ANSWER_LIMIT].rstrip()}\u2026"


KIND = Kind(
    noun="model that finds answers in texts",
    metrics=("f1", "exact_match", "has_answer_f1", "has_answer_exact_match", "no_answer_accuracy"),
    titles={
        "f1": "F1 of words",
        "exact_match": "Exact match",
        "has_answer_f1": "F1, with an answer",
        "has_answer_exact_match": "Exact match, with an answer",
        "no_answer_accuracy": "Left unanswered, without one",
    },
    baselines={
        "overlap": Baseline(
            "Overlap", "the sentence nearest to the question", "the sentence that shares most words with the question"
        ),
        "none": Baseline("No answer", "never answering", "never answering"),
    },
    sections=(Section(name="misses", title="Kinds of answers", template="bars.html.j2", make=_kinds),),
    cautions=_cautions,
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Answer, probability", "True answers", "Question, context and place"),
        said="answers are not wholly right",
        note="Worst is the lowest F1, then the most confident. The first true answer is marked where it first stands.",
        legend=(("gold", "true answer"), ("answer", "answer")),
    ),
    card=Card(
        pipeline_tag="question-answering",
        task="Question answering",
        metrics={"f1": "f1", "exact_match": "exact_match"},
        usage="qa.md.j2",
        limits=(
            "It answers with words of the context that it is given, and knows nothing else: it cannot count, compare "
            "or answer yes or no. Where the context is wrong, so is the answer.",
        ),
    ),
)
"""How question answering is shown."""
