"""How a search begins, or goes on: its folder, its study, its space, and what its first trials are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna

from accent.config import LOWER_IS_BETTER, FinetuneConfig, TuneConfig
from accent.config.load import resolve
from accent.config.show import to_dict, to_yaml
from accent.config.space import Value, read_space
from accent.errors import ConfigError, RunError
from accent.modeling import probe_precision
from accent.recipes import Listen
from accent.recipes.preparing import Prepared
from accent.recipes.starting import differences, run_name
from accent.records import RunFolder, one_line, write_text
from accent.records.passwords import has_lost_password, without_password
from accent.training import World
from accent.tuning.defaults import complete, first_values, recommended_rates, usual_epochs
from accent.tuning.settings import check_space
from accent.tuning.sharing import Shared
from accent.tuning.studies import RUNGS, grid_points, open_study
from accent.tuning.trials import Searching
from accent.tuning.workers import WORKERS, Worker, turn

__all__ = ["begin"]

_FREE = ("trials", "timeout", "storage", "keep_runs", "disk_limit", "winner")
"""Settings of a search that may be others when it goes on."""


def begin(config: TuneConfig, *, listen: Listen) -> Searching:
    """Return the search that `config` asks for, with its first trials lined up; nothing is trained yet.

    Raises the errors of data, audit, bases and space, and RunError where the output folder holds something else.
    """
    _check_password(config)
    _check_folder(config)
    own, given = config.finetuning, read_space(config.search.space)
    check_space(own, given)
    rates = recommended_rates(own, given)
    shared = Shared(listen)
    prepared = shared.of(own)
    _check_validation(prepared)
    space = complete(given, own, prepared, rates)
    metric = own.training.metric or prepared.task.metrics[0]
    first = first_values(own, space, prepared, rates)
    folder = _make_folder(config)
    with turn(folder):
        _write_down(config, folder)
        study = _open(config, prepared, folder, lower_is_better=metric in LOWER_IS_BETTER)
        _line_up(config, study, first, listen, space=space)
    return Searching(
        folder=folder,
        config=_with_precision(own, study),
        search=config.search,
        space=space,
        metric=metric,
        lower_is_better=metric in LOWER_IS_BETTER,
        rung=usual_epochs(own, space, prepared) / RUNGS,
        study=study,
        worker=Worker(folder),
        shared=shared,
        listen=listen,
    )


def _check_password(config: TuneConfig) -> None:
    if has_lost_password(config.search.storage or ""):
        raise ConfigError(
            "the password of the storage is not kept with the search",
            where=str(config.search.storage),
            remedy="Give --storage again with it, or without one where the database's driver finds it (~/.pgpass).",
        )


def _check_folder(config: TuneConfig) -> bool:
    """Tell whether the output folder holds this very search; raise RunError where it holds one with other settings."""
    file = _asked_folder(config) / "config.yaml"
    if (config.run.resume or config.run.output) is None or not file.is_file():
        return False
    begun, asked = _compared(resolve(TuneConfig, file=file)), _compared(config)
    changed = sorted(differences(asked, begun))
    if changed:
        raise RunError(
            f"the search was begun with other settings: {', '.join(changed[:5])}",
            where=str(file.parent),
            remedy=f"Go on with it as it was (accent tune --resume {file.parent}), or choose another --output.",
        )
    return True


def _asked_folder(config: TuneConfig) -> Path:
    return Path(config.run.resume or config.run.output or ".")


def _compared(config: TuneConfig) -> dict[str, Any]:
    """Return the settings that must not change while a search goes on."""
    plain = to_dict(config)
    plain["run"] = {"seed": config.run.seed}
    plain["search"] = {name: value for name, value in plain["search"].items() if name not in _FREE}
    return plain


def _make_folder(config: TuneConfig) -> Path:
    """Return the search's folder, made where it is new; another process may have begun the same search meanwhile."""
    if _check_folder(config):
        return _asked_folder(config)
    try:
        return RunFolder.create(config.run.output, name=f"tune-{run_name(config.data.source)}").path
    except RunError:
        if not (_asked_folder(config) / WORKERS).is_dir():
            raise
        return _asked_folder(config)


def _write_down(config: TuneConfig, folder: Path) -> None:
    """Write the configuration into a new search's folder; raise RunError where another was begun there meanwhile."""
    if _check_folder(replace(config, run=replace(config.run, output=str(folder), resume=None))):
        return
    storage = config.search.storage
    search = replace(config.search, storage=None if storage is None else without_password(storage))
    whole = replace(config, search=search, run=replace(config.run, output=str(folder), resume=None))
    write_text(folder / "config.yaml", to_yaml(whole))


def _open(config: TuneConfig, prepared: Prepared, folder: Path, *, lower_is_better: bool) -> optuna.Study:
    """Open the study of these very settings and rows; raise RunError where the folder's is of other rows."""
    name = f"{run_name(config.data.source)}-{_identity(config, prepared)}"
    study = open_study(config.search, folder, name=name, lower_is_better=lower_is_better)
    others = set(optuna.get_all_study_names(study._storage)) - {name}
    if config.search.storage is None and others:
        raise RunError(
            "the data or the base has changed since the search was begun",
            where=str(folder),
            remedy="Put them back as they were, or choose another --output.",
        )
    return study


def _identity(config: TuneConfig, prepared: Prepared) -> str:
    """Return what tells this search from others: its settings, rows and base, wherever they are stored."""
    settings = _compared(config)
    del settings["data"], settings["model"]["base"]
    facts = [prepared.data.fingerprint, prepared.base.digest, settings]
    return hashlib.sha256(one_line(facts).encode()).hexdigest()[:12]


def _check_validation(prepared: Prepared) -> None:
    if not len(prepared.data.splits.get("validation") or ()):
        raise ConfigError(
            "a search needs validation rows to judge its trials by, and there are none",
            where="data",
            remedy="Give --validation FILE or a share such as --split 80,10,10.",
        )


def _with_precision(config: FinetuneConfig, study: optuna.Study) -> FinetuneConfig:
    """Put in what auto chooses, once for all trials: their scores are compared."""
    asked = config.training.precision
    if asked == "auto":
        known = study.user_attrs.get("precision")
        asked = "bf16" if (known or probe_precision(World().device).choice) == "bf16" else "fp32"
        study.set_user_attr("precision", asked)
    return replace(config, training=replace(config.training, precision=asked))


def _line_up(
    config: TuneConfig, study: optuna.Study, first: Mapping[str, Value], listen: Listen, *, space: Sequence[Any]
) -> None:
    """Put the trials that are known beforehand in line: the default settings, or the points of the grid."""
    search = config.search
    if search.kind == "bayesian" and first and not study.trials:
        study.enqueue_trial(dict(first))
    if search.kind == "grid":
        points = grid_points(space, strategy=config.strategy.kind, base=config.model.base, seed=config.run.seed)
        if len(points) > search.trials:
            what = f"the grid has {len(points):,} points, and {search.trials} of them are tried"
            remedy = f"Give --trials {len(points)} for all of them, or fewer values in --space."
            listen("warning", {"update": 0, "what": what, "remedy": remedy})
        for point in points[: search.trials]:
            study.enqueue_trial(dict(point), skip_if_exists=True)
