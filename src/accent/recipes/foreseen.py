"""A plan's prediction in a run's record: read before the run, laid beside what came of it at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from accent.config import FinetuneConfig
from accent.errors import RunError
from accent.recipes.writing import RunWriter
from accent.records import read_json

__all__ = ["foresee", "look_back"]

LAYOUT = 1
"""The layout of plan.json that is read here."""
KEPT = ("seconds", "memory", "disk", "parts")


def foresee(config: FinetuneConfig, writer: RunWriter) -> None:
    """Put what a plan predicts of this run into its record, where a plan is given; the rows and base are known by now.

    Raises RunError for a file that is no plan, or one of other rows, another base or other strategies.
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
    record.training["predicted"] = {name: found["runs"][kind][name] for name in KEPT}
    writer.save()


def look_back(writer: RunWriter) -> None:
    """Put beside a prediction what the run has taken: seconds, bytes of memory, and bytes on the disk."""
    training = writer.record.training
    if "predicted" not in training:
        return
    training["actual"] = {
        "seconds": round(writer.record.timings.get("total", 0.0) + writer.seconds, 3),
        "memory": training.get("peak_device_memory") or training.get("peak_memory"),
        "disk": _bytes(writer.folder.checkpoints) + _bytes(writer.folder.model) + _kept(training),
    }


def _read(path: Path) -> dict[str, Any]:
    found = read_json(path) if path.is_file() else None
    if not isinstance(found, dict) or not {"layout", "runs", "data", "base"} <= found.keys():
        raise RunError("this is no plan", where=str(path), remedy="Make one: accent plan DATA --output DIR")
    if found["layout"] != LAYOUT:
        raise RunError(
            f"the plan has layout {found['layout']}; this Accent reads {LAYOUT}",
            where=str(path),
            remedy="Plan again with this Accent.",
        )
    return found


def _of_other(what: str, path: str) -> RunError:
    return RunError(f"the plan was made for other {what}", where=path, remedy="Plan again, or leave --plan out.")


def _kept(training: dict[str, Any]) -> int:
    """Return the bytes of what the frozen layers say, which lie in the cache."""
    activations = training.get("activations") or {}
    return int(activations.get("bytes", 0)) if activations.get("kept") else 0


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
