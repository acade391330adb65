"""Settings that would have no effect, or that contradict each other, as far as the configuration alone can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from accent.config.asking import predict_rules, reading_rules
from accent.config.augment import AUGMENTED_TASKS, AugmentConfig
from accent.config.contradictions import Contradiction, Place, clash, idle
from accent.config.data import DataConfig, adds_up
from accent.config.distillation import DistillConfig
from accent.config.distilling import distill_rules
from accent.config.long_texts import TaskChoiceConfig, WindowsConfig
from accent.config.model import ModelConfig
from accent.config.nearest import nearest
from accent.config.paths import typed_path
from accent.config.plans import PlanConfig
from accent.config.pretraining import PretrainConfig
from accent.config.runs import CheckConfig, EvaluateConfig, FinetuneConfig, InspectConfig, PredictConfig, RunConfig
from accent.config.search import TuneConfig
from accent.config.serving import ServeConfig, is_run_name, named_folders
from accent.config.space import read_space
from accent.config.starting import pretrain_rules
from accent.config.sweeps import SweepConfig, cells_of
from accent.config.tasks import METRICS, READ_IN_WINDOWS, TaskName
from accent.config.training import TrainingConfig
from accent.errors import Problems

__all__ = ["ALTERNATIVES", "Contradiction", "find_contradictions", "without_effect"]

ALTERNATIVES: tuple[tuple[Place, Place], ...] = (
    (("training", "epochs"), ("training", "updates")),
    (("training", "epochs"), ("training", "time_budget")),
    (("training", "updates"), ("training", "time_budget")),
    (("run", "output"), ("run", "resume")),
)
"""Pairs that say the same thing in two ways: the one given with more authority replaces the other."""

_LEAVE = "Leave it out."
_KEEPING_LAYERS = frozenset({"head", "lora", "adapter", "prefix"})
"""Strategies that move none of the base's own layers."""
_LABEL_COLUMNS: dict[str, int | None] = {"multilabel": None, "regression": None, "summarization": None, "qa": 2}
"""Label columns that a task reads at most, None for any number; of the others it is one."""
POINTING = frozenset({"tagging", "qa"})
"""Tasks whose labels are places in the text."""
_WITHOUT_HEAD = frozenset({"generation", "summarization"})
_MOVING_EMBEDDINGS = frozenset({"full", "gradual"})


def find_contradictions(config: object, given: set[Place]) -> list[Contradiction]:
    """Return what does not go together; a setting without effect counts where it was given."""
    return [found for found in _rules(config) if not found.idle or found.place in given]


def without_effect(config: object) -> set[Place]:
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
    verbs: dict[type, Callable[[Any], Iterator[Contradiction]]] = {
        TuneConfig: _tune_rules,
        FinetuneConfig: _finetune_rules,
        CheckConfig: _check_rules,
        SweepConfig: _sweep_rules,
        PlanConfig: _plan_rules,
        EvaluateConfig: _evaluate_rules,
        PredictConfig: predict_rules,
        InspectConfig: _inspect_rules,
        ServeConfig: _serve_rules,
        PretrainConfig: pretrain_rules,
        DistillConfig: distill_rules,
    }
    if type(config) in verbs:
        yield from verbs[type(config)](config)


def _data_rules(data: DataConfig) -> Iterator[Contradiction]:
    yield from reading_rules(data, "data")
    if data.validation is not None and data.test is not None:
        reason = "validation and test files are given"
        for name in ("split", "split_seed"):
            yield idle(("data", name), reason, _LEAVE, ("data", "validation"), ("data", "test"))
    elif data.source.startswith("builtin:"):
        for name in ("split", "split_seed"):
            yield idle(("data", name), f"{data.source} brings its own split", _LEAVE, ("data", "source"))
    if not adds_up(data.split) or not data.split[0]:
        what = f"the shares of the split are {', '.join(f'{share:g}' for share in data.split)}: not 100 together"
        what = what if data.split[0] else "the split leaves no rows for training"
        yield clash(("data", "split"), what, "Give train, validation and test, such as --split 80,10,10.")
    if len(set(data.text_column)) < len(data.text_column):
        what = f"the column {data.text_column[0]} is given as both texts of a pair"
        yield clash(("data", "text_column"), what, "Give two columns, or one for single texts.")
    both = next((name for name in data.label_column if name in data.text_column), None)
    if both is not None:
        what = f"the column {both} is given as text and as label"
        remedy = "Give --label-column the column that holds the answers."
        yield clash(("data", "label_column"), what, remedy, ("data", "text_column"))


