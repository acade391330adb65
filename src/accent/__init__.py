"""Accent takes text to a deployed transformer: check, fine-tune, evaluate, predict, serve.

The verbs of the command line are functions here, with the flags' names as settings:

    import accent

    outcome = accent.finetune("reviews.csv", epochs=3, batch_size=32)
    print(outcome.scores["test"]["accuracy"])

Each is loaded on first use, so that `import accent` costs nothing.
`accent.report` is the room that makes pages: in Python `accent.recipes.report(run)` writes a run's page again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accent.api import (
        check,
        compare,
        demo,
        distill,
        doctor,
        evaluate,
        finetune,
        inspect,
        plan,
        predict,
        pretrain,
        reproduce,
        serve,
        sweep,
        tune,
    )

__version__ = "0.1.0"
__all__ = [
    "__version__",
    "check",
    "compare",
    "demo",
    "distill",
    "doctor",
    "evaluate",
    "finetune",
    "inspect",
    "plan",
    "predict",
    "pretrain",
    "reproduce",
    "serve",
    "sweep",
    "tune",
]


def __getattr__(name: str) -> object:
    """Load a verb on first use."""
    if name not in __all__:
        raise AttributeError(f"module 'accent' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("accent.api"), name)


def __dir__() -> list[str]:
    """List the verbs beside what is loaded already."""
    return sorted({*globals(), *__all__})
