"""`accent plan DATA`: what a training will cost, before it begins."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from accent.cli.console import Console
from accent.cli.options import Argument, Verb
from accent.cli.progress import Progress
from accent.config import FinetuneConfig, PlanConfig
from accent.config.flags import flags_of

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["VERB"]

_PARTS = ("preparing", "loading", "recalling", "training", "evaluations", "checkpoints", "scoring", "pages")
_SHOWN = 0.05
"""Parts of the recommended run that take more than this share of its time are named."""


def _run(config: PlanConfig, console: Console) -> int:
    from accent.recipes import plan

    with Progress(console) as progress:
        found = plan(config, listen=progress)
    console.document(found)
    if not (console.quiet or console.json):
        console.show(*_parts(found, config))
    return 0


def _parts(found: Mapping[str, Any], config: PlanConfig) -> Iterator[Table | str]:
    """Yield the table of strategies, what was left out, the recommendation, and what to type."""
    yield _table(found["runs"])
    for one in found["left_out"]:
        yield f"left out: {one['strategy']}: {one['what']}"
    recommended = found["recommended"]
    chosen = recommended["strategy"]
    yield f"\nrecommended: {chosen or 'nothing'}"
    for reason in recommended["reasons"]:
        yield f"  {reason}"
    if chosen is None:
        return
    run = found["runs"][chosen]
    yield f"  its time: {_times(run)}"
    yield f"  learning rate {recommended['settings']['learning_rate']:g}: {_why_rate(run)}"
    yield f"\nnext    {_command(found, config)}"


def _table(runs: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return a row for each strategy, within 80 columns."""
    from rich.table import Table

    from accent.report.wording import duration, memory

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("strategy")
    for name in ("moves", "of all", "time", "memory", "disk", "model"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, run in runs.items():
        moves = f"{run['trainable']:,}"
        held = run["memory"] if run["device_memory"] is None else run["device_memory"]
        amounts = map(memory, (held, run["disk"], run["model_bytes"]))
        table.add_row(name, moves, f"{run['trainable'] / run['parameters']:.2%}", duration(run["seconds"]), *amounts)
    return table


def _times(run: Mapping[str, Any]) -> str:
    from accent.report.wording import duration

    parts = [(name, run["parts"][name]) for name in _PARTS]
    return ", ".join(f"{name} {duration(value)}" for name, value in parts if value > _SHOWN * run["seconds"])


def _why_rate(run: Mapping[str, Any]) -> str:
    return str(run["reason"]) if run["suggested_rate"] is None else "suggested by the range test"


def _command(found: Mapping[str, Any], config: PlanConfig) -> str:
    """Return what to type next; with a plan.json, the run will be laid beside what is predicted here."""
    from accent.recipes.foreseen import PLAN_FILE

    settings = found["recommended"]["settings"]
    words = ["accent", "finetune", config.data.source, "--strategy", settings["strategy"]]
    words += _changed(next(one for one in config.finetunings if one.strategy.kind == settings["strategy"]))
    if found["runs"][settings["strategy"]]["suggested_rate"] is not None:
        words += ["--learning-rate", f"{settings['learning_rate']:.2g}"]
    if config.run.output is not None:
        words += ["--plan", f"{config.run.output}/{PLAN_FILE}"]
    return shlex.join(words)


def _changed(config: FinetuneConfig) -> Iterator[str]:
    """Yield the flags of what is not as it is by default: a run with other settings costs something else."""
    for flag in flags_of(FinetuneConfig).values():
        value: Any = config
        for name in flag.path:
            value = getattr(value, name, flag.default)
        if flag.name in ("data", "strategy") or value == flag.default:
            continue
        if flag.switch:
            yield flag.option if value else f"--no-{flag.option[2:]}"
        else:
            words = value if isinstance(value, tuple) else ("none" if value is None else value,)
            yield from (flag.option, ",".join(map(str, words)))


VERB = Verb(
    name="plan",
    help=(
        "Measure what a training would cost before it begins: a few real updates, the largest among them, scores and a "
        "checkpoint with each strategy, in a process of its own. Then predict time, memory and disk of the whole run, "
        "and recommend one for the rows, the memory, the time and the tasks at hand."
    ),
    examples=("accent plan reviews.csv --memory 8GB --time 30m --output plans/reviews",),
    config=PlanConfig,
    run=_run,
    arguments=(Argument(name="data", metavar="DATA"),),
)