def _model_rules(model: ModelConfig) -> Iterator[Contradiction]:
    kind = "folder" if typed_path(model.base).is_dir() else "built-in base"
    if kind == "folder" or model.base.startswith("builtin:"):
        reason = f"{model.base} is a {kind}, which has one version"
        yield idle(("model", "revision"), reason, _LEAVE, ("model", "base"))


def _training_rules(training: TrainingConfig) -> Iterator[Contradiction]:
    if training.updates is not None:
        remedy = "Give --epochs or --updates, not both."
        yield idle(("training", "epochs"), "updates is given", remedy, ("training", "updates"))
    for name in ("epochs", "updates") if training.time_budget is not None else ():
        remedy = f"Give --{name} or --time-budget, not both."
        yield idle(("training", name), "time_budget is given", remedy, ("training", "time_budget"))
    for name, noun in (("microbatch_size", "rows"), ("processes", "processes")):
        value = getattr(training, name) or 1
        if value > training.batch_size:
            what = f"{name} {value} is more than batch_size {training.batch_size}"
            remedy = f"Give at most as many {noun} as the batch has rows."
            yield clash(("training", name), what, remedy, ("training", "batch_size"))


def _run_rules(run: RunConfig) -> Iterator[Contradiction]:
    if run.resume is not None:
        reason = "a resumed run goes on in its own folder"
        yield idle(("run", "output"), reason, "Give --output or --resume, not both.", ("run", "resume"))


def _finetune_rules(config: FinetuneConfig) -> Iterator[Contradiction]:
    yield from _task_rules(config.task.kind, config.data, ("task", "kind"))
    yield from _augmentation_rules(config.augmentation, config.task.kind)
    metric, known = config.training.metric, METRICS[config.task.kind]
    if metric is not None and metric not in known:
        what = f"metric {metric} is no score of {config.task.kind}"
        near = nearest(metric, known)
        remedy = f"Did you mean {near}?" if near else f"Give one of {', '.join(known)}."
        yield clash(("training", "metric"), what, remedy, ("task", "kind"))
    yield from _class_rules(config)
    if config.task.kind not in READ_IN_WINDOWS and isinstance(config.long_texts, TaskChoiceConfig):
        reason = f"{config.task.kind} cuts longer texts where nothing is asked"
        yield idle(("long_texts", "stride"), reason, "Write --long-texts windows too.", ("task", "kind"))
    if config.task.kind in READ_IN_WINDOWS:
        reason = f"{config.task.kind} joins its windows in its own way"
        yield idle(("long_texts", "pool"), reason, _LEAVE, ("task", "kind"))
    if config.task.kind in READ_IN_WINDOWS and getattr(config.long_texts, "kept_part", None) == "both":
        what = f"{config.task.kind} cannot keep both ends: what it reads must hang together"
        yield clash(("long_texts", "kept_part"), what, "Give head, tail, or --long-texts windows.", ("task", "kind"))
    if config.task.kind == "summarization" and isinstance(config.long_texts, WindowsConfig):
        what = "summarization cannot join the summaries of several windows"
        yield clash(("long_texts", "kind"), what, "Leave --long-texts out.", ("task", "kind"))
    split_decides = config.data.validation is None and _is_one_table(config.data)
    waiting = [("training", "early_stopping")] if config.training.early_stopping is not None else []
    if getattr(config.strategy, "unfreeze_by", None) == "plateau":
        waiting.append(("strategy", "unfreeze_by"))
    for place in waiting if split_decides and not config.data.split[1] else ():
        yield clash(
            place,
            f"{place[-1]} watches validation rows, and the split leaves none",
            "Give --validation FILE or a share such as --split 80,10,10.",
            ("data", "split"),
        )
    yield from _rate_rules(config.strategy.kind, config.task.kind)
    if config.seeds > 1:
        yield idle(("plan",), "a plan is for one run", _LEAVE, ("seeds",))
    if config.seeds > 1 and config.run.resume is not None:
        remedy = "Leave --seeds out, or write accent sweep --resume for what --seeds began."
        yield clash(("seeds",), "a resumed run is one run", remedy, ("run", "resume"))


