"""Runs as settings: those that differ in the seed only belong together, and what the others differ in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from accent.errors import RunError
from accent.recipes.judged import JudgedRun

__all__ = ["Groups", "differing", "grouped", "refuse_twins"]

Groups = Mapping[str, Sequence[JudgedRun]]
"""The runs of each setting, by its name."""
SHORT = 12
"""Characters of a fingerprint that are shown."""


def grouped(runs: Sequence[JudgedRun]) -> dict[str, list[JudgedRun]]:
    """Put the runs together whose settings, base and rows are the same, whatever their seeds are."""
    groups: dict[str, list[JudgedRun]] = {}
    for run in runs:
        same = [run.record.base.get("digest"), run.record.data.get("fingerprint"), _settings(run)]
        groups.setdefault(json.dumps(same, sort_keys=True), []).append(run)
    names = _names([[run.folder.path for run in group] for group in groups.values()])
    return dict(zip(names, groups.values(), strict=True))


def refuse_twins(group: Sequence[JudgedRun]) -> None:
    """Raise RunError where two runs of one setting have one seed: counted twice, a run would have half of its noise."""
    seen: dict[int, Path] = {}
    for run in group:
        twin = seen.setdefault(run.record.seed, run.folder.path)
        if twin is not run.folder.path:
            raise RunError(
                f"it has the settings and the seed of {twin}",
                where=str(run.folder.path),
                remedy="Give runs that differ in a setting or in the seed. `accent reproduce` repeats a run.",
            )


def differing(groups: Groups) -> dict[str, list[Any]]:
    """Return the settings in which the groups differ, each with their values in the order of the groups."""
    found = [_facts(group[0]) for group in groups.values()]
    by_name = {name: [one.get(name) for one in found] for name in dict.fromkeys(name for one in found for name in one)}
    return {name: values for name, values in by_name.items() if len(set(map(json.dumps, values))) > 1}


def _settings(run: JudgedRun) -> dict[str, Any]:
    """Return what the run was asked for, without its place and its seed."""
    return {name: section for name, section in run.record.config.items() if name != "run"}


def _names(groups: Sequence[Sequence[Path]]) -> list[str]:
    """Name a run after its folder, several seeds after the folder above them; with more of the path where needed."""
    paths = [_common(group).resolve() for group in groups]
    depth = 1
    while True:
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            return names
        if depth > max(len(path.parts) for path in paths):  # the same folder for several settings
            return [f"{name} ({number})" for number, name in enumerate(names, start=1)]
        depth += 1


def _common(paths: Sequence[Path]) -> Path:
    above = {path.resolve().parent for path in paths}
    return above.pop() if len(paths) > 1 and len(above) == 1 else paths[0]


def _facts(run: JudgedRun) -> dict[str, Any]:
    record = run.record
    read = {"data.fingerprint": str(record.data.get("fingerprint"))[:SHORT], "machine": record.machine.get("processor")}
    return {**_flat(_settings(run)), **read, "versions.accent": record.versions.get("accent")}


def _flat(section: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in section.items():
        place = f"{path}.{name}".strip(".")
        flat |= _flat(value, place) if isinstance(value, Mapping) else {place: value}
    return flat
