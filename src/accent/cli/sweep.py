"""`accent sweep DATA`: several settings on the same data and budget, compared."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import SweepConfig

__all__ = ["VERB", "run_sweep"]


def run_sweep(config: SweepConfig, console: Console) -> int:
    """Run a sweep, print what it found, and return the exit code."""
    from accent.recipes import sweep

    progress = Progress(console)
    try:
        with progress:
            found = sweep(config, listen=progress)
    except KeyboardInterrupt:
        if progress.folder is not None:  # that of a run, below its setting's
            console.tell(_how_to_go_on(Path(progress.folder).parents[1]))
        raise
    console.document(found)
    if found["interrupted"]:
        console.tell(f"interrupted; {_how_to_go_on(found['folder'])}")
        return 130
    _show(found, console)
    return 0


def _show(found: dict[str, Any], console: Console) -> None:
    from accent.cli.comparisons import comparison_parts

    console.show(*comparison_parts(found["comparison"]))
    for run in found["runs"]:
        if run["error"]:
            console.show(f"failed: {run['name']}, seed {run['seed']}: {run['error']}")
    console.show(f"\npage    {found['folder']}/sweep.html")


def _how_to_go_on(folder: str | Path) -> str:
    return f"what is done is kept. To go on:\n  accent sweep --resume {shlex.quote(str(folder))}"


VERB = Verb(
    name="sweep",
    help=(
        "Fit several bases, or in several ways, on the same rows and with the same budget, each with several seeds. "
        "Then compare the settings over rows and seeds, and say which are worth their cost. The same command, or "
        "--resume, goes on with a sweep that was stopped."
    ),
    examples=("accent sweep reviews.csv --strategies full,head,lora --seeds 1,2,3",),
    config=SweepConfig,
    run=run_sweep,
    arguments=(Argument(name="data", metavar="DATA"),),
)