def _rate_rules(strategy: str, task: str) -> Iterator[Contradiction]:
    """Yield rates of parts that do not move, or that the model does not have."""
    if strategy not in _MOVING_EMBEDDINGS:
        reason = f"{strategy} freezes the embeddings"
        yield idle(("training", "embeddings_learning_rate"), reason, _LEAVE, ("strategy", "kind"))
    if strategy == "head":
        yield idle(("training", "layer_decay"), "head freezes all layers", _LEAVE, ("strategy", "kind"))
    if task in _WITHOUT_HEAD:
        reason = f"a model of {task} writes with its table of tokens"
        yield idle(("training", "head_learning_rate"), reason, _LEAVE, ("task", "kind"))


def _class_rules(config: FinetuneConfig) -> Iterator[Contradiction]:
    """Yield settings for rare classes and new layers that come to nothing, or to too much."""
    task, strategy = config.task.kind, config.strategy.kind
    sampler, model = ("training", "sampler"), config.model
    if getattr(config.task, "loss", "focal") != "focal":
        reason, remedy = "the loss is the cross-entropy", "Leave it out, or write --loss focal."
        yield idle(("task", "focal_gamma"), reason, remedy, ("task", "loss"))
    if config.training.sampler == "balanced" and task != "classification":
        what = f"the balanced sampler needs one class a row, and {task} has none"
        yield clash(sampler, what, _LEAVE, ("task", "kind"))
    elif config.training.sampler == "balanced" and getattr(config.task, "class_weights", "none") == "balanced":
        what = "the balanced sampler and balanced class weights make up for the same thing twice"
        yield clash(sampler, what, "Give one of the two.", ("task", "class_weights"))
    if model.reinit_layers and strategy in _KEEPING_LAYERS:
        what = f"layers that start anew would never learn: {strategy} leaves the weights of all layers as they are"
        yield clash(("model", "reinit_layers"), what, _LEAVE, ("strategy", "kind"))


def _sweep_rules(config: SweepConfig) -> Iterator[Contradiction]:
    yield from _rules_of_all([cell.config for cell in cells_of(config)])
    for many, place in (("bases", ("model", "base")), ("learning_rates", ("training", "learning_rate"))):
        if getattr(config, many):
            yield idle(place, f"{many} is given", f"Give --{many.replace('_', '-')} or this, not both.", (many,))


def _plan_rules(config: PlanConfig) -> Iterator[Contradiction]:
    yield from _rules_of_all(config.finetunings)
    remedy = "Give --time for the time that a run may take."
    yield idle(("training", "time_budget"), "a plan says how long a run takes", remedy)
    yield idle(("training", "processes"), "a plan measures runs in one process", _LEAVE)


def _rules_of_all(configs: Sequence[FinetuneConfig]) -> Iterator[Contradiction]:
    """Yield what clashes in any of the runs, and what has no effect in all of them."""
    found = [list(_finetune_rules(one)) for one in configs]
    idle = [{one.place for one in rules if one.idle} for rules in found]
    kept = {
        one.place: one for rules in found for one in rules if not one.idle or all(one.place in each for each in idle)
    }
    for place, one in kept.items():
        yield replace(one, place=("strategies", *place[1:])) if place[0] == "strategy" else one


def _tune_rules(config: TuneConfig) -> Iterator[Contradiction]:
    yield from _finetune_rules(config.finetuning)
    yield idle(("plan",), "a plan is for one run", _LEAVE)
    yield idle(("seeds",), "each trial has the one seed", _LEAVE)
    try:
        read_space(config.search.space)
    except Problems as found:
        for problem in found.errors:
            yield clash(("search", "space"), f"{problem.what} in {problem.where}", problem.remedy)
    if config.search.keep_runs != "all":
        yield idle(("search", "disk_limit"), f"keep_runs is {config.search.keep_runs}", _LEAVE, ("search", "keep_runs"))
    if (config.search.keep_runs, config.search.winner) == ("none", "retrained"):
        remedy = "Leave --keep-runs none out, or --winner retrained."
        what = "winner retrained is there to be kept and scored, and keep_runs is none"
        yield clash(("search", "winner"), what, remedy, ("search", "keep_runs"))
    if config.training.processes > 1:
        remedy = "Start the same command several times instead, with one --output: they share the search."
        yield clash(("training", "processes"), "a trial is trained in one process", remedy)
    if config.training.time_budget is not None:
        remedy = "Give --timeout for the whole search."
        yield clash(
            ("training", "time_budget"), "time_budget is for one run, and trials are compared by epochs", remedy
        )


