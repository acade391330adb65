"""The run's page: one HTML file that needs no network, written from the files of the run folder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from accent.config import METRICS
from accent.records import RunFolder, write_text
from accent.report import facts, figures, tables, wording
from accent.report.environment import new_environment
from accent.report.kinds import Kind, Made, Section, kind_named
from accent.report.pretraining import write_pretraining_page
from accent.report.reading import Answers, Material, read_material
from accent.report.scores import metric_title, score_table
from accent.report.students import student_rows
from accent.report.summary import headline, statements

__all__ = ["write_report"]

FIRST = (("scores", "Scores"), ("student", "Beside its teacher"), ("curves", "Learning curves"))
LAST = (
    ("audit", "Data audit"),
    ("data", "Data"),
    ("model", "Model"),
    ("speed", "Time and speed"),
    ("warnings", "Warnings"),
    ("configuration", "Configuration"),
    ("machine", "Machine"),
)
"""The sections of every task; its own and its worst rows stand between them."""
SEVERITIES = ("error", "warning", "note")
BACKTICKS = re.compile(r"`([^`\n]+)`")
MANY_ROWS = 30
"""A table longer than this scrolls in a box of its own."""


def write_report(folder: RunFolder) -> Path:
    """Write report.html from what stands in `folder`, and return its path.

    The same folder gives the same bytes. What the folder lacks (an interrupted run has no scores) is named on the page.

    Raises:
        RunError: where there is no record, a file is damaged, or the page cannot be written.
    """
    material = read_material(folder)
    if material.is_pretraining:
        write_pretraining_page(material, folder.report)
        return folder.report
    environment = new_environment(html=True)
    environment.filters["code"] = _code
    template = environment.get_template("report.html.j2")
    write_text(folder.report, wording.clean(template.render(_context(material))))
    return folder.report


def _code(text: Any) -> Markup:
    """Return `text` escaped, with what stands between backticks set as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", str(Markup.escape(text))))


def _context(material: Material) -> dict[str, Any]:
    kind = kind_named(material.task)
    drawn, own = _figures(material), [(one, one.make(material)) for one in kind.sections]
    present = _present(material, drawn) | {one.name: False for one in kind.sections}
    present |= {one.name: True for one, made in own if made is not None}
    sections = _sections(kind)
    return {
        "material": material,
        "record": material.record,
        "sections": [(name, title) for name, title in sections if present[name]],
        "present": present,
        "absent": _absent(material, kind, present),
        "many": MANY_ROWS,
        "headline": headline(material),
        "statements": statements(material),
        "scores": score_table(material),
        "student": student_rows(material),
        "own": _side_by_side([(one, made) for one, made in own if made is not None]),
        "worst": kind.worst,
        "told": _told(kind, material.answers) if material.answers else "",
        "errors": [kind.worst.row(material, line) for line in material.answers.worst] if material.answers else [],
        "splits": tables.split_table(material),
        "labels": tables.label_table(material),
        "label_noun": kind.labels,
        "numbers": tables.number_table(material),
        "findings": _findings(material),
        "warnings": _warnings(material),
        "figures": drawn,
        "validated": any("loss" in (event.get("scores") or {}) for event in material.events),
        "metric": metric_title(kind, _metric(material)),
        "facts": facts,
        "say": wording,
    }


def _sections(kind: Kind) -> list[tuple[str, str]]:
    own = {one.name: one.title for one in kind.sections}
    return [*FIRST, *own.items(), ("errors", kind.worst.title), *LAST]


def _side_by_side(own: Sequence[tuple[Section, Made]]) -> list[list[dict[str, Any]]]:
    """Group sections so that two narrow ones that follow each other share a line."""
    groups: list[list[dict[str, Any]]] = []
    alone = False
    for section, made in own:
        shown = {"name": section.name, "title": section.title, "template": section.template, "content": made.content}
        if alone and made.narrow:
            groups[-1].append(shown)
            alone = False
        else:
            groups.append([shown])
            alone = made.narrow
    return groups


def _told(kind: Kind, answers: Answers) -> str:
    """Say how many rows are not wholly right, and which of them are shown."""
    worst, shown = kind.worst, len(answers.worst)
    if not answers.wrong:
        return f"None: all {wording.count(answers.rows - answers.failed)} answers are right."
    if worst.said is None:
        return f"The {shown} {worst.order} of {wording.count(answers.rows)} rows are shown, the {worst.order} first."
    which = (
        f"the {shown} {worst.order} of them are shown" if shown < answers.wrong else f"the {worst.order} comes first"
    )
    return f"{wording.count(answers.wrong)} of {wording.count(answers.rows)} {worst.said}; {which}."


def _present(material: Material, drawn: Mapping[str, Markup]) -> dict[str, bool]:
    """Tell for each section of every task whether there is anything to show in it."""
    record = material.record
    return {
        "scores": material.judged is not None,
        "student": bool(student_rows(material)),
        "curves": "loss" in drawn,
        "errors": material.answers is not None,
        "audit": material.audit is not None,
        "data": bool(record.data or material.splits),
        "model": bool(record.base),
        "speed": bool(record.timings or record.training),
        "warnings": bool(_warnings(material)),
        "configuration": True,
        "machine": True,
    }


def _absent(material: Material, kind: Kind, present: Mapping[str, bool]) -> list[str]:
    """Say in a sentence for each cause which sections the page lacks, and why."""
    sources = (
        ("scores.json", bool(material.scores), ("scores", *(one.name for one in kind.sections if one.told))),
        ("predictions.jsonl", material.answers is not None, ("errors",)),
        ("audit.json", material.audit is not None, ("audit",)),
        ("events.jsonl", bool(material.events), ("curves",)),
        ("the base in record.json", bool(material.record.base), ("model",)),
        ("the data in record.json", bool(material.record.data), ("data",)),
    )
    titles = dict(_sections(kind))
    found = []
    for source, there, names in sources:
        lacking = [titles[name] for name in names if not present[name]]
        if lacking:
            why = f"{source} says nothing of it" if there else f"the run has not written {source}"
            found.append(f"{', '.join(lacking)}: {why}.")
    return found


def _warnings(material: Material) -> list[dict[str, Any]]:
    return [event for event in material.events if event["kind"] == "warning"]


def _findings(material: Material) -> list[tuple[str, list[dict[str, Any]]]]:
    """Group what the audit found by severity, the gravest first."""
    grouped = [(name, [one for one in material.findings if one.get("severity") == name]) for name in SEVERITIES]
    return [(name, found) for name, found in grouped if found]


def _metric(material: Material) -> str:
    """Return the metric that the validation curve shows; the validation loss stands beside the training loss."""
    known = METRICS.get(material.task, METRICS["classification"])
    chosen = str((material.record.config.get("training") or {}).get("metric") or known[0])
    return (
        chosen if chosen != "loss" else next(name for name in ("accuracy", *known) if name in known and name != "loss")
    )


def _figures(material: Material) -> dict[str, Markup]:
    """Draw the learning curves whose numbers are there."""
    drawn = {
        "loss": figures.loss_curve(material.events),
        "rate": figures.rate_curve(material.events),
        "validation": figures.validation_curve(material.events, _metric(material)),
    }
    return {name: Markup(text) for name, text in drawn.items() if text is not None}
