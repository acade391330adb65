"""`accent finetune DATA`: fits a base to a task."""

from __future__ import annotations

import os
import shlex
import time
from typing import TYPE_CHECKING

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.sweep import run_sweep
from accent.cli.training import conclude, progress_of
from accent.config import FinetuneConfig, sweep_of_seeds

if TYPE_CHECKING:
    from accent.recipes import FinetuneOutcome

__all__ = ["VERB", "finish"]


def _run(config: FinetuneConfig, console: Console) -> int:
    if config.seeds > 1:
        return run_sweep(sweep_of_seeds(config), console)
    began = time.perf_counter()  # loading torch takes seconds, which a time budget counts
    from accent.recipes import finetune

    with progress_of("finetune", config.run, console) as progress:
        outcome = finetune(config, listen=progress, began=began)
    return finish(outcome, console)


def finish(outcome: FinetuneOutcome, console: Console, *, examples: tuple[str, ...] = ("a text",)) -> int:
    """Print a fine-tuning's scores, where its model is and what to type next; return the exit code.

    `examples` are texts for the next command. One of several processes prints nothing: the first command does.
    Raises `RunError` for a run that ended because its losses were not finite.
    """
    if "LOCAL_RANK" not in os.environ and conclude(outcome, console):
        _show(outcome, console, examples)
    return 130 if outcome.interrupted else 0


def _show(outcome: FinetuneOutcome, console: Console, examples: tuple[str, ...]) -> None:
    from accent.cli.tables import score_parts

    folder = shlex.quote(str(outcome.folder))
    console.show(
        *score_parts(outcome.scores),
        f"\nmodel   {outcome.folder / 'model'}",
        f"report  {outcome.folder / 'report.html'}",
        f"next    accent predict {folder} {_example(outcome, examples)}",
    )


def _example(outcome: FinetuneOutcome, examples: tuple[str, ...]) -> str:
    """Return what to give the next command: texts, or a file where a row is two of them."""
    return "--input FILE" if outcome.pair else " ".join(map(shlex.quote, examples))


VERB = Verb(
    name="finetune",
    help=("Fit a base to a task. The data is audited first, test rows are scored once, at the end.\n\n"),
    examples=("accent finetune reviews.csv --epochs 3 --output runs/reviews",),
    config=FinetuneConfig,
    run=_run,
    arguments=(Argument(name="data", metavar="DATA"),),
)
