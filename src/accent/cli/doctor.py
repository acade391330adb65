"""`accent doctor`: versions, processor, chosen precision and threads, free memory and disk, optional packages."""

from __future__ import annotations

from pathlib import Path

from accent.cli.console import Console
from accent.cli.options import Verb
from accent.cli.progress import Progress
from accent.config import DoctorConfig

__all__ = ["VERB"]


def _run(config: DoctorConfig, console: Console) -> int:
    from accent.cli.tables import facts_lines
    from accent.recipes import doctor

    with Progress(console) as progress:
        facts = doctor(listen=progress)
    if config.output is not None:
        from accent.records import write_json

        write_json(Path(config.output) / "doctor.json", facts)
    console.document(facts)
    console.show(*facts_lines(facts))
    return 0


VERB = Verb(
    name="doctor",
    help="Show versions, processor features, chosen precision and threads, free memory and disk, optional packages.",
    examples=("accent doctor",),
    config=DoctorConfig,
    run=_run,
)
