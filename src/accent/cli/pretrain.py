"""`accent pretrain CORPUS...`: trains a model on running text."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config.pretraining import PretrainConfig
from accent.errors import RunError

if TYPE_CHECKING:
    from accent.recipes import PretrainOutcome

__all__ = ["VERB"]


def _run(config: PretrainConfig, console: Console) -> int:
    began = time.perf_counter()  # loading torch takes seconds, which a time budget counts
    from accent.recipes import pretrain

    progress = Progress(console)
    try:
        with progress:
            outcome = pretrain(config, listen=progress, began=began)
    except KeyboardInterrupt:
        folder = progress.folder or config.run.resume or config.run.output
        if folder is not None and any(Path(folder, "checkpoints").glob("update-*")):
            console.tell(f"a checkpoint is saved. To go on:\n  accent pretrain --resume {shlex.quote(folder)}")
        raise
    return _finish(outcome, console)


def _finish(outcome: PretrainOutcome, console: Console) -> int:
    """Print the scores, where the model is and what to type next; return the exit code."""
    console.document(
        {
            "run": outcome.folder,
            "ended": outcome.ended,
            "scores": outcome.scores,
            "interrupted": outcome.interrupted,
            "resume": outcome.resume_command,
        }
    )
    if outcome.interrupted:
        console.tell(f"interrupted; a checkpoint is saved. To go on:\n  {outcome.resume_command}")
        return 130
    if outcome.ended == "not finite":
        raise RunError(
            "training stopped: losses were not finite three times in a row",
            where=str(outcome.folder),
            remedy="Lower --learning-rate, or train with --precision fp32. The weights before are kept.",
        )
    if console.quiet or console.json:
        return 0
    from accent.cli.tables import score_parts

    console.show(
        *score_parts(outcome.scores, "blocks"),
        f"\nmodel   {outcome.folder / 'model'}",
        f"next    accent finetune DATA --base {shlex.quote(str(outcome.folder))}",
    )
    return 0


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
