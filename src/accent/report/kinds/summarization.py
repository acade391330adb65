"""Summarization on the page: lengths of summaries and references, and the summaries that share least with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accent.report.kinds.kind import Baseline, Card, Kind, Made, Section, Worst
from accent.report.reading import Material
from accent.report.rows import PAIR_LIMIT, Chip, WorstRow, passage, worst_row
from accent.report.wording import MISSING, number, plural, to_float

__all__ = ["KIND"]

LENGTHS = {"predicted": "Summaries", "references": "References"}
SUMMARY_LIMIT = 600
UNEVEN = 0.25
"""From this difference in mean length on, ROUGE says as much of the length as of the content."""


def _lengths(material: Material) -> Made | None:
    found = material.scores.get("lengths") or {}
    if not found:
        return None
    largest = max(to_float(value) for value in found.values()) or 1.0
    shown = [
        (title, f"{number(found[name], 1)} words", round(100 * to_float(found[name]) / largest, 2))
        for name, title in LENGTHS.items()
        if name in found
    ]
    empty = material.scores.get("empty") or 0
    return Made({"bars": shown, "facts": f"{plural(empty, 'summary', 'summaries')} without a word." if empty else ""})


def _cautions(material: Material) -> list[str]:
    found, empty = material.scores.get("lengths") or {}, material.scores.get("empty") or 0
    said = []
    if empty:
        said.append(f"{plural(empty, 'summary', 'summaries')} {'is' if empty == 1 else 'are'} empty.")
    predicted, due = to_float(found.get("predicted")), to_float(found.get("references"))
    if due and abs(predicted / due - 1) > UNEVEN:
        longer = "longer" if predicted > due else "shorter"
        said.append(
            f"Summaries are {longer} than their references ({number(predicted, 1)} words on average, not "
            f"{number(due, 1)}), and ROUGE depends on length: compare only with systems of a similar one."
        )
    return said


def _comments(material: Material) -> list[str]:
    return ["ROUGE counts shared words: it does not see whether a summary is true."] if material.judged else []


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    references = line.get("label")
    listed = [str(one) for one in references] if isinstance(references, (list, tuple)) else [str(references or "")]
    summary = str(line["answer"].get("summary_text") or "")
    words = len(summary.split())
    beside = [passage(one, SUMMARY_LIMIT, title=f"reference, {plural(len(one.split()), 'word')}") for one in listed[:1]]
    return worst_row(
        line,
        (Chip(number(line.get("credit")), wrong=True),),
        passages=(passage(line.get("text"), PAIR_LIMIT, title="text"),),
        beside=(*beside, passage(summary or MISSING, SUMMARY_LIMIT, title=f"summary, {plural(words, 'word')}")),
    )


KIND = Kind(
    noun="summarizer",
    metrics=("rougeL", "rouge1", "rouge2", "rougeLsum", "words"),
    titles={
        "rougeL": "ROUGE-L",
        "rouge1": "ROUGE-1",
        "rouge2": "ROUGE-2",
        "rougeLsum": "ROUGE-Lsum",
        "words": "Words of a summary, mean",
    },
    baselines={"lead": Baseline("Lead", "taking the first sentences", "taking the first sentences of the text")},
    sections=(Section(name="lengths", title="Lengths", template="bars.html.j2", make=_lengths),),
    cautions=_cautions,
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("ROUGE-L", "Text, reference, summary and place"),
        title="Worst summaries",
        said=None,
        note="Worst is the lowest ROUGE-L. A good summary in other words stands here too.",
    ),
    card=Card(
        pipeline_tag="summarization",
        task="Summarization",
        metrics={"rouge1": "rouge1", "rouge2": "rouge2", "rougeL": "rougeL", "rougeLsum": "rougeLsum"},
        usage="summarization.md.j2",
        limits=(
            "Its summaries may say what the text does not say: check them against it. Of a text longer than it reads "
            "at once, only a part is summarized.",
        ),
    ),
)
"""How a summarization is shown."""
