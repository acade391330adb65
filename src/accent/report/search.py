"""The page of a search: what was tried, what mattered, and what the winner scores. It reads tune.json only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from accent.records import read_json, write_text
from accent.report import wording
from accent.report.cells import Cell, cell
from accent.report.facts import Fact
from accent.report.kinds import kind_named
from accent.report.metrics import written
from accent.report.reading import Score
from accent.report.scores import metric_title
from accent.report.search_figures import curves_figure, history_figure, parallel_figure

__all__ = ["write_search_page"]

Document = Mapping[str, Any]
ORDER = {"complete": 0, "pruned": 1, "running": 2, "failed": 3, "lost": 4}
SAID = {"complete": "whole", "pruned": "given up", "running": "running", "failed": "failed", "lost": "lost"}


def write_search_page(folder: Path) -> Path:
    """Write tune.html from tune.json in `folder`, and return its path. The same file gives the same bytes.

    Raises RunError where there is no tune.json, or it is damaged.
    """
    environment = Environment(
        loader=PackageLoader("accent.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("search.html.j2")
    page = folder / "tune.html"
    write_text(page, wording.clean(template.render(_context(read_json(folder / "tune.json")))))
    return page


def _context(document: Document) -> dict[str, Any]:
    metric, names = _metric(document), list(document["space"])
    trials = sorted(document["trials"], key=lambda one: _rank(one, lower=document["lower_is_better"]))
    return {
        "title": f"Search on {document['data']}",
        "headline": _headline(document),
        "statements": list(_statements(document)),
        "facts": _facts(document),
        "winner": document["winner"],
        "winner_facts": _settings(document["winner"]["settings"]) if document["winner"] else [],
        "scores": _scores(document),
        "metric": metric,
        "names": names,
        "rows": [_row(one, names, document) for one in trials],
        "importance": _importance(document),
        "importance_of": _importance_of(document),
        "figures": _figures(document, metric, names),
        "space": list(document["space"].items()),
        "version": document["accent"],
    }


def _metric(document: Document) -> str:
    return metric_title(kind_named(document["task"]), document["metric"])


def _headline(document: Document) -> str:
    winner, trials = document["winner"], document["totals"]["states"].get("complete", 0)
    if winner is None:
        return "No trial has come to its end yet."
    score = f"{_metric(document)} {written(document['metric'], winner['score'])} on validation rows"
    whole = wording.plural(trials, "trial")
    return f"Trial {winner['trial']} is the best of {whole} that came to their end: {score}."


def _statements(document: Document) -> Iterator[tuple[str, bool]]:
    """Yield what must be known of the winner, each with whether it is a caution."""
    winner = document["winner"] or {}
    scores = winner.get("scores") or {}
    judged = Score.of(scores.get("test", {}).get(scores.get("main")))
    if judged is not None:
        name = metric_title(kind_named(document["task"]), scores["main"])
        reached = f"On test rows, which no trial has seen, its {name} is {written(scores['main'], judged.value)}"
        yield f"{reached}. The validation score was chosen as the best of many, and is too high.", False
    elif winner:
        yield "The winner has not been scored on test rows.", False
    times = len(document["scored"])
    if times > 1:
        read = f"The test rows have been read {times} times: the search went on after they had been."
        yield f"{read} Expect less on new rows.", True
    lost = document["totals"]["states"].get("lost", 0)
    if lost:
        yield f"{wording.plural(lost, 'trial')} came to nothing, as the process ended, and was tried again.", False


def _facts(document: Document) -> list[Fact]:
    totals, search = document["totals"], document["search"]
    states = ", ".join(f"{count} {SAID.get(state, state)}" for state, count in totals["states"].items())
    side = "lower is better" if document["lower_is_better"] else "higher is better"
    return [
        ("Score", f"{_metric(document)} ({side})"),
        ("Trials", states or "none"),
        ("Search", f"{search['kind']}, pruning {search['pruning']}"),
        ("Base", document["base"]),
        ("Strategy", document["strategy"]),
        ("Trained", f"{wording.count(totals['tokens'])} tokens in {wording.duration(totals['seconds'])}"),
        ("Seed", str(document["seed"])),
    ]


def _scores(document: Document) -> list[tuple[str, Cell | None, Cell | None]]:
    """Return (title, validation cell, test cell) of the winner's overall scores."""
    scores = (document["winner"] or {}).get("scores") or {}
    kind = kind_named(document["task"])
    splits = [scores.get(split) or {} for split in ("validation", "test")]
    names = [name for name in dict.fromkeys([*splits[0], *splits[1]]) if "/" not in name]
    names.sort(key=lambda name: name != document["metric"])
    validation, test = splits
    return [
        (metric_title(kind, name), cell(name, Score.of(validation.get(name))), cell(name, Score.of(test.get(name))))
        for name in names
    ]


def _settings(settings: Mapping[str, Any]) -> list[Fact]:
    return [(name, _value(value)) for name, value in settings.items()]


def _value(value: Any) -> str:
    return "none" if value is None else wording.plain_value(value)


def _rank(trial: Document, *, lower: bool) -> tuple[int, float, int]:
    score = float(trial["score"]) if trial["score"] is not None else 0.0
    return ORDER.get(trial["state"], len(ORDER)), score if lower else -score, trial["number"]


def _row(trial: Document, names: Sequence[str], document: Document) -> dict[str, Any]:
    winner = document["winner"] or {}
    settings = trial["settings"]
    return {
        "number": trial["number"],
        "score": wording.MISSING if trial["score"] is None else written(document["metric"], trial["score"]),
        "state": SAID.get(trial["state"], trial["state"]),
        "error": trial["error"],
        "epochs": f"{float(trial['epochs']):.3g}" if trial["evaluations"] else wording.MISSING,
        "seconds": wording.duration(trial["seconds"]) if trial["seconds"] else wording.MISSING,
        "values": [_value(settings[name]) if name in settings else "" for name in names],
        "won": trial["number"] == winner.get("trial"),
    }


def _importance(document: Document) -> list[dict[str, Any]]:
    found = document["importance"]
    shares = found["shares"] if found else {}
    most = max(shares.values(), default=0.0) or 1.0
    return [
        {"name": name, "value": wording.percent(share), "share": round(100 * share / most, 1)}
        for name, share in shares.items()
    ]


def _importance_of(document: Document) -> str:
    found = document["importance"]
    if not found:
        return ""
    where = "at their end" if found["of"] == "final" else "at their first evaluation, which all of them reached"
    return (
        f"The share of the variance of {_metric(document)} that each setting explains, by fANOVA over the scores of "
        f"{wording.plural(found['trials'], 'trial')} {where}. Of few trials it is a rough guess."
    )


def _figures(document: Document, metric: str, names: Sequence[str]) -> dict[str, Markup | None]:
    trials, lower = document["trials"], document["lower_is_better"]
    drawn = {
        "history": history_figure(trials, metric=metric, lower_is_better=lower),
        "curves": curves_figure(trials, metric=metric, lower_is_better=lower),
        "parallel": parallel_figure(trials, names, log=document["log"], metric=metric, lower_is_better=lower),
    }
    return {name: None if text is None else Markup(text) for name, text in drawn.items()}
