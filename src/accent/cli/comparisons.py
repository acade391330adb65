"""Tables for people of what a comparison found: scores with their intervals and tests, and what each setting cost."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from accent.cli.tables import interval, new_table, written

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["comparison_parts"]

_WIDTH = 80


def comparison_parts(document: Mapping[str, Any]) -> Iterator[Table | str]:
    """Yield what compare.json says: the scores, the costs, and the verdict."""
    settings = document["settings"]
    yield f"\n{document['metric']} on {document['rows']:,} {document['split']} rows, with 95 % intervals"
    yield _scores(document)
    if len(settings) > 1:
        tests = ", ".join(dict.fromkeys(pair["test"] for pair in document["pairs"]))
        yield textwrap.fill(f"p: {tests}; corrected: {document['correction']}", _WIDTH) + "\n"
    yield _costs(document)
    yield ""
    yield textwrap.fill(document["verdict"], _WIDTH)
    if document["recommended"]:
        yield textwrap.fill(
            f"recommended: {document['recommended']['setting']}; {document['recommended']['why']}", _WIDTH
        )
    for caution in document["cautions"]:
        yield textwrap.fill(f"note: {caution}", _WIDTH)


def _scores(document: Mapping[str, Any]) -> Table:
    several = any(len(one["seeds"]) > 1 for one in document["settings"])
    seeds = ("seeds", "sd") if several else ()
    first = document["settings"][0]["against_best"] is not None and len(document["settings"]) > 2  # noqa: PLR2004
    table = new_table("setting", "score", "interval", *seeds, "from best", "p", *(("p (first)",) if first else ()))
    for one in document["settings"]:
        spread = "" if one["deviation"] is None else written(one["deviation"])
        numbers = [written(one["score"]["value"]), interval(one["score"])]
        numbers += [str(len(one["seeds"])), spread] if several else []
        best = one["against_best"]
        numbers += ["best", ""] if best is None else [f"{best['difference']['value']:+.4f}", _p(best)]
        table.add_row(one["name"], *numbers, *([_p(one["against_first"])] if first else []))
    return table


def _p(against: Mapping[str, Any] | None) -> str:
    """Return the corrected p value, with a star where it is significant."""
    if against is None:
        return ""
    return f"{against['adjusted']:.2g}{'*' if against['significant'] else ''}"


def _costs(document: Mapping[str, Any]) -> Table:
    from accent.report.wording import count, duration, memory, percent

    table = new_table("setting", "moves", "updates", "training", "memory", "size", "rows/s")
    for one in document["settings"]:
        share = one["trainable"] / one["parameters"] if one["trainable"] and one["parameters"] else None
        sizes = (duration(one["seconds"]), memory(one["memory"]), memory(one["model_bytes"]))
        table.add_row(one["name"], percent(share), count(one["updates"]), *sizes, count(one["rows_per_second"]))
    return table
