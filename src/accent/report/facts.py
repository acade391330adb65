"""The page's plain facts, as pairs of a name and a text: the run, its data, base, speed, precision and machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from accent.report.reading import Material
from accent.report.wording import MISSING, count, duration, memory, moment, number, percent, plain_value, to_float

__all__ = [
    "Fact",
    "Part",
    "base_facts",
    "command",
    "data_facts",
    "discarded_names",
    "files_read",
    "identity",
    "machine_facts",
    "new_names",
    "parts",
    "plan_facts",
    "precision_facts",
    "speed_facts",
    "strategy_settings",
    "timings",
    "training_settings",
    "version_facts",
]

Fact = tuple[str, str]
STAGES = {
    "data": "Reading the data",
    "audit": "Auditing the data",
    "base": "Loading the base",
    "training": "Training",
    "evaluation": "Scoring",
}
GIB = 1 << 30


@dataclass(frozen=True)
class Part:
    """A share of a whole: a stage of the time, or a part of the model."""

    name: str
    value: str
    share: float
    """Percent of the whole."""


def identity(material: Material) -> list[Fact]:
    """Return what the run was, for the top of the page."""
    record = material.record
    rows = record.data.get("rows", {})
    return _known(
        [
            ("Data", record.data.get("source") or record.config.get("data", {}).get("source")),
            ("Rows", " / ".join(f"{count(n)} {split}" for split, n in rows.items())),
            (
                "Teacher" if material.is_student else "Base",
                record.base.get("name") or record.config.get("model", {}).get("base"),
            ),
            ("Task", record.config.get("task", {}).get("kind")),
            ("Strategy", record.config.get("strategy", {}).get("kind")),
            ("Seed", str(record.seed)),
            ("Started", moment(record.started)),
            ("Took", duration(record.timings["total"]) if "total" in record.timings else None),
        ]
    )


def data_facts(material: Material) -> list[Fact]:
    """Return where the rows come from, how they were read, and their fingerprint."""
    data = material.record.data
    schema = data.get("schema") or {}
    given = data.get("given_split")
    return _known(
        [
            ("Source", data.get("source")),
            ("Text column", plain_value(schema.get("text_columns"))),
            ("Label column", plain_value(schema.get("label_columns"))),
            ("Group column", plain_value(schema.get("group_column"))),
            ("Split", None if given is None else "as given" if given else "made by Accent"),
            *(("Read as", str(note)) for note in data.get("notes") or []),
            *(("Cleaned", f"{step}: {count(n)} rows changed") for step, n in (data.get("cleaning") or {}).items()),
            *_augmentation(data.get("augmentation") or {}),
            ("Cut in training", _rows(material.record.training.get("truncated_rows"))),
            ("Fingerprint", data.get("fingerprint")),
        ]
    )


def files_read(material: Material) -> list[Fact]:
    """Return the files that were read with their SHA-256."""
    return [(str(path), str(digest)) for path, digest in (material.record.data.get("files") or {}).items()]


def base_facts(material: Material) -> list[Fact]:
    """Return what was loaded from the base."""
    base = material.record.base
    load = base.get("load") or {}
    return _known(
        [
            ("Base", base.get("name")),
            ("Parameters", count(base.get("parameters"))),
            ("Tensors loaded", count(load.get("loaded"))),
            ("New, trained from random values", count(len(load["new"])) if "new" in load else None),
            ("In the base but not used", count(len(load["discarded"])) if "discarded" in load else None),
            ("Digest of the weights", base.get("digest")),
        ]
    )


def parts(material: Material) -> list[Part]:
    """Return the parameters of each part of the model, in the model's order."""
    return _shares((material.record.base.get("load") or {}).get("parts") or {}, count)


def new_names(material: Material) -> list[str]:
    """Return the tensors that the base did not have."""
    return [str(name) for name in (material.record.base.get("load") or {}).get("new") or []]


def discarded_names(material: Material) -> list[str]:
    """Return the base's tensors that the task does not use."""
    return [str(name) for name in (material.record.base.get("load") or {}).get("discarded") or []]


def timings(material: Material) -> list[Part]:
    """Return the seconds of each stage; what is left of the total is named the rest."""
    known = {name: to_float(value) for name, value in material.record.timings.items() if name != "total"}
    total = to_float(material.record.timings.get("total"))
    rest = total - sum(known.values())
    stages = {STAGES.get(name, name): value for name, value in known.items()}
    if rest > 0.01 * total:
        stages["The rest"] = rest
    return _shares(stages, duration)


