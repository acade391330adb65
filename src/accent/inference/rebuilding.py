"""A model from what its run saved: all of it, or the changes to a base that is found and checked first."""

from __future__ import annotations

from pathlib import Path

from transformers import PreTrainedModel

from accent.errors import BaseModelError, RunError
from accent.inference.settings import Settings, find_model, read_settings
from accent.modeling import Base, find_base, load_model, load_saved
from accent.strategies import load_changes, make_strategy
from accent.tasks import Task

__all__ = ["fetch_base", "find_own_base", "rebuild"]

_DIGITS_SHOWN = 12


def rebuild(folder: Path, settings: Settings, task: Task, *, base: str | None = None) -> PreTrainedModel:
    """Return the model of a run's model folder, in evaluation mode; no connection is opened.

    `base` is another place of the checkpoint that it started from. Raises RunError where a weight is missing, left
    over or misshapen, and where the base is not found or is another.
    """
    if settings.saved == "whole":
        return load_saved(folder, task.head)
    found = find_own_base(folder, settings, base=base, offline=True)
    model = load_model(found, task.head, task.labels, problem_type=task.problem_type, seed=0).model
    load_changes(model, make_strategy(settings.strategy), folder, head=task.head)
    return model


def fetch_base(target: str, *, base: str | None, offline: bool) -> None:
    """Bring the base of a run that holds only changes to it onto this machine, where it is on the Hub and not here."""
    folder = find_model(target)
    settings = read_settings(folder)
    if settings.saved == "changes":
        find_own_base(folder, settings, base=base, offline=offline)


def find_own_base(folder: Path, settings: Settings, *, base: str | None, offline: bool) -> Base:
    """Return the base that a run started from. Raises RunError where it is not found or is another."""
    own = settings.base
    try:
        found = find_base(base or own.name, revision=None if base else own.revision, offline=offline)
    except BaseModelError as error:
        if base is not None:
            raise
        raise RunError(
            f"the run holds changes to its base {own.name}, and that is not found: {error.what}",
            where=str(folder),
            remedy="Put the base back, or give its new place with --base.",
        ) from error
    if found.digest != own.digest:
        raise RunError(
            f"the base is another than this run's: its SHA-256 is {found.digest[:_DIGITS_SHOWN]}... and not "
            f"{own.digest[:_DIGITS_SHOWN]}...",
            where=str(found.folder),
            remedy=f"Give the place of the checkpoint that the run started from with --base; it was {own.name}.",
        )
    return found
