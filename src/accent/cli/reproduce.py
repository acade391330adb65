"""`accent reproduce RUN`: runs it again and says whether the scores agree."""

from __future__ import annotations

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import ReproduceConfig

__all__ = ["VERB"]


def _run(config: ReproduceConfig, console: Console) -> int:
    from accent.cli.tables import new_table, written
    from accent.recipes import reproduce

    with Progress(console) as progress:
        found = reproduce(config, listen=progress)
    console.document(found)
    if found.get("interrupted"):
        console.tell(f"interrupted; a checkpoint is saved. To go on:\n  accent finetune --resume {found['again']}")
        return 130
    table = new_table(f"{found['split']} score", "then", "now", "interval then")
    for name, score in found["scores"].get(found["split"], {}).items():
        now = "" if score["now"] is None else written(score["now"])
        table.add_row(name, written(score["then"]), now, f"[{written(score['low'])}, {written(score['high'])}]")
    weights = "the same" if found["weights"] else "not the same to the last bit"
    console.show(table, f"\nthe scores agree: {found['agreement']}; the weights are {weights}")
    console.show(f"run     {found['again']}")
    return 0


VERB = Verb(
    name="reproduce",
    help=(
        "Run a run again from its record into a new folder. Data and base must be the same; versions that differ are "
        "named. Exits with 0 where the scores are equal or within their interval, with 2 where they are not."
    ),
    examples=("accent reproduce runs/reviews",),
    config=ReproduceConfig,
    run=_run,
    arguments=(Argument(name="target", metavar="RUN"),),
)
