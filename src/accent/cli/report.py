"""`accent report RUN`: writes a run's page again."""

from __future__ import annotations

from pathlib import Path

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.config import ReportConfig

__all__ = ["VERB"]


def _run(config: ReportConfig, console: Console) -> int:
    from accent.recipes import report
    from accent.records import write_bytes

    page = report(config.target)
    if config.output is not None:
        copy = Path(config.output) / page.name
        write_bytes(copy, page.read_bytes())
        page = copy
    console.document({"report": page})
    console.show(f"report  {page}")
    return 0


VERB = Verb(
    name="report",
    help="Write a run's page, and its model's card, again from its folder.",
    examples=("accent report runs/reviews",),
    config=ReportConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="RUN"),),
)
