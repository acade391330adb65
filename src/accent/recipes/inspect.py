"""Inspect: what a base, a run or a data set is, and what a text becomes for its tokenizer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transformers import AutoConfig

from accent.config import DataConfig, InspectConfig
from accent.config.corpus import CorpusConfig
from accent.config.show import to_dict
from accent.data import BUILTIN_DATA, BUILTIN_TASKS, load
from accent.data.corpus import Texts
from accent.errors import ConfigError, RunError
from accent.inference import SETTINGS_FILE, find_own_base, own_head, read_settings, show_pretrained
from accent.modeling import (
    BUILTIN_BASES,
    CHANGES_FILE,
    FAMILIES,
    Base,
    HeadName,
    LoadReport,
    find_base,
    load_model,
    load_pretraining,
)
from accent.recipes.listening import Listen, ignore
from accent.records import Record, RunFolder, read_json
from accent.tasks import Task
from accent.tokenization import describe_text, describe_tokenizer, load_tokenizer, resolve_max_length

__all__ = ["inspect"]

SHAPE = (
    "model_type",
    "architectures",
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
    "max_position_embeddings",
)
"""What config.json says of a model's shape, in transformers' names."""
MEASURED = 10**7
"""Characters of running text that a tokenizer is measured on."""


def inspect(config: InspectConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Return facts about the target by kind: `run`, `base` and `tokenizer`, or `data`; `text` and `corpus` where given.

    A model with the head that it was pretrained with says more of a text: `fill_mask`, `next_sentence`, `replaced` or
    `continuation`, see `show_pretrained`.

    A run that was interrupted or failed has no model yet: then there is `run` alone. Of a run that holds changes to its
    base, these are `changes`, and `base` is told where it is found.
    """
    listen("stage", {"what": f"looking at {config.target}"})
    if _is_data(config.target):
        _refuse_tokenizing(config)
        return {"data": _describe_data(config)}
    facts: dict[str, Any] = {}
    path = Path(config.target)
    if (path / "record.json").exists():
        run = RunFolder.open(path)
        facts["run"] = _describe_run(run)
        if not run.model.exists():
            _refuse_text(config)
            return facts
    folder, base = path if _is_tokenizer(path) else _folder_of_changes(path), None
    if folder is None:
        base = find_base(config.target, offline=config.offline)
        folder = base.folder
        facts["base"] = _describe_base(base, _saved_task(base))
    elif not _is_tokenizer(path):
        facts |= _describe_changes(folder, offline=config.offline)
    tokenizer = load_tokenizer(folder)
    facts["tokenizer"] = {
        "class": type(tokenizer).__name__,
        "vocabulary": len(tokenizer),
        "special_tokens": {
            str(tokenizer.convert_ids_to_tokens(number)): number for number in sorted(set(tokenizer.all_special_ids))
        },
        "default_max_length": resolve_max_length(tokenizer, None),
    }
    if config.corpus is not None:
        listen("stage", {"what": f"tokenizing {config.corpus}"})
        facts["corpus"] = asdict(describe_tokenizer(tokenizer, _beginning(config.corpus, offline=config.offline)))
    if config.text is not None:
        facts["text"] = asdict(describe_text(tokenizer, config.text, config.text_pair))
        if base is not None:
            facts |= show_pretrained(base, tokenizer, config.text, config.text_pair)
    return facts


def _refuse_tokenizing(config: InspectConfig) -> None:
    for given, name in ((config.text, "--text"), (config.corpus, "--corpus")):
        if given is not None:
            raise ConfigError(f"{name} needs a tokenizer", where=config.target, remedy="Give a base or a run.")


def _refuse_text(config: InspectConfig) -> None:
    given = "--text" if config.text is not None else "--corpus"
    record = Record.read(RunFolder.open(config.target))
    if config.text is not None or config.corpus is not None:
        raise RunError(
            f"{given} needs a tokenizer, and the run has no model yet",
            where=config.target,
            remedy=f"Let it go on to its end: {record.resume_command(config.target)}",
        )


def _is_tokenizer(path: Path) -> bool:
    """Tell a folder that holds a tokenizer and no model."""
    return (path / "tokenizer.json").is_file() and not _is_model(path)


def _is_model(path: Path) -> bool:
    return any((path / name).exists() for name in ("config.json", "record.json", "model/config.json", SETTINGS_FILE))


def _beginning(corpus: str, *, offline: bool) -> Iterator[str]:
    """Yield the first documents of running text, MEASURED characters of them or one more document."""
    left = MEASURED
    for text in Texts(CorpusConfig(sources=(corpus,)), offline=offline):
        yield text
        left -= len(text)
        if left < 0:
            return


