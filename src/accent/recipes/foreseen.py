"""A plan's prediction in a run's record: read before the run, laid beside what came of it at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.config.show import to_dict
from accent.errors import RunError
from accent.recipes.writing import RunWriter
from accent.records import folder_bytes, plain, read_json

__all__ = ["PLAN_FILE", "PLAN_LAYOUT", "foresee", "look_back"]

PLAN_FILE = "plan.json"
PLAN_LAYOUT = 1
"""The layout of plan.json; it grows when an older Accent could not read it."""
KEPT = ("seconds", "memory", "device_memory", "disk", "parts")
COMPARED = {
    "strategy": "strategies",
    "long_texts": "long_texts",
    "augmentation": "augmentation",
    "training": "training",
}
"""Sections that must be the plan's: their names in a run's configuration and in a plan's."""
FREE = ("kind", "learning_rate")
"""Of a strategy and of the training: the kind stands beside others in a plan, and a rate is what a plan may suggest."""


def foresee(config: FinetuneConfig, writer: RunWriter) -> None:
    """Put what a plan predicts of this run into its record, where a plan is given; the rows and base are known by now.

    Raises RunError for a file that is no plan, or one of other rows, another base, other strategies or
    other settings.
    """
    if config.plan is None:
        return
    found = _read(Path(config.plan))
    record, kind = writer.record, config.strategy.kind
    if found["data"]["fingerprint"] != record.data.get("fingerprint"):
        raise _of_other("rows", config.plan)
    if found["base"]["digest"] != record.base.get("digest"):
        raise _of_other("weights of the base", config.plan)
    if kind not in found["runs"]:
        raise RunError(
            f"the plan does not say what {kind} costs",
            where=config.plan,
            remedy=f"Plan it: accent plan DATA --strategies {kind}; or choose {', '.join(found['runs']) or 'none'}.",
        )
    if (differing := _difference(config, found["config"])) is not None:
        raise _of_other(f"settings: {differing}", config.plan)
    record.training["predicted"] = _until_the_pages(found["runs"][kind])
    writer.save()


def look_back(writer: RunWriter) -> None:
    """Put beside a prediction what the run has taken: seconds, bytes of memory, and bytes on the disk.

    The pages, which show both, are yet to be written: their seconds are in neither.
    """
    training = writer.record.training
    if "predicted" not in training:
        return
    training["actual"] = {
        "seconds": round(writer.record.timings.get("total", 0.0) + writer.seconds, 3),
        "memory": training.get("peak_memory"),
        "device_memory": training.get("peak_device_memory"),
        "disk": folder_bytes(writer.folder.checkpoints) + folder_bytes(writer.folder.model) + _kept(training),
    }


def _read(path: Path) -> dict[str, Any]:
    found = read_json(path) if path.is_file() else None
    if not isinstance(found, dict) or not {"layout", "runs", "data", "base", "config"} <= found.keys():
        raise RunError("this is no plan", where=str(path), remedy="Make one: accent plan DATA --output DIR")
    if found["layout"] != PLAN_LAYOUT:
        raise RunError(
            f"the plan has layout {found['layout']}; this Accent reads {PLAN_LAYOUT}",
            where=str(path),
            remedy="Plan again with this Accent.",
        )
    return found


def _difference(config: FinetuneConfig, planned: Mapping[str, Any]) -> str | None:
    """Name the first setting that is not as it was planned; one that a plan leaves out had its default there."""
    for name, name_there in COMPARED.items():
        section = getattr(config, name)
        here, defaults = plain(to_dict(section)), plain(to_dict(type(section)()))
        there = defaults | dict(planned.get(name_there, {}))
        for setting, value in here.items():
            if setting not in FREE[name == "long_texts" :] and there[setting] != value:
                return f"{name}.{setting} was {there[setting]} and is {value}"
    return None


def _until_the_pages(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan says of a run up to its last score."""
    parts = dict(run["parts"])
    pages = parts.pop("pages", 0.0)
    return {name: run.get(name) for name in KEPT} | {"parts": parts, "seconds": run["seconds"] - pages}


def _of_other(what: str, path: str) -> RunError:
    return RunError(f"the plan was made for other {what}", where=path, remedy="Plan again, or leave --plan out.")


def _kept(training: dict[str, Any]) -> int:
    """Return the bytes of what the frozen layers say, which lie in the cache."""
    activations = training.get("activations") or {}
    return int(activations.get("bytes", 0)) if activations.get("kept") else 0
