"""The verbs in Python: the same settings as the command line, by the same names.

Settings are flat (`batch_size=16`, `schedule="cosine"`) and strict: `True` is not 1 and `"4"` is not 4. `config` names
a YAML file whose settings come first. Wrong settings raise `accent.errors.Problems`, every one at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from accent.config import (
    CheckConfig,
    CompareConfig,
    DemoConfig,
    EvaluateConfig,
    FinetuneConfig,
    InspectConfig,
    PlanConfig,
    PredictConfig,
    ReproduceConfig,
    ServeConfig,
    SweepConfig,
    TuneConfig,
)
from accent.config.distillation import DistillConfig
from accent.config.pretraining import PretrainConfig

if TYPE_CHECKING:
    from accent.data import Audit
    from accent.recipes import Answers, DistillOutcome, FinetuneOutcome, PretrainOutcome
    from accent.tuning import TuneOutcome

__all__ = [
    "OnEvent",
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

C = TypeVar("C")
OnEvent = Callable[[str, Mapping[str, Any]], None]
"""Hears what happens: a kind (start, update, evaluation, checkpoint, warning, end ...) and its fields."""
_PathLike = str | os.PathLike[str]


def finetune(data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any) -> FinetuneOutcome:
    """Fit a base to a task and score it; `data` may be left out with `resume=RUN` or `config=FILE`."""
    from accent.recipes import finetune as recipe

    return recipe(_config(FinetuneConfig, settings, data=data), listen=_listener(on_event))


def pretrain(
    sources: _PathLike | Iterable[_PathLike] = (), *, on_event: OnEvent | None = None, **settings: Any
) -> PretrainOutcome:
    """Train a model on running text; `sources` may be left out with `resume=RUN` or `config=FILE`."""
    from accent.recipes import pretrain as recipe

    given = (sources,) if isinstance(sources, str | os.PathLike) else tuple(sources)
    texts = tuple(os.fspath(source) for source in given)
    return recipe(_config(PretrainConfig, settings, sources=texts or None), listen=_listener(on_event))


def distill(
    teacher: _PathLike | None = None,
    data: _PathLike | None = None,
    *,
    on_event: OnEvent | None = None,
    **settings: Any,
) -> DistillOutcome:
    """Train a smaller student from a teacher on rows or running text; `.worth` says what it keeps and how fast it is.

    Both may be left out with `resume=RUN` or `config=FILE`.
    """
    from accent.recipes import distill as recipe

    return recipe(_config(DistillConfig, settings, teacher=teacher, data=data), listen=_listener(on_event))


def check(data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any) -> Audit:
    """Audit a data set; `.errors` are the findings that would stop a training."""
    from accent.recipes import check as recipe

    return recipe(_config(CheckConfig, settings, data=data), listen=_listener(on_event))


def plan(data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any) -> dict[str, Any]:
    """Measure what a run with each of `strategies` would cost; "recommended" says which to take, and why."""
    from accent.recipes import plan as recipe

    return recipe(_config(PlanConfig, settings, data=data), listen=_listener(on_event))


def evaluate(
    run: _PathLike, data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any
) -> dict[str, Any]:
    """Score a run on new data; the answer has the shape of scores.json."""
    from accent.recipes import evaluate as recipe

    return recipe(_config(EvaluateConfig, settings, target=run, data=data), listen=_listener(on_event))


def predict(
    run: _PathLike | None = None,
    texts: str | Iterable[str | tuple[str, str]] = (),
    *,
    on_event: OnEvent | None = None,
    **settings: Any,
) -> Answers[Any]:
    """Answer texts, pairs of texts, or the rows of `input=FILE`; go over the result to get one answer a row, in order.

    A pair is a tuple: `accent.predict(run, [("What is open on Sunday?", "Only the bakery is.")])`. With `url` a server
    answers and `run` is the name of one of its runs, which may be left out where it has one.
    """
    given = (texts,) if isinstance(texts, str) else tuple(texts)
    rows = [row if isinstance(row, tuple) else (row, None) for row in given]
    pairs = rows if any(second is not None for _, second in rows) else []
    config = _config(PredictConfig, settings, target=run, texts=tuple(first for first, _ in rows) or None)
    if config.url is None:
        from accent.recipes import predict as here

        return here(config, pairs=pairs, listen=_listener(on_event))
    from accent.client import predict as elsewhere

    return elsewhere(config, pairs=pairs, listen=_listener(on_event))


def inspect(target: _PathLike, *, on_event: OnEvent | None = None, **settings: Any) -> dict[str, Any]:
    """Describe a base, a run or a data set; with `text`, also what the tokenizer makes of it."""
    from accent.recipes import inspect as recipe

    return recipe(_config(InspectConfig, settings, target=target), listen=_listener(on_event))


def demo(*, on_event: OnEvent | None = None, **settings: Any) -> FinetuneOutcome:
    """Do the main job on built-in data and base, offline."""
    from accent.recipes import demo as recipe

    config = _config(DemoConfig, settings)
    return recipe(config.output, seed=config.seed, listen=_listener(on_event))


def compare(*runs: _PathLike, on_event: OnEvent | None = None, **settings: Any) -> dict[str, Any]:
    """Lay runs side by side; the answer says in "verdict" and "winner" what chance leaves of the differences."""
    from accent.recipes import compare as recipe

    targets = tuple(os.fspath(run) for run in runs)
    return recipe(_config(CompareConfig, settings, targets=targets or None), listen=_listener(on_event))


def reproduce(run: _PathLike, *, on_event: OnEvent | None = None, **settings: Any) -> dict[str, Any]:
    """Run a run again from its record and compare the scores; raises `RunError` where they do not agree."""
    from accent.recipes import reproduce as recipe

    return recipe(_config(ReproduceConfig, settings, target=run), listen=_listener(on_event))


def sweep(data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any) -> dict[str, Any]:
    """Fit in several ways (`strategies`, `bases`, `learning_rates`), each with several `seeds`, and compare them."""
    from accent.recipes import sweep as recipe

    return recipe(_config(SweepConfig, settings, data=data), listen=_listener(on_event))


def doctor(*, on_event: OnEvent | None = None) -> dict[str, Any]:
    """Say what this machine has and what would be chosen on it."""
    from accent.recipes import doctor as recipe

    return recipe(listen=_listener(on_event))


def tune(data: _PathLike | None = None, *, on_event: OnEvent | None = None, **settings: Any) -> TuneOutcome:
    """Search for the settings that score best on validation rows; `.best` is the winner's run folder.

    `data` may be left out with `resume=FOLDER` or `config=FILE`.
    """
    from accent.tuning import tune as search

    return search(_config(TuneConfig, settings, data=data), listen=_listener(on_event))


def serve(*runs: _PathLike, on_event: OnEvent | None = None, **settings: Any) -> None:
    """Answer over HTTP with runs, each a folder or NAME=FOLDER, until Ctrl-C or SIGTERM; then return.

    `on_event` hears "serving", with the url and the runs, once clients can come.
    """
    from accent.serving import make_host
    from accent.serving import serve as answer

    config = _config(ServeConfig, settings, targets=tuple(os.fspath(run) for run in runs) or None)
    answer(config, make_host(config), _listener(on_event))


def _config(kind: type[C], settings: dict[str, Any], **positional: object) -> C:
    from accent.config.load import resolve

    file = settings.pop("config", None)
    given = {name: value for name, value in positional.items() if value is not None}
    return resolve(kind, file=None if file is None else Path(file), flags=given | settings, typed=True)


def _listener(on_event: OnEvent | None) -> OnEvent:
    return on_event or _ignore


def _ignore(kind: str, fields: Mapping[str, Any]) -> None:
    """Listen to nothing, without loading the recipes, which say the same."""
