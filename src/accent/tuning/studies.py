"""Optuna's study: where it is stored, how it chooses values, and which trials it gives up."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import optuna
import psutil
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy import event

from accent.config import SearchConfig
from accent.config.space import Dimension, Range, Value, grid_of
from accent.errors import ConfigError
from accent.records.passwords import without_password
from accent.seeds import derive, generator
from accent.tuning.settings import fits

__all__ = ["RUNGS", "grid_points", "make_sampler", "open_study", "suggest"]

ETA = 3
"""One trial in so many goes on at each rung (Li et al. 2020, arXiv 1810.05934, take 3 or 4)."""
RUNGS = ETA**2
"""The first rung stands at this part of a trial of usual length, the next at ETA times as much, and so on."""
STARTUP = (4, 10)
"""Trials at random before TPE has something to learn from: a third of all, between these."""
MEDIAN_TRIALS = 4
"""Trials that are never given up, so that the median means something."""
WAIT = 60
"""Seconds that SQLite waits for another process to finish writing."""
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smbfs", "smb3", "9p", "afs", "lustre", "gpfs", "beegfs", "fuse.sshfs"})
"""File systems on which SQLite's locks are not to be trusted."""
_MOST_SEED = 2**32


def open_study(search: SearchConfig, folder: Path, *, name: str, lower_is_better: bool) -> optuna.Study:
    """Open the study `name` in the storage that is asked for, or make it there."""
    optuna.logging.disable_default_handler()
    return optuna.create_study(
        storage=_storage(search.storage, folder),
        study_name=name,
        direction="minimize" if lower_is_better else "maximize",
        pruner=_pruner(search),
        load_if_exists=True,
    )


def make_sampler(
    search: SearchConfig, space: Sequence[Dimension], *, seed: int, trial: int, worker: int
) -> BaseSampler:
    """Return what chooses the values of one trial: a pure function of the seed and of what the study knows by then.

    `worker` counts the processes that share the search, so that two do not try the same at the same time.
    """
    stream = derive(seed, "search", trial, worker) % _MOST_SEED
    if search.kind != "bayesian":
        return RandomSampler(seed=stream)
    least, most = STARTUP
    startup = max(least, min(most, search.trials // 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        grouped = any(one.kinds or one.bases for one in space)
        return TPESampler(n_startup_trials=startup, group=grouped, multivariate=True, seed=stream)


def suggest(trial: optuna.Trial, space: Sequence[Dimension], *, strategy: str, base: str) -> dict[str, Value]:
    """Return the trial's value for each dimension that is tried with its strategy and base.

    `strategy` and `base` are those of all trials, where they are not searched.
    """
    values: dict[str, Value] = {}
    ordered = sorted(space, key=lambda one: one.name not in ("strategy", "base"))
    for one in ordered:
        kind, start = str(values.get("strategy", strategy)), str(values.get("base", base))
        if one.name in ("strategy", "base") or fits(one, strategy=kind, base=start):
            values[one.name] = _suggest(trial, one)
    return values


def grid_points(space: Sequence[Dimension], *, strategy: str, base: str, seed: int) -> list[dict[str, Value]]:
    """Return every combination once, in a shuffled order: the first few of them are spread over the whole grid."""
    names = [one.name for one in space]
    points: dict[tuple[Any, ...], dict[str, Value]] = {}
    for values in product(*(grid_of(one) for one in space)):
        point = dict(zip(names, values, strict=True))
        kind, start = str(point.get("strategy", strategy)), str(point.get("base", base))
        kept = {one.name: point[one.name] for one in space if fits(one, strategy=kind, base=start)}
        points.setdefault(tuple(kept.items()), kept)
    found = list(points.values())
    return [found[at] for at in generator(seed, "grid").permutation(len(found))]


def _suggest(trial: optuna.Trial, dimension: Dimension) -> Value:
    if not isinstance(dimension, Range):
        found: Value = trial.suggest_categorical(dimension.name, dimension.values)
        return found
    if dimension.whole:
        low, high, step = int(dimension.low), int(dimension.high), int(dimension.step or 1)
        return trial.suggest_int(dimension.name, low, high, step=step, log=dimension.log)
    return trial.suggest_float(dimension.name, dimension.low, dimension.high, step=dimension.step, log=dimension.log)


def _pruner(search: SearchConfig) -> BasePruner:
    match search.pruning:
        case "halving":
            return SuccessiveHalvingPruner(min_resource=1, reduction_factor=ETA)
        case "median":
            return MedianPruner(n_startup_trials=MEDIAN_TRIALS)
        case "none":
            return NopPruner()


def _storage(asked: str | None, folder: Path) -> BaseStorage:
    if asked is not None and "://" in asked:
        return _database(asked)
    file = folder / _own_name(folder) if asked is None else Path(asked)
    if file.suffix == ".journal":
        return JournalStorage(JournalFileBackend(str(file)))
    return _database(f"sqlite:///{file.resolve()}")


def _database(url: str) -> RDBStorage:
    lite = url.startswith("sqlite")
    try:
        storage = RDBStorage(url, engine_kwargs={"connect_args": {"timeout": WAIT}} if lite else {})
    except Exception as error:  # SQLAlchemy's and every driver's own
        what = f"the storage cannot be opened: {str(error).splitlines()[0]}"
        remedy = "Give --storage a file, or a URL such as postgresql://USER@HOST/NAME and install its driver."
        raise ConfigError(what, where=without_password(url), remedy=remedy) from error
    if lite:
        _quicken(storage)
    return storage


def _quicken(storage: RDBStorage) -> None:
    """Let SQLite write ahead: a trial of seconds must not wait for the disk at each of its evaluations.

    The end of a process loses nothing so; the end of the machine's power may lose the last second, never the file.
    """

    def ask(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    event.listen(storage.engine, "connect", ask)
    storage.engine.dispose()


def _own_name(folder: Path) -> str:
    """Return the name of the storage in the output folder: SQLite, or a journal where its locks do not hold."""
    if (folder / "study.journal").exists():
        return "study.journal"
    place = folder.resolve()
    mounts = [part for part in psutil.disk_partitions(all=True) if place.is_relative_to(part.mountpoint)]
    kind = max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else ""
    return "study.journal" if kind in _NETWORK else "study.db"
