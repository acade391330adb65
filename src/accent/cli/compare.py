"""`accent compare RUN RUN...`: runs side by side."""

from __future__ import annotations

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import CompareConfig

__all__ = ["VERB"]


def _run(config: CompareConfig, console: Console) -> int:
    from accent.cli.comparisons import comparison_parts
    from accent.recipes import compare

    with Progress(console) as progress:
        found = compare(config, listen=progress)
    console.document(found)
    console.show(*comparison_parts(found))
    if config.run.output is not None:
        console.show(f"page    {config.run.output}/compare.html")
    return 0


VERB = Verb(
    name="compare",
    help=(
        "Lay runs side by side that were judged on the same rows: scores, costs, and paired tests of all pairs, "
        "corrected for being several. Runs that differ in their seed only are one setting. No winner is named inside "
        "the noise."
    ),
    examples=("accent compare runs/full runs/head", "accent compare runs/a runs/b --metric f1_macro --output compared"),
    config=CompareConfig,
    run=_run,
    arguments=(Argument(name="targets", metavar="RUN...", many=True),),
)
