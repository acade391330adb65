"""`accent evaluate RUN DATA`: scores a run on new data."""

from __future__ import annotations

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import EvaluateConfig

__all__ = ["VERB"]


def _run(config: EvaluateConfig, console: Console) -> int:
    from accent.cli.tables import score_parts
    from accent.recipes import evaluate

    with Progress(console) as progress:
        scores = evaluate(config, listen=progress)
    console.document(scores)
    console.show(*score_parts(scores))
    if speed := scores.get("statistics"):
        console.tell(f"{speed['rows']:,} rows in {speed['seconds']:.2f} s, {speed['rows_per_second']:,.0f} rows/s")
    if config.run.output is not None:
        console.show(f"scores  {config.run.output}/scores.json")
    return 0


VERB = Verb(
    name="evaluate",
    help="Score a run on new data, each metric with its interval.",
    examples=("accent evaluate runs/reviews new.csv",),
    config=EvaluateConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="RUN"), Argument(name="data", metavar="DATA")),
)
