"""`accent finetune DATA`: fits a base to a task."""

from __future__ import annotations

import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.cli.sweep import run_sweep
from accent.config import FinetuneConfig, sweep_of_seeds
from accent.errors import RunError

if TYPE_CHECKING:
    from accent.recipes import FinetuneOutcome

__all__ = ["VERB", "finish"]


def _run(config: FinetuneConfig, console: Console) -> int:
    if config.seeds > 1:
        return run_sweep(sweep_of_seeds(config), console)
    began = time.perf_counter()  # loading torch takes seconds, which a time budget counts
    from accent.recipes import finetune

    progress = Progress(console)
    try:
        with progress:
            outcome = finetune(config, listen=progress, began=began)
    except KeyboardInterrupt:
        _say_how_to_resume(progress.folder or config.run.resume or config.run.output, console)
        raise
    return finish(outcome, console)


def _say_how_to_resume(folder: str | None, console: Console) -> None:
    """After Ctrl-C outside the training loop, print the command that goes on from a checkpoint, if there is one."""
    if folder is not None and any(Path(folder, "checkpoints").glob("update-*")):
        console.tell(f"a checkpoint is saved. To go on:\n  {_resume_command(folder)}")


def finish(outcome: FinetuneOutcome, console: Console, *, examples: tuple[str, ...] = ("a text",)) -> int:
    """Print a fine-tuning's scores, where its model is and what to type next; return the exit code.

    `examples` are texts for the next command. One of several processes prints nothing: the first command does.
    Raises `RunError` for a run that ended because its losses were not finite.
    """
    if "LOCAL_RANK" in os.environ:
        return 130 if outcome.interrupted else 0
    console.document(
        {
            "run": outcome.folder,
            "ended": outcome.ended,
            "scores": outcome.scores,
            "interrupted": outcome.interrupted,
            "resume": _resume_command(outcome.folder) if outcome.interrupted else None,
        }
    )
    if outcome.interrupted:
        console.tell(f"interrupted; a checkpoint is saved. To go on:\n  {_resume_command(outcome.folder)}")
        return 130
    if outcome.ended == "not finite":
        raise RunError(
            "training stopped: losses were not finite three times in a row",
            where=str(outcome.folder),
            remedy="Lower --learning-rate, or train with --precision fp32. The weights before are kept.",
        )
    _show(outcome, console, examples)
    return 0


def _resume_command(folder: str | Path) -> str:
    """Return what to type in a shell, which takes a folder with a space in quotes."""
    return f"accent finetune --resume {shlex.quote(str(folder))}"


def _show(outcome: FinetuneOutcome, console: Console, examples: tuple[str, ...]) -> None:
    if console.quiet or console.json:
        return
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
