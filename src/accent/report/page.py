"""The run's page: one HTML file that needs no network, written from the files of the run folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from accent.records import RunFolder, write_text
from accent.report import facts, figures, tables, wording
from accent.report.matrix import confusion_matrix
from accent.report.reading import Material, read_material
from accent.report.summary import headline, statements

__all__ = ["write_report"]

SECTIONS = (
    ("scores", "Scores"),
    ("curves", "Learning curves"),
    ("confusion", "Confusions"),
    ("reliability", "Confidence"),
    ("classes", "Classes"),
    ("errors", "Worst errors"),
    ("audit", "Data audit"),
    ("data", "Data"),
    ("model", "Model"),
    ("speed", "Time and speed"),
    ("warnings", "Warnings"),
    ("configuration", "Configuration"),
    ("machine", "Machine"),
)
SEVERITIES = ("error", "warning", "note")
BACKTICKS = re.compile(r"`([^`\n]+)`")
FEW_CLASSES = 6
"""Up to this many classes the confusion matrix leaves room for a figure beside it."""
MANY_ROWS = 30
"""A table longer than this scrolls in a box of its own."""


def write_report(folder: RunFolder) -> Path:
    """Write report.html from what stands in `folder`, and return its path.

    The same folder gives the same bytes. What the folder lacks (an interrupted run has no scores) is named on the page.

    Raises:
        RunError: where there is no record, a file is damaged, or the page cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("accent.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = _code
    template = environment.get_template("report.html.j2")
    write_text(folder.report, wording.clean(template.render(_context(read_material(folder)))))
    return folder.report


def _code(text: Any) -> Markup:
    """Return `text` escaped, with what stands between backticks set as code."""
    return Markup(BACKTICKS.sub(r"<code>\1</code>", str(Markup.escape(text))))


def _context(material: Material) -> dict[str, Any]:
    drawn = _figures(material)
    present = _present(material, drawn)
    return {
        "material": material,
        "record": material.record,
        "sections": [(name, title) for name, title in SECTIONS if present[name]],
        "present": present,
        "absent": _absent(material, present),
        "many": MANY_ROWS,
        "few": present["confusion"] and present["reliability"] and len(material.scores["classes"]) <= FEW_CLASSES,
        "headline": headline(material),
        "statements": statements(material),
        "scores": tables.score_table(material),
        "classes": tables.class_table(material),
        "confusions": tables.confusions(material),
        "splits": tables.split_table(material),
        "labels": tables.label_table(material),
        "errors": tables.worst_errors(material),
        "findings": _findings(material),
        "warnings": _warnings(material),
        "figures": drawn,
        "metric": wording.metric_name(_metric(material)),
        "facts": facts,
        "say": wording,
    }


def _present(material: Material, drawn: Mapping[str, Markup]) -> dict[str, bool]:
    """Tell for each section whether there is anything to show in it."""
    record = material.record
    return {
        "scores": material.judged is not None,
        "curves": "loss" in drawn,
        "confusion": "confusion" in drawn,
        "reliability": "reliability" in drawn,
        "classes": bool(tables.class_table(material)),
        "errors": material.answers is not None,
        "audit": material.audit is not None,
        "data": bool(record.data or material.splits),
        "model": bool(record.base),
        "speed": bool(record.timings or record.training),
        "warnings": bool(_warnings(material)),
        "configuration": True,
        "machine": True,
    }


def _absent(material: Material, present: Mapping[str, bool]) -> list[str]:
    """Say in a sentence for each cause which sections the page lacks, and why."""
    sources = (
        ("scores.json", bool(material.scores), ("scores", "confusion", "reliability", "classes")),
        ("predictions.jsonl", material.answers is not None, ("errors",)),
        ("audit.json", material.audit is not None, ("audit",)),
        ("events.jsonl", bool(material.events), ("curves",)),
        ("the base in record.json", bool(material.record.base), ("model",)),
        ("the data in record.json", bool(material.record.data), ("data",)),
    )
    titles = dict(SECTIONS)
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
    metric = str(material.record.config.get("training", {}).get("metric", "f1_macro"))
    return "accuracy" if metric == "loss" else metric


def _figures(material: Material) -> dict[str, Markup]:
    """Draw each figure whose numbers are there."""
    matrix = material.scores.get("confusion") or {"counts": [[0]], "labels": [""]}
    drawn = {
        "loss": figures.loss_curve(material.events),
        "rate": figures.rate_curve(material.events),
        "validation": figures.validation_curve(material.events, _metric(material)),
        "confusion": confusion_matrix(matrix["counts"], [str(name) for name in matrix["labels"]]),
        "reliability": figures.reliability_diagram(material.scores.get("reliability") or []),
    }
    return {name: Markup(text) for name, text in drawn.items() if text is not None}