def _check_rules(config: CheckConfig) -> Iterator[Contradiction]:
    yield from _task_rules(config.task, config.data, ("task",))
    for name in ("dropout", "reinit_layers"):
        yield idle(("model", name), "nothing is trained", _LEAVE)


def _task_rules(task: str, data: DataConfig, place: Place) -> Iterator[Contradiction]:
    """Yield settings of the data that the task has no use for."""
    moving = [step for step in data.clean if step not in ("drop-empty", "drop-duplicates", "labels")]
    if task in POINTING and moving:
        what = f"the cleaning step {moving[0]} changes texts, and the labels of {task} point into them"
        yield clash(("data", "clean"), what, "Leave it out, or clean the file before it is labelled.", place)
    if task != "multilabel":
        yield idle(("data", "label_delimiter"), f"{task} has no lists of labels", _LEAVE, place)
    most = _LABEL_COLUMNS.get(task, 1)
    if most is not None and len(data.label_column) > most:
        what = f"{len(data.label_column)} label columns are given, and {task} reads {'one' if most == 1 else most}"
        remedy = "Give --label-column once" + ("." if most == 1 else ", or twice: the answers, then their starts.")
        yield clash(("data", "label_column"), what, remedy, place)


def _augmentation_rules(augmentation: AugmentConfig, task: TaskName) -> Iterator[Contradiction]:
    """Yield changes that would make labels wrong, and settings of changes that nobody asked for."""
    place, kind = ("augmentation", "augment"), ("task", "kind")
    if not augmentation.augment:
        for name in ("augment_share", "augment_copies"):
            yield idle((place[0], name), "no augment is given", "Give --augment too, or leave it out.", place)
    elif task not in AUGMENTED_TASKS:
        what = f"augment changes words of the text, and the answers of {task} are made of these"
        yield clash(place, what, _LEAVE, kind)
    elif "backoff" in augmentation.augment and task != "tagging":
        remedy = "Give another: synonyms, masked, swap or delete."
        yield clash(place, f"augment backoff needs words with tags, and {task} has none", remedy, kind)
    if len(set(augmentation.augment)) < len(augmentation.augment):
        yield clash(place, "augment names a change twice", "Give --augment-copies for more copies.")


def _is_one_table(data: DataConfig) -> bool:
    """Tell whether the source is surely one file of rows; folders, Hub sets and JSON may bring validation rows."""
    path = typed_path(data.source)
    return path.is_file() and data.format != "json" and ".json" not in path.suffixes


def _evaluate_rules(_config: EvaluateConfig) -> Iterator[Contradiction]:
    yield idle(("data", "split"), "all rows are scored", _LEAVE)
    for name in ("split_seed", "group_column"):
        yield idle(("data", name), "nothing is split", _LEAVE)
    yield idle(("data", "allow"), "nothing is audited", "Leave it out, or use `accent check DATA`.")
    for name in ("validation", "test"):
        yield idle(("data", name), "the rows of DATA are scored", "Give the file to score as DATA.")


def _inspect_rules(config: InspectConfig) -> Iterator[Contradiction]:
    if config.text_pair is not None and config.text is None:
        yield idle(("text_pair",), "no text is given to pair it with", "Give --text too.", ("text",))


def _serve_rules(config: ServeConfig) -> Iterator[Contradiction]:
    yield idle(("run", "output"), "serving writes nothing", _LEAVE)
    names = [name for name, _ in named_folders(config.targets)]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield clash(("targets",), f"two runs are named {name}", "Give them names: NAME=FOLDER.")
        elif not is_run_name(name):
            what = f"a run cannot be named {name!r}"
            yield clash(("targets",), what, "Give it another: NAME=FOLDER, of letters, digits and . _ -")
    if config.limits.max_rows > config.limits.max_queue:
        what = f"max_rows {config.limits.max_rows} is more than max_queue {config.limits.max_queue}"
        remedy = "Let the queue hold the rows of one request at least."
        yield clash(("limits", "max_rows"), what, remedy, ("limits", "max_queue"))
