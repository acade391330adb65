"""`accent demo`: the main job on built-in data and base, offline."""

from __future__ import annotations

from accent.cli.console import Console
from accent.cli.finetune import finish
from accent.cli.options import Verb
from accent.cli.progress import Progress
from accent.config import DemoConfig

__all__ = ["VERB"]

_EXAMPLES = ("a warm, clever film that earns its ending", "The soup was cold and so was the waiter.")


def _run(config: DemoConfig, console: Console) -> int:
    from accent.recipes import demo

    with Progress(console) as progress:
        outcome = demo(config.output, seed=config.seed, listen=progress)
    return finish(outcome, console, examples=_EXAMPLES)


VERB = Verb(
    name="demo",
    help="Do the main job on built-in reviews with the built-in base, offline: check, fine-tune, evaluate, report.",
    examples=("accent demo",),
    config=DemoConfig,
    run=_run,
)
