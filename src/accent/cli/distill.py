"""`accent distill TEACHER DATA`: trains a smaller student from a teacher."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.training import conclude, progress_of
from accent.config.distillation import DistillConfig

if TYPE_CHECKING:
    from accent.recipes import DistillOutcome

__all__ = ["VERB"]


def _run(config: DistillConfig, console: Console) -> int:
    began = time.perf_counter()  # loading torch takes seconds, which a time budget counts
    from accent.recipes import distill

    with progress_of("distill", config.run, console) as progress:
        outcome = distill(config, listen=progress, began=began)
    if conclude(outcome, console, distilled=outcome.worth):
        _show(outcome, console)
    return 130 if outcome.interrupted else 0


def _show(outcome: DistillOutcome, console: Console) -> None:
    from accent.cli.tables import score_parts

    folder = shlex.quote(str(outcome.folder))
    fitted = (outcome.folder / "model" / "accent.json").is_file()
    following = f"accent predict {folder} TEXT" if fitted else f"accent finetune DATA --base {folder}"
    told = [f"\nstudent {outcome.worth['line']}"] if outcome.worth else []
    console.show(
        *score_parts(outcome.scores),
        *told,
        f"model   {outcome.folder / 'model'}",
        f"report  {outcome.folder / 'report.html'}",
        f"next    {following}",
    )


VERB = Verb(
    name="distill",
    help=(
        "Train a smaller student from a teacher.\n\n"
        "A fine-tuned run teaches its task on rows, with labels or without; a base, or a run of pretraining, teaches "
        "on running text. At the end both are scored, timed and weighed.\n\n"
    ),
    examples=(
        "accent distill runs/reviews reviews.csv --layers 3 --output runs/small-reviews",
        "accent distill runs/books books/ --time-budget 1h --output runs/small-books",
    ),
    config=DistillConfig,
    run=_run,
    arguments=(Argument(name="teacher", metavar="TEACHER"), Argument(name="data", metavar="DATA")),
    metavars={"teacher": "TEACHER"},
)
