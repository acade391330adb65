"""Tables for people: scores with their intervals and baselines, audits, and nested facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from accent.data import Audit, Finding

__all__ = ["audit_parts", "facts_lines", "interval", "new_table", "score_parts", "written"]

_MANY_CLASSES = 30
"""Classes beyond which the table of classes stands in scores.json and the report only."""
_BYTES = ("_free", "_total", "_bytes", "memory")
"""How the names of facts end that count bytes."""
_WIDTH = 80
_LARGE, _HUGE = 1e2, 1e6
_PARTS = {"types": "type", "quantities": "number", "labels_per_row": "label", "classes": "class"}
"""What stands in scores.json where scores are those of one of these."""
_OWN_UNITS = frozenset({"loss", "perplexity"})
"""Scores a token, which other tokens do not share."""
_PLACES = 5
"""Places that are shown of a finding; audit.json has more."""


def score_parts(scores: Mapping[str, Any], unit: str = "rows") -> Iterator[Table | str]:
    """Yield what scores.json says: the judged split beside the baselines, the classes, the comparisons.

    `unit` is what was scored: rows, or blocks of running text.
    """
    split = "test" if "test" in scores else "validation"
    found: Mapping[str, Any] = scores.get(split, {})
    if not found:
        yield f"There are no test or validation {unit}, so there are no scores."
        return
    overall = {name: score for name, score in found.items() if "/" not in name}
    rows = next(iter(overall.values()))["n"]
    yield f"\n{split} scores of {rows:,} {unit}, with 95 % intervals"
    yield _overall_table(overall, scores.get("baselines", {}), main=str(scores.get("main", "")))
    parts = _parts(found)
    if 0 < len(parts) <= _MANY_CLASSES:
        yield _part_table(_noun(scores), parts)
    for name, comparison in scores.get("comparisons", {}).items():
        yield _comparison(name, comparison)


def audit_parts(audit: Audit) -> Iterator[Table | str]:
    """Yield what an audit found: the splits, then each finding with its first places."""
    table = new_table("split", "rows", "classes", "mean tokens", "95 %", "longest", "rows cut")
    for name, facts in audit.splits.items():
        lengths = (facts.length_mean, facts.length_p95, facts.length_max, facts.truncated_rows)
        measured = ["" if value is None else f"{value:,.0f}" for value in lengths]
        table.add_row(name, f"{facts.rows:,}", str(len(facts.labels)), *measured)
    yield table
    for severity in ("error", "warning", "note"):
        for finding in audit.findings:
            if finding.severity == severity:
                yield from _finding_lines(finding, allowed=severity == "error" and finding not in audit.errors)


def facts_lines(facts: Mapping[str, Any], depth: int = 0) -> Iterator[str]:
    """Yield nested facts as indented lines: `key  value`, and a heading for each mapping inside."""
    width = max((len(str(key)) for key, value in facts.items() if not _nested(value)), default=0)
    for key, value in facts.items():
        name, indent = str(key), "  " * depth
        if _nested(value):
            yield f"{indent}{name}"
            yield from facts_lines(value, depth + 1)
        else:
            yield f"{indent}{name:<{width}}  {_plain(str(key), value)}".rstrip()


def _overall_table(overall: Mapping[str, Any], baselines: Mapping[str, Any], *, main: str) -> Table:
    """Return each score beside the baselines', the one that is compared first."""
    table = new_table("metric", "value", "interval", *baselines)
    for name in sorted(overall, key=lambda name: name != main):
        others = [None if name in _OWN_UNITS else baseline.get(name) for baseline in baselines.values()]
        table.add_row(name, _number(overall[name]), interval(overall[name]), *map(_number, others))
    return table


def _parts(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the scores of each class, label, type, tag or number by metric; a name may hold a / of its own."""
    parts: dict[str, dict[str, Any]] = {}
    for key, score in found.items():
        metric, slash, name = key.partition("/")
        if slash:
            parts.setdefault(name, {})[metric] = score
    return parts


def _noun(scores: Mapping[str, Any]) -> str:
    return next((noun for key, noun in _PARTS.items() if key in scores), "tag")


def _part_table(noun: str, parts: Mapping[str, Mapping[str, Any]]) -> Table:
    metrics = list(dict.fromkeys(metric for scores in parts.values() for metric in scores))
    table = new_table(noun, *metrics, "n")
    for name, scores in parts.items():
        counted = scores.get("recall") or scores.get(metrics[-1])
        table.add_row(
            name, *(_number(scores.get(metric)) for metric in metrics), f"{counted['n']:,}" if counted else ""
        )
    return table


def _comparison(name: str, comparison: Mapping[str, Any]) -> str:
    difference = comparison["difference"]
    side = "above" if difference["value"] >= 0 else "below"
    score = comparison["score"]
    verdict = "significant" if comparison["significant"] else "not significant"
    apart = f"{score} is {written(abs(float(difference['value'])))} {side} {name} {interval(difference)}"
    told = f"{verdict} (p = {float(comparison['p_value']):.2g})"
    # The line breaks where it would not fit, rather than within a number.
    return f"{apart}: {told}" if len(apart) + len(told) + 2 <= _WIDTH else f"{apart}:\n    {told}"


def _finding_lines(finding: Finding, *, allowed: bool) -> Iterator[str]:
    title = "allowed" if allowed else finding.severity
    yield f"{title}: {finding.what} [{finding.kind}]"
    for place in finding.places[:_PLACES]:
        other = f" = {place.other}" if place.other else ""
        yield f"    {place.file}:{place.line}{other}  {place.text}"
    if finding.remedy:
        yield f"  {finding.remedy}"


def new_table(first: str, *others: str) -> Table:
    """Return a table without lines, its first column to the left and names there broken where they must be."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _number(score: Mapping[str, Any] | None) -> str:
    return "" if score is None else written(float(score["value"]))


def interval(score: Mapping[str, Any]) -> str:
    """Return a score's interval, such as [0.8990, 0.9250]."""
    return f"[{written(float(score['low']))}, {written(float(score['high']))}]"


def written(value: float) -> str:
    """Return four places of a share or a small amount, and fewer of a large one, which may be in any units."""
    if abs(value) < _LARGE:
        return f"{value:.4f}"
    return f"{value:,.1f}" if abs(value) < _HUGE else f"{value:.4g}"


def _nested(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and not _is_score(value)


def _is_score(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"value", "low", "high", "n"}


def _plain(key: str, value: Any) -> str:
    """Return one fact in words: bytes in GB, counts with commas, lists with commas between, none as a dash."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            amount = f"{value / 1e9:,.1f} GB" if key.endswith(_BYTES) else f"{value:,}"
            text = str(value) if key == "seed" else amount
        case float():
            text = f"{value:.4g}"
        case list() | tuple():
            text = ", ".join(map(str, value))
        case Mapping():
            text = f"{_number(value)} {interval(value)} n = {value['n']:,}" if value else ""
        case _:
            text = "" if value is None else str(value)
    return text or "-"
