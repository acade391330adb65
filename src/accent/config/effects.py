"""Settings that would have no effect, or that contradict each other, as far as the configuration alone can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from accent.config.data import DataConfig, ReadingConfig, adds_up
from accent.config.long_texts import TaskChoiceConfig, WindowsConfig
from accent.config.model import ModelConfig
from accent.config.nearest import nearest
from accent.config.runs import CheckConfig, EvaluateConfig, FinetuneConfig, InspectConfig, PredictConfig, RunConfig
from accent.config.tasks import METRICS, READ_IN_WINDOWS
from accent.config.training import TrainingConfig

__all__ = ["ALTERNATIVES", "Contradiction", "find_contradictions", "without_effect"]

_Place = tuple[str, ...]

ALTERNATIVES: tuple[tuple[_Place, _Place], ...] = (
    (("training", "epochs"), ("training", "updates")),
    (("run", "output"), ("run", "resume")),
)
"""Pairs that say the same thing in two ways: the one given with more authority replaces the other."""

_LEAVE = "Leave it out."
_FORMATS_OF = {
    "delimiter": {"csv", "tsv"},
    "quoting": {"csv", "tsv"},
    "header": {"csv", "tsv"},
    "columns": {"csv", "tsv", "conll"},
    "encoding": {"csv", "tsv", "json", "jsonl", "text", "conll", "conllu", "squad"},
}


_LABEL_COLUMNS: dict[str, int | None] = {"multilabel": None, "regression": None, "summarization": None, "qa": 2}
"""Label columns that a task reads at most, None for any number; of the others it is one."""
POINTING = frozenset({"tagging", "qa"})
"""Tasks whose labels are places in the text."""


@dataclass(frozen=True, kw_only=True)
class Contradiction:
    """One setting that does not go with others."""

    place: _Place
    """The setting to mend."""
    what: str
    """What is wrong."""
    remedy: str
    """What to do."""
    idle: bool = True
    """Whether the setting merely has no effect: then it is named only where it was given."""
    causes: tuple[_Place, ...] = ()
    """The other settings that it does not go with."""

    @property
    def involved(self) -> tuple[_Place, ...]:
        """Every setting that this is about."""
        return (self.place, *self.causes)


def find_contradictions(config: object, given: set[_Place]) -> list[Contradiction]:
    """Return what does not go together; a setting without effect counts where it was given."""
    return [found for found in _rules(config) if not found.idle or found.place in given]


def without_effect(config: object) -> set[_Place]:
    """Return the settings that do nothing in this configuration: `show` leaves them out."""
    return {found.place for found in _rules(config) if found.idle}


def _rules(config: object) -> Iterator[Contradiction]:
    """Apply every rule to the sections that the configuration has."""
    sections: list[tuple[type, str, Callable[[Any], Iterator[Contradiction]]]] = [
        (DataConfig, "data", _data_rules),
        (ModelConfig, "model", _model_rules),
        (TrainingConfig, "training", _training_rules),
        (RunConfig, "run", _run_rules),
    ]
    for kind, name, rules in sections:
        section = getattr(config, name, None)
        if isinstance(section, kind):
            yield from rules(section)
    match config:
        case FinetuneConfig():
            yield from _finetune_rules(config)
        case CheckConfig():
            yield from _task_rules(config.task, config.data, ("task",))
            yield _idle(("model", "dropout"), "nothing is trained", _LEAVE)
        case EvaluateConfig():
            yield from _evaluate_rules()
        case PredictConfig():
            yield from _predict_rules(config)
        case InspectConfig() if config.text_pair is not None and config.text is None:
            yield _idle(("text_pair",), "no text is given to pair it with", "Give --text too.", ("text",))


def _data_rules(data: DataConfig) -> Iterator[Contradiction]:
    yield from _reading_rules(data, "data")
    if data.validation is not None and data.test is not None:
        reason = "validation and test files are given"
        yield _idle(("data", "split"), reason, _LEAVE, ("data", "validation"), ("data", "test"))
    elif data.source.startswith("builtin:"):
        yield _idle(("data", "split"), f"{data.source} brings its own split", _LEAVE, ("data", "source"))
    if not adds_up(data.split) or not data.split[0]:
        what = f"the shares of the split are {', '.join(f'{share:g}' for share in data.split)}: not 100 together"
        what = what if data.split[0] else "the split leaves no rows for training"
        yield _clash(("data", "split"), what, "Give train, validation and test, such as --split 80,10,10.")
    if len(set(data.text_column)) < len(data.text_column):
        what = f"the column {data.text_column[0]} is given as both texts of a pair"
        yield _clash(("data", "text_column"), what, "Give two columns, or one for single texts.")
    both = next((name for name in data.label_column if name in data.text_column), None)
    if both is not None:
        what = f"the column {both} is given as text and as label"
        remedy = "Give --label-column the column that holds the answers."
        yield _clash(("data", "label_column"), what, remedy, ("data", "text_column"))


def _reading_rules(reading: ReadingConfig, section: str) -> Iterator[Contradiction]:
    if reading.columns is not None and reading.header == "first":
        remedy = "Leave it out, or write --header none."
        yield _idle((section, "columns"), "header first takes the names from the file", remedy, (section, "header"))
    for name, formats in _FORMATS_OF.items():
        if reading.format is not None and reading.format not in formats:
            yield _idle((section, name), f"format {reading.format} has none", _LEAVE, (section, "format"))


def _model_rules(model: ModelConfig) -> Iterator[Contradiction]:
    kind = "folder" if Path(model.base).expanduser().is_dir() else "built-in base"
    if kind == "folder" or model.base.startswith("builtin:"):
        reason = f"{model.base} is a {kind}, which has one version"
        yield _idle(("model", "revision"), reason, _LEAVE, ("model", "base"))


def _training_rules(training: TrainingConfig) -> Iterator[Contradiction]:
    if training.updates is not None:
        remedy = "Give --epochs or --updates, not both."
        yield _idle(("training", "epochs"), "updates is given", remedy, ("training", "updates"))
    for name, noun in (("microbatch_size", "rows"), ("processes", "processes")):
        value = getattr(training, name) or 1
        if value > training.batch_size:
            what = f"{name} {value} is more than batch_size {training.batch_size}"
            remedy = f"Give at most as many {noun} as the batch has rows."
            yield _clash(("training", name), what, remedy, ("training", "batch_size"))


def _run_rules(run: RunConfig) -> Iterator[Contradiction]:
    if run.resume is not None:
        reason = "a resumed run goes on in its own folder"
        yield _idle(("run", "output"), reason, "Give --output or --resume, not both.", ("run", "resume"))


def _finetune_rules(config: FinetuneConfig) -> Iterator[Contradiction]:
    yield from _task_rules(config.task.kind, config.data, ("task", "kind"))
    metric, known = config.training.metric, METRICS[config.task.kind]
    if metric is not None and metric not in known:
        what = f"metric {metric} is no score of {config.task.kind}"
        near = nearest(metric, known)
        remedy = f"Did you mean {near}?" if near else f"Give one of {', '.join(known)}."
        yield _clash(("training", "metric"), what, remedy, ("task", "kind"))
    if config.task.kind not in READ_IN_WINDOWS and isinstance(config.long_texts, TaskChoiceConfig):
        reason = f"{config.task.kind} cuts longer texts where nothing is asked"
        yield _idle(("long_texts", "stride"), reason, "Write --long-texts windows too.", ("task", "kind"))
    if config.task.kind in READ_IN_WINDOWS:
        reason = f"{config.task.kind} joins its windows in its own way"
        yield _idle(("long_texts", "pool"), reason, _LEAVE, ("task", "kind"))
    if config.task.kind in READ_IN_WINDOWS and getattr(config.long_texts, "kept_part", None) == "both":
        what = f"{config.task.kind} cannot keep both ends: what it reads must hang together"
        yield _clash(("long_texts", "kept_part"), what, "Give head, tail, or --long-texts windows.", ("task", "kind"))
    if config.task.kind == "summarization" and isinstance(config.long_texts, WindowsConfig):
        what = "summarization cannot join the summaries of several windows"
        yield _clash(("long_texts", "kind"), what, "Leave --long-texts out.", ("task", "kind"))
    split_decides = config.data.validation is None and _is_one_table(config.data)
    if config.training.early_stopping is not None and split_decides and not config.data.split[1]:
        yield _clash(
            ("training", "early_stopping"),
            "early_stopping watches validation rows, and the split leaves none",
            "Give --validation FILE or a share such as --split 80,10,10.",
            ("data", "split"),
        )


def _task_rules(task: str, data: DataConfig, place: _Place) -> Iterator[Contradiction]:
    """Yield settings of the data that the task has no use for."""
    moving = [step for step in data.clean if step not in ("drop-empty", "drop-duplicates", "labels")]
    if task in POINTING and moving:
        what = f"the cleaning step {moving[0]} changes texts, and the labels of {task} point into them"
        yield _clash(("data", "clean"), what, "Leave it out, or clean the file before it is labelled.", place)
    if task != "multilabel":
        yield _idle(("data", "label_delimiter"), f"{task} has no lists of labels", _LEAVE, place)
    most = _LABEL_COLUMNS.get(task, 1)
    if most is not None and len(data.label_column) > most:
        what = f"{len(data.label_column)} label columns are given, and {task} reads {'one' if most == 1 else most}"
        remedy = "Give --label-column once" + ("." if most == 1 else ", or twice: the answers, then their starts.")
        yield _clash(("data", "label_column"), what, remedy, place)


def _is_one_table(data: DataConfig) -> bool:
    """Tell whether the source is surely one file of rows; folders, Hub sets and JSON may bring validation rows."""
    path = Path(data.source).expanduser()
    return path.is_file() and data.format != "json" and ".json" not in path.suffixes


def _evaluate_rules() -> Iterator[Contradiction]:
    yield _idle(("data", "split"), "all rows are scored", _LEAVE)
    yield _idle(("data", "group_column"), "nothing is split", _LEAVE)
    yield _idle(("data", "allow"), "nothing is audited", "Leave it out, or use `accent check DATA`.")
    for name in ("validation", "test"):
        yield _idle(("data", name), "the rows of DATA are scored", "Give the file to score as DATA.")


def _predict_rules(config: PredictConfig) -> Iterator[Contradiction]:
    if config.input not in (None, "-"):
        yield from _reading_rules(config.reading, "reading")
    else:
        for place in (("text_column",), *(("reading", field.name) for field in fields(ReadingConfig))):
            yield _idle(place, "no input file is given", "Give --input FILE too.", ("input",))
    if config.input is None:
        if not config.texts:
            yield _clash(("input",), "there is nothing to answer", "Give TEXT, --input FILE, or - for standard input.")
    elif config.texts:
        yield _clash(("input",), "texts and an input file are both given", "Give one of the two.", ("texts",))


def _idle(place: _Place, reason: str, remedy: str, *causes: _Place) -> Contradiction:
    what = f"{place[-1]} has no effect: {reason}"
    return Contradiction(place=place, what=what, remedy=remedy, causes=causes)


def _clash(place: _Place, what: str, remedy: str, *causes: _Place) -> Contradiction:
    return Contradiction(place=place, what=what, remedy=remedy, causes=causes, idle=False)
