"""What the commands that train have in common: how they show progress, are stopped, and end."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console
from accent.cli.progress import Progress
from accent.config import RunConfig
from accent.errors import RunError

if TYPE_CHECKING:
    from accent.recipes import RunOutcome

__all__ = ["conclude", "progress_of"]


@contextmanager
def progress_of(verb: str, run: RunConfig, console: Console) -> Iterator[Progress]:
    """Show how a run gets on.

    After Ctrl-C outside the training loop the command that goes on from a checkpoint is printed, if there is one.
    """
    progress = Progress(console)
    try:
        with progress:
            yield progress
    except KeyboardInterrupt:
        folder = progress.folder or run.resume or run.output
        if folder is not None and any(Path(folder, "checkpoints").glob("update-*")):
            console.tell(f"a checkpoint is saved. To go on:\n  accent {verb} --resume {shlex.quote(folder)}")
        raise


def conclude(outcome: RunOutcome, console: Console, **more: Any) -> bool:
    """Print how a run ended, and `more` where all is asked for in JSON; return whether its scores are to be shown.

    Raises RunError for a run that ended because its losses were not finite.
    """
    console.document(
        {
            "run": outcome.folder,
            "ended": outcome.ended,
            "scores": outcome.scores,
            **more,
            "interrupted": outcome.interrupted,
            "resume": outcome.resume_command,
        }
    )
    if outcome.interrupted:
        console.tell(f"interrupted; a checkpoint is saved. To go on:\n  {outcome.resume_command}")
        return False
    if outcome.ended == "not finite":
        raise RunError(
            "training stopped: losses were not finite three times in a row",
            where=str(outcome.folder),
            remedy="Lower --learning-rate, or train with --precision fp32. The weights before are kept.",
        )
    return not (console.quiet or console.json)
