"""Sweep: several settings on the same rows with the same budget, each with several seeds, then compared."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from accent.config import Cell, FinetuneConfig, RunConfig, SweepConfig, cells_of
from accent.config.documents import read_document
from accent.config.show import to_dict, to_yaml
from accent.errors import RunError, UserError
from accent.recipes.compare import comparison
from accent.recipes.finetune import finetune
from accent.recipes.judged import JudgedRun, read_judged
from accent.recipes.listening import Listen, ignore
from accent.recipes.starting import differences, run_name
from accent.records import Record, RunFolder, make_folders, write_json, write_text
from accent.report import write_comparison

__all__ = ["sweep"]


_Origins = dict[str, tuple[Any, Path]]
"""The digest of the rows and of each base's weights, and the first run that had it."""


@dataclass(frozen=True)
class _Ended:
    """A run of the sweep and how it ended."""

    cell: Cell
    folder: Path
    status: str
    error: str | None = None
    cause: Exception | None = None

    def to_json(self) -> dict[str, Any]:
        seed, folder = self.cell.seed, str(self.folder)
        return {"name": self.cell.name, "seed": seed, "folder": folder, "status": self.status, "error": self.error}


def sweep(config: SweepConfig, *, listen: Listen = ignore) -> dict[str, Any]:
    """Run every setting with every seed into OUTPUT/NAME/seed-N, and compare the settings over their seeds.

    All have the same training and test rows, as one seed splits them. A run that is done is not run again and one that
    was stopped goes on, so that the same command finishes a sweep. A run that fails keeps its place with its error, and
    the others go on; where all fail, the first one's error is raised. What is found also stands in sweep.json and
    sweep.html. Raises RunError where rows or a base have changed since another run of the sweep was done.
    """
    folder = _open(config)
    ended: list[_Ended] = []
    origins: _Origins = {}
    for one in _run_all(cells_of(config), folder, listen):
        _check_origins(one, origins)
        ended.append(one)
        if one.status == "interrupted":
            return {"folder": str(folder), "interrupted": True, "runs": [each.to_json() for each in ended]}
    listen("stage", {"what": "comparing the settings"})
    runs = [one.to_json() for one in ended]
    compared = comparison(_groups(ended), metric=None, seed=config.run.seed)
    found = {"folder": str(folder), "interrupted": False, "runs": runs, "comparison": compared}
    write_json(folder / "sweep.json", found)
    write_comparison(folder / "sweep.html", compared, title=f"Sweep {folder.resolve().name}", runs=runs)
    return found


def _open(config: SweepConfig) -> Path:
    """Return the sweep's folder: a new one, or that of the same sweep to go on with."""
    asked = config.run.resume or config.run.output
    folder = Path(asked) if asked else RunFolder.create(None, name=f"sweep-{run_name(config.data.source)}").path
    begun = folder / "config.yaml"
    placeless = replace(config, run=RunConfig(seed=config.run.seed))
    if begun.exists():
        _check_same(read_document(begun), to_dict(placeless), folder)
        return folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        remedy = "Choose a new or an empty folder with --output."
        raise RunError("the output folder holds other files", where=str(folder), remedy=remedy)
    make_folders(folder)
    write_text(begun, to_yaml(placeless))
    return folder


def _check_same(begun: dict[str, Any], asked: dict[str, Any], folder: Path) -> None:
    """Refuse to go on with other settings: its runs would not be comparable."""
    changed = sorted(differences(asked, begun))
    if changed:
        raise RunError(
            f"the folder holds another sweep: {', '.join(changed[:5])} differ",
            where=str(folder),
            remedy=f"Go on with that one (accent sweep --resume {folder}), or choose another folder with --output.",
        )


def _run_all(cells: Sequence[Cell], folder: Path, listen: Listen) -> Iterator[_Ended]:
    for number, cell in enumerate(cells, start=1):
        place = folder / cell.name / f"seed-{cell.seed}"
        listen("stage", {"what": f"\nrun {number} of {len(cells)}: {cell.name}, seed {cell.seed}"})
        yield _attempt(cell, place, listen)
        gc.collect()  # the model's cycles would count in the next run's memory


def _attempt(cell: Cell, place: Path, listen: Listen) -> _Ended:
    """Run one cell; whatever stops it, even a bug, stops it alone and stands in its place."""
    try:
        return _run(cell, place, listen)
    except Exception as error:
        what = str(error).partition("\n")[0] if isinstance(error, UserError) else repr(error)
        listen("note", {"what": f"the run failed: {what}"})
        return _Ended(cell, place, "failed", what, error)


def _run(cell: Cell, place: Path, listen: Listen) -> _Ended:
    """Run one cell, go on with it, or take it as it is where it is done."""
    folder = RunFolder(place)
    record = Record.read(folder) if folder.record.exists() else None
    if record is not None and record.status == "done":
        return _Ended(cell, place, "done")
    outcome = finetune(_placed(cell.config, folder, record), listen=listen)
    if outcome.ended == "not finite":
        return _Ended(cell, place, "failed", "losses were not finite three times in a row")
    return _Ended(cell, place, "interrupted" if outcome.interrupted else "done")


def _placed(config: FinetuneConfig, folder: RunFolder, record: Record | None) -> FinetuneConfig:
    """Return the configuration that begins in `folder`, or goes on there with what has been kept."""
    kept = any(folder.checkpoints.glob("update-*"))
    begins = record is None or (record.status == "failed" and not kept)
    place = str(folder.path)
    output, resume = (place, None) if begins else (None, place)
    return replace(config, run=replace(config.run, output=output, resume=resume))


def _check_origins(one: _Ended, origins: _Origins) -> None:
    """Refuse a run with other rows, or other weights of the same base, than those before it: the files have changed."""
    if one.status != "done":
        return
    record = Record.read(RunFolder(one.folder))
    base = f"weights of {one.cell.config.model.base}"
    for what, digest in (("rows", record.data.get("fingerprint")), (base, record.base.get("digest"))):
        begun, first = origins.setdefault(what, (digest, one.folder))
        if digest != begun:
            raise RunError(
                f"it had other {what} than {first}, so that they cannot be compared",
                where=str(one.folder),
                remedy="Bring back what has changed and delete the run that had it, or sweep anew with --output.",
            )


def _groups(ended: Sequence[_Ended]) -> dict[str, list[JudgedRun]]:
    """Return the runs that are done by setting; raise the first error where none is."""
    groups: dict[str, list[JudgedRun]] = {}
    for one in ended:
        if one.status == "done":
            groups.setdefault(one.cell.name, []).append(read_judged(one.folder))
    if not groups:
        raise ended[0].cause or RunError(
            f"no run ended well: {ended[0].error}",
            where=str(ended[0].folder),
            remedy="Lower --learning-rate, or train with --precision fp32.",
        )
    return groups
