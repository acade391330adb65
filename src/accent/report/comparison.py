"""The page of a comparison: settings side by side, which differ by more than chance, and what each cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from accent.records import write_text
from accent.report import wording
from accent.report.cells import Bar, bar, cell
from accent.report.facts import Fact
from accent.report.kinds import kind_named
from accent.report.metrics import is_bounded, written, written_interval
from accent.report.pareto import pareto_figure
from accent.report.reading import Score
from accent.report.scores import metric_title

__all__ = ["write_comparison"]

Document = Mapping[str, Any]
TICK = 0.1


def write_comparison(
    path: Path, document: Document, *, title: str = "Comparison", runs: Sequence[Document] = ()
) -> Path:
    """Write the page of what compare.json says, and return its path.

    `runs` are those of a sweep, each {name, seed, folder, status, error}; one that failed keeps its place there.
    Without them the folders of the settings are listed. The same document gives the same bytes.
    """
    environment = Environment(
        loader=PackageLoader("accent.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("comparison.html.j2")
    write_text(path, wording.clean(template.render(_context(document, title, runs))))
    return path


def _context(document: Document, title: str, runs: Sequence[Document]) -> dict[str, Any]:
    settings, metric = document["settings"], document["metric"]
    start = _start(settings, metric)
    return {
        "title": title,
        "verdict": document["verdict"],
        "recommended": document["recommended"],
        "cautions": document["cautions"],
        "failed": [one for one in runs if one["error"]],
        "facts": _facts(document),
        "metric": _metric(document),
        "lower": document["lower_is_better"],
        "many_seeds": any(len(one["seeds"]) > 1 for one in settings),
        "rows": [_row(one, document, start) for one in settings],
        "axis": None if start is None else (wording.number(start, 1), "1"),
        "pairs": [_pair(one, metric) for one in document["pairs"]] if len(settings) > 2 else [],  # noqa: PLR2004
        "costs": [_costs(one) for one in settings],
        "figures": _figures(document),
        "differing": [(name, [wording.plain_value(one) for one in values]) for name, values in _differing(document)],
        "names": [one["name"] for one in settings],
        "runs": _runs(document, runs),
    }


def _facts(document: Document) -> list[Fact]:
    side = "lower is better" if document["lower_is_better"] else "higher is better"
    tests = list(dict.fromkeys(one["test"] for one in document["pairs"]))
    return [
        ("Score", f"{_metric(document)} ({side})"),
        ("Judged on", f"{wording.count(document['rows'])} {document['split']} rows of {document['task']}"),
        *([("Test", ", ".join(tests)), ("Correction", document["correction"])] if tests else []),
    ]


def _metric(document: Document) -> str:
    return metric_title(kind_named(document["task"]), document["metric"])


def _row(one: Document, document: Document, start: float | None) -> dict[str, Any]:
    metric, score = document["metric"], Score.of(one["score"])
    against = one["against_best"]
    return {
        "name": one["name"],
        "score": cell(metric, score),
        "best": one["name"] == document["best"],
        "seeds": wording.count(len(one["seeds"])),
        "deviation": wording.MISSING if one["deviation"] is None else written(metric, one["deviation"]),
        "bar": _bar(one, score, document, start),
        "difference": None if against is None else cell(metric, Score.of(against["difference"])),
        "p": wording.MISSING if against is None else _p(against["adjusted"]),
        "significant": against is not None and against["significant"],
    }


def _bar(one: Document, score: Score | None, document: Document, start: float | None) -> Bar | None:
    if score is None or start is None:
        return None
    tied = one["name"] == document["best"] or one["name"] in document["tied"]
    return bar(score, "test" if tied else "base-2", start)


def _start(settings: Sequence[Document], metric: str) -> float | None:
    """Return where the axis of the bars begins, which ends at 1; None for scores without such an end."""
    if not is_bounded(metric):
        return None
    lowest = min(float(one["score"]["low"]) for one in settings)
    return max(-1.0, min(0.9, math.floor(lowest / TICK) * TICK))


def _pair(one: Document, metric: str) -> dict[str, Any]:
    difference = one["difference"]
    return {
        "one": one["one"],
        "other": one["other"],
        "difference": written(metric, difference["value"]),
        "interval": written_interval(metric, difference["low"], difference["high"]),
        "p": _p(one["p_value"]),
        "adjusted": _p(one["adjusted"]),
        "significant": one["significant"],
    }


def _p(value: float) -> str:
    """Return a p value under a heading that says so: 0.021, or < 0.001."""
    return wording.p_value(value).removeprefix("p ").removeprefix("= ")


def _costs(one: Document) -> dict[str, str]:
    share = one["trainable"] / one["parameters"] if one["trainable"] and one["parameters"] else None
    return {
        "name": one["name"],
        "strategy": one["strategy"],
        "base": one["base"] or wording.MISSING,
        "share": wording.percent(share),
        "updates": wording.count(one["updates"]),
        "seconds": wording.duration(one["seconds"]),
        "memory": wording.memory(one["memory"]),
        "size": wording.memory(one["model_bytes"]),
        "speed": wording.count(one["rows_per_second"]),
    }


def _figures(document: Document) -> list[Markup]:
    drawn = [
        pareto_figure(document["settings"], cost, front=front, metric=_metric(document))
        for cost, front in document["front"].items()
    ]
    return [Markup(figure) for figure in drawn if figure is not None]


def _differing(document: Document) -> list[tuple[str, list[Any]]]:
    return list(document["differing"].items())


def _runs(document: Document, runs: Sequence[Document]) -> list[tuple[str, str, str, str]]:
    """Return (setting, seed, folder, how it ended) of every run."""
    if runs:
        return [(one["name"], str(one["seed"]), one["folder"], one["error"] or one["status"]) for one in runs]
    return [
        (one["name"], str(seed), folder, "done")
        for one in document["settings"]
        for seed, folder in zip(one["seeds"], one["runs"], strict=True)
    ]
