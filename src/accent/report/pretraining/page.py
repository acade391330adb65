"""A pretraining's page: one HTML file that needs no network, written from the files of the run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from accent.records import write_text
from accent.report import facts as run_facts
from accent.report import figures, wording
from accent.report.cells import cell
from accent.report.environment import new_environment
from accent.report.metrics import is_lower_better
from accent.report.pretraining import facts
from accent.report.pretraining import figures as curves
from accent.report.pretraining.summary import headline, statements
from accent.report.pretraining.wording import GAUGES, plain_metric, score_name
from accent.report.reading import Material, Score
from accent.report.students import student_rows

__all__ = ["write_pretraining_page"]

SECTIONS = (
    ("scores", "Scores"),
    ("student", "Beside its teacher"),
    ("curves", "Learning curves"),
    ("corpus", "Text"),
    ("tokenizer", "Tokenizer"),
    ("model", "Model"),
    ("speed", "Time and speed"),
    ("warnings", "Warnings"),
    ("configuration", "Configuration"),
    ("machine", "Machine"),
)
STAGES = {
    "tokenizer": "The tokenizer",
    "corpus": "Reading and tokenizing the text",
    "model": "Making the model",
    "rehearsal": "Measuring what it will cost",
}


def write_pretraining_page(material: Material, path: Path) -> None:
    """Write the page of the run that `material` was read from. The same folder gives the same bytes.

    What the folder lacks (an interrupted run has no scores) has no section. Raises RunError where it cannot be written.
    """
    template = new_environment(html=True).get_template("pretraining/page.html.j2")
    write_text(path, wording.clean(template.render(_context(material))))


def _context(material: Material) -> dict[str, Any]:
    drawn, scores = _figures(material), _scores(material)
    warned = [event for event in material.events if event["kind"] == "warning"]
    present = {
        "scores": bool(scores),
        "student": bool(student_rows(material)),
        "curves": "loss" in drawn,
        "corpus": bool(material.record.data.get("corpus")),
        "tokenizer": bool(material.record.data.get("tokenizer")),
        "model": bool(material.record.base),
        "speed": bool(material.record.timings or material.record.training),
        "warnings": bool(warned),
    }
    return {
        "material": material,
        "record": material.record,
        "sections": [(name, title) for name, title in SECTIONS if present.get(name, True)],
        "present": present,
        "headline": headline(material),
        "statements": statements(material),
        "scores": scores,
        "student": student_rows(material),
        "figures": drawn,
        "gauges": [(name, score_name(name)) for name in GAUGES if name in drawn],
        "validated": any(event["kind"] == "evaluation" for event in material.events),
        "stages": _stages(material),
        "warnings": warned,
        "facts": facts,
        "run_facts": run_facts,
        "say": wording,
    }


def _stages(material: Material) -> list[run_facts.Part]:
    return [
        run_facts.Part(STAGES.get(part.name, part.name), part.value, part.share) for part in run_facts.timings(material)
    ]


def _scores(material: Material) -> list[dict[str, Any]]:
    """Return a row for each validation score, the loss first."""
    found = material.scores.get("validation") or {}
    names = sorted(found, key=lambda name: (name != "loss", list(found).index(name)))
    return [
        {
            "name": score_name(name),
            "lower_is_better": is_lower_better(plain_metric(name)),
            "cell": cell(plain_metric(name), Score.of(found[name])),
            "n": wording.count(found[name].get("n")),
        }
        for name in names
    ]


def _figures(material: Material) -> dict[str, Markup]:
    """Draw the curves whose numbers are there."""
    events = material.events
    drawn = {
        "loss": figures.loss_curve(events),
        "tokens": curves.token_curve(events),
        **{name: curves.score_curve(events, name) for name in GAUGES},
        "rate": figures.rate_curve(events),
        "speed": curves.speed_curve(events),
    }
    return {name: Markup(text) for name, text in drawn.items() if text is not None}
