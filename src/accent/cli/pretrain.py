"""`accent pretrain CORPUS...`: trains a model on running text."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.training import conclude, progress_of
from accent.config.pretraining import PretrainConfig

if TYPE_CHECKING:
    from accent.recipes import PretrainOutcome

__all__ = ["VERB"]


def _run(config: PretrainConfig, console: Console) -> int:
    began = time.perf_counter()  # loading torch takes seconds, which a time budget counts
    from accent.recipes import pretrain

    with progress_of("pretrain", config.run, console) as progress:
        outcome = pretrain(config, listen=progress, began=began)
    if conclude(outcome, console):
        _show(outcome, console)
    return 130 if outcome.interrupted else 0


def _show(outcome: PretrainOutcome, console: Console) -> None:
    """Print the scores, where the model is and what to type next."""
    from accent.cli.tables import score_parts

    console.show(
        *score_parts(outcome.scores, "blocks"),
        f"\nmodel   {outcome.folder / 'model'}",
        f"report  {outcome.folder / 'report.html'}",
        f"next    accent finetune DATA --base {shlex.quote(str(outcome.folder))}",
    )


VERB = Verb(
    name="pretrain",
    help=(
        "Train a model on running text: from scratch with a tokenizer of its own, or on from a base.\n\n"
        "The scores at the end are of documents that were kept aside.\n\n"
    ),
    examples=(
        "accent pretrain books/ --size mini --time-budget 1h --output runs/books",
        "accent pretrain notes.jsonl --base builtin:minilm --extend-vocabulary 500",
    ),
    config=PretrainConfig,
    run=_run,
    arguments=(Argument(name="sources", metavar="CORPUS", many=True),),
    metavars={"tokenizer": "KIND|PATH", "objective": "NAME+NAME", "text_column": "NAME", "pair_column": "NAME"},
)
