"""Regression on the page: answers against true numbers, how large the errors are, and the answers farthest off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from accent.report.cells import Cell, cell
from accent.report.kinds.kind import Baseline, Card, Kind, Made, Section, Worst
from accent.report.metrics import brief
from accent.report.reading import Material, Score
from accent.report.rows import Chip, WorstRow, texts_of, worst_row
from accent.report.scatter import scatter_diagram
from accent.report.wording import MISSING, to_float

__all__ = ["KIND"]

QUANTILES = {"p50": "Half of the rows within", "p90": "Nine of ten rows within", "max": "The farthest"}
METRICS = ("pearson", "spearman", "mae", "rmse", "r2")
TITLES = {
    "pearson": "Pearson's correlation",
    "spearman": "Spearman's correlation",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
    "r2": "R\u00b2",
}
NARROW = 0.6
"""Answers that span less than this share of the true numbers' range are drawn to the middle."""


def _scatter(material: Material) -> Made | None:
    drawn = scatter_diagram(material.scores.get("scatter") or [])
    if drawn is None:
        return None
    names = material.scores.get("quantities") or [""]
    shown = len(material.scores["scatter"])
    return Made({"figure": Markup(drawn), "shown": shown, "name": names[0] if len(names) > 1 else ""}, narrow=True)


def _errors(material: Material) -> Made | None:
    found = material.scores.get("errors") or {}
    largest = max((to_float(value) for value in found.values()), default=0.0) or 1.0
    bars = [
        (title, brief(found[name]), round(100 * to_float(found[name]) / largest, 2))
        for name, title in QUANTILES.items()
        if name in found
    ]
    if not bars:
        return None
    names = [str(name) for name in material.scores.get("quantities") or []]
    content = {
        "bars": bars,
        "ranges": _ranges(material),
        "heads": [TITLES[metric] for metric in METRICS],
        "quantities": _quantities(material, names) if len(names) > 1 else [],
        "name": names[0] if len(names) > 1 else "",
    }
    return Made(content, narrow=len(names) <= 1)


def _ranges(material: Material) -> list[tuple[str, str]]:
    found = material.scores.get("range") or {}
    titles = {"gold": "True numbers", "predicted": "Answers"}
    return [
        (title, f"{brief(found[name][0])} to {brief(found[name][1])}")
        for name, title in titles.items()
        if name in found
    ]


def _quantities(material: Material, names: list[str]) -> list[tuple[str, list[Cell | None]]]:
    scores = material.scores.get(material.judged or "", {})
    return [(name, [cell(metric, Score.of(scores.get(f"{metric}/{name}"))) for metric in METRICS]) for name in names]


def _comments(material: Material) -> list[str]:
    found, ranges = material.scores.get("errors"), material.scores.get("range")
    names = material.scores.get("quantities") or []
    of = f" for {names[0]}" if len(names) > 1 else ""
    said = []
    if found:
        said.append(
            f"Half of the answers are within {brief(found['p50'])} of the true number{of}, nine in ten within "
            f"{brief(found['p90'])}."
        )
    if ranges:
        spans = {name: to_float(high) - to_float(low) for name, (low, high) in ranges.items()}
        if spans["predicted"] < NARROW * spans["gold"]:
            said.append(
                f"Answers run from {' to '.join(map(brief, ranges['predicted']))}, true numbers from "
                f"{' to '.join(map(brief, ranges['gold']))}: extremes are drawn to the middle."
            )
    return said


def _worst(_: Material, line: Mapping[str, Any]) -> WorstRow:
    given, true = _numbers(line["answer"].get("values", line["answer"].get("value"))), _numbers(line.get("label"))
    off = [abs(one - other) for one, other in zip(given.values(), true.values(), strict=False)]
    answers = tuple(
        Chip(f"{name} {brief(value)}".strip(), f"{brief(error)} off", wrong=True)
        for (name, value), error in zip(given.items(), off, strict=False)
    )
    labels = tuple(Chip(brief(value)) for value in true.values())
    return worst_row(line, answers or (Chip(MISSING),), labels or (Chip(MISSING),), passages=texts_of(line))


def _numbers(value: Any) -> dict[str, float]:
    """Return numbers by name; one that stands alone has none."""
    if isinstance(value, Mapping):
        return {str(name): to_float(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return {str(place): to_float(one) for place, one in enumerate(value)}
    return {"": to_float(value)}


KIND = Kind(
    noun="model that answers texts with a number",
    metrics=METRICS,
    titles=TITLES,
    baselines={
        "tfidf": Baseline("TF-IDF", "the TF-IDF baseline", "TF-IDF with ridge regression"),
        "mean": Baseline("Mean", "the training rows' mean", "always answering the mean of the training rows"),
    },
    sections=(
        Section(name="scatter", title="Answers", template="scatter.html.j2", make=_scatter),
        Section(name="sizes", title="Size of the errors", template="sizes.html.j2", make=_errors),
    ),
    comments=_comments,
    worst=Worst(
        row=_worst,
        heads=("Answer, error", "True number", "Text and place"),
        said=None,
        note="Some may be numbers that are wrong in the data.",
    ),
    card=Card(
        pipeline_tag="text-classification",
        task="Text regression",
        metrics={"pearson": "pearsonr", "spearman": "spearmanr", "mae": "mae", "rmse": "rmse"},
        usage="regression.md.j2",
        limits=(
            "It answers every text with a number, also one about something else, and does not say how sure it is.",
        ),
    ),
)
"""How a regression is shown."""