def speed_facts(material: Material) -> list[Fact]:
    """Return updates, rows, tokens and how fast they went."""
    training = material.record.training
    resumed = training.get("resumed_from")
    return _known(
        [
            ("Updates", count(training.get("updates"))),
            ("Weights of update", count(training.get("chosen_update"))),
            ("Rows trained on", count(training.get("rows"))),
            ("Tokens trained on", count(training.get("tokens"))),
            ("Rows a second", count(training.get("rows_per_second"))),
            ("Tokens a second", count(training.get("tokens_per_second"))),
            ("Padding", percent(training.get("padding"))),
            ("Rows in memory at once", count(training.get("microbatch_size"))),
            ("Weights that moved", _of(training.get("trainable"), training.get("parameters"))),
            ("Memory at most", memory(training.get("peak_memory"))),
            ("On the device at most", memory(training.get("peak_device_memory"))),
            ("Rows answered a second", count((training.get("answering") or {}).get("rows_per_second"))),
            ("Threads", count(training.get("threads"))),
            ("Resumed from update", plain_value(resumed) if resumed else None),
            ("Ended", training.get("ended")),
        ]
    )


def plan_facts(material: Material) -> list[Fact]:
    """Return what a plan predicted, with what came of it; nothing where no plan was given."""
    predicted, actual = (material.record.training.get(name) or {} for name in ("predicted", "actual"))
    words = {
        "seconds": ("Time", duration),
        "memory": ("Memory at most", memory),
        "device_memory": ("On the device at most", memory),
        "disk": ("Disk", memory),
    }
    return [
        (name, f"{show(predicted[key])} predicted, {show(actual[key])} taken ({_apart(predicted[key], actual[key])})")
        for key, (name, show) in words.items()
        if predicted.get(key) and actual.get(key)
    ]


def _apart(predicted: float, actual: float) -> str:
    """Return how far a prediction was off, as a share of what came of it."""
    return f"{(predicted - actual) / actual:+.0%}"


def precision_facts(material: Material) -> list[Fact]:
    """Return the dtype of matrix products and what the probe of this processor measured."""
    training = material.record.training
    probe = training.get("precision_probe") or {}
    return _known(
        [
            ("Precision", training.get("precision")),
            ("Chosen by the probe", probe.get("choice")),
            ("Because", probe.get("reason")),
            *((f"One pass in {dtype}", _brief(seconds)) for dtype, seconds in (probe.get("seconds") or {}).items()),
        ]
    )


def machine_facts(material: Material) -> list[Fact]:
    """Return the processor, the memory and the platform."""
    machine = {name: value for name, value in material.record.machine.items() if name != "python"}
    memory = to_float(machine.pop("memory", None))
    facts = [(_title(name), plain_value(value)) for name, value in machine.items()]
    return _known([*facts, ("Memory", f"{number(memory / GIB, 1)} GiB")])


def version_facts(material: Material) -> list[Fact]:
    """Return the versions of Python and of the packages that decide numbers."""
    return _known(material.record.versions.items())


def command(material: Material) -> str:
    """Return the command as it can be typed again, without the folder that the program lies in."""
    words = material.record.command
    return shlex.join([PurePath(words[0]).name, *words[1:]]) if words else MISSING


def training_settings(material: Material) -> list[Fact]:
    """Return the training's settings with nested ones flattened, for the card."""
    return _known(_flat(material.record.config.get("training") or {}))


def strategy_settings(material: Material) -> list[Fact]:
    """Return which weights moved and how that was set, for the card."""
    settings = dict(material.record.config.get("strategy") or {})
    return _known([("Strategy", settings.pop("kind", None)), *_flat(settings)])


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[Fact]:
    facts: list[Fact] = []
    for name, value in values.items():
        title = f"{prefix} {_title(name).lower()}".strip() if prefix else _title(name)
        if isinstance(value, Mapping):
            facts += _flat(value, title)
        else:
            facts.append((title, plain_value(value)))
    return facts


def _augmentation(facts: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield how many changed copies were added to the training rows, and how many were not."""
    for name, copies in (facts.get("added") or {}).items():
        yield "Augmented", f"{count(copies)} copies by {name}"
    left_out = facts.get("left_out") or {}
    if left_out:
        yield "Copies left out", ", ".join(f"{count(copies)} {why}" for why, copies in left_out.items())


def _title(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


def _known(facts: Iterable[tuple[str, Any]]) -> list[Fact]:
    return [(name, str(text)) for name, text in facts if text not in (None, "", MISSING, f"{MISSING} GiB")]


def _of(part: Any, whole: Any) -> str | None:
    """Return a count with its share of the whole."""
    return f"{count(part)} ({percent(to_float(part) / to_float(whole))})" if part and whole else None


def _rows(value: Any) -> str | None:
    return f"{count(value)} rows" if value else None


def _brief(seconds: Any) -> str:
    return f"{number(1000 * to_float(seconds), 1)} ms"


def _shares(values: Mapping[str, Any], write: Any) -> list[Part]:
    total = sum(to_float(value) for value in values.values()) or 1.0
    return [Part(name, write(value), round(100 * to_float(value) / total, 2)) for name, value in values.items()]