def _is_data(target: str) -> bool:
    """Tell data from models: a built-in data set, a file, or a folder without a model, a run or a tokenizer."""
    if target in BUILTIN_BASES:
        return False
    path = Path(target)
    if path.is_dir():
        return not (_is_model(path) or _is_tokenizer(path))
    return path.is_file() or target.removeprefix("builtin:") in BUILTIN_DATA


def _describe_run(folder: RunFolder) -> dict[str, Any]:
    record = Record.read(folder)
    facts = {
        "folder": str(folder.path),
        "status": record.status,
        "error": record.error,
        "started": record.started,
        "ended": record.ended,
        "seed": record.seed,
        "data": record.data.get("source"),
        "rows": record.data.get("rows"),
        "base": record.base.get("name"),
        "objective": record.training.get("objective"),
        "updates": record.training.get("updates"),
        "precision": record.training.get("precision"),
    }
    if not folder.model.exists():
        facts["checkpoints"] = sorted(path.name for path in folder.checkpoints.glob("update-*"))
    if folder.scores.exists():
        scores = read_json(folder.scores)
        facts["scores"] = {split: scores[split] for split in ("validation", "test") if split in scores}
    return facts


def _folder_of_changes(target: Path) -> Path | None:
    """Return the model folder of a run that holds only changes to its base, None for all else."""
    folder = next((one for one in (target, target / "model") if (one / SETTINGS_FILE).is_file()), None)
    return folder if folder is not None and read_settings(folder).saved == "changes" else None


def _describe_changes(folder: Path, *, offline: bool) -> dict[str, Any]:
    """Say what was added to which base, and what that is made of where it is found."""
    settings = read_settings(folder)
    changes = {
        "strategy": to_dict(settings.strategy),
        "base": settings.base.name,
        "digest": settings.base.digest,
        "bytes": (folder / CHANGES_FILE).stat().st_size,
    }
    try:
        base = find_own_base(folder, settings, base=None, offline=offline)
    except RunError as error:
        return {"changes": changes | {"note": error.what}}
    return {"changes": changes, "base": _describe_base(base, settings.make_task(folder))}


def _describe_base(base: Base, task: Task | None) -> dict[str, Any]:
    """Load the base with a head and say what it is made of and what the load found."""
    settings = AutoConfig.from_pretrained(str(base.folder), local_files_only=True, trust_remote_code=False)
    report = _report(base, task)
    return {
        "name": base.name,
        "folder": str(base.folder),
        "family": base.family,
        "digest": base.digest,
        "shape": {name: getattr(settings, name) for name in SHAPE if hasattr(settings, name)},
        "task": task.kind if task else None,
        "labels": list(task.labels) if task else None,
        "parameters": report.parameters,
        "load": {
            "loaded": report.loaded,
            "new": list(report.new),
            "discarded": list(report.discarded),
            "parts": report.parts,
        },
    }


def _report(base: Base, task: Task | None) -> LoadReport:
    """Load the base with its own head, a task's or a pretraining's, else with a new one, and say what was found."""
    pretrained = own_head(base) if task is None else None
    if pretrained is not None:
        return load_pretraining(base, pretrained, seed=0).report
    head = _first_head(base) if task is None else task.head
    labels = task.labels if task else ("0", "1") if head == "sequence" else ()
    return load_model(base, head, labels, seed=0).report


def _saved_task(base: Base) -> Task | None:
    """Return the task of a model that a run saved, None for other checkpoints."""
    if not (base.folder / SETTINGS_FILE).exists():
        return None
    return read_settings(base.folder).make_task(base.folder)


def _first_head(base: Base) -> HeadName:
    """Return the head that a base of this family is looked at with: a classifier's where it can be one."""
    family = FAMILIES.get(base.family)
    return "sequence" if family is None else next(iter(family.heads))


def _describe_data(config: InspectConfig) -> dict[str, Any]:
    task = config.task or BUILTIN_TASKS.get(config.target.removeprefix("builtin:"), "classification")
    data = load(DataConfig(source=config.target), task=task, seed=0, offline=config.offline)
    first = next(iter(data.splits.values()))
    return {
        "source": config.target,
        "rows": {name: len(rows) for name, rows in data.splits.items()},
        "given_split": data.given_split,
        "columns": asdict(data.schema),
        "notes": list(data.notes),
        "fingerprint": data.fingerprint,
        "first_row": dict(first[0]) if len(first) else None,
    }
