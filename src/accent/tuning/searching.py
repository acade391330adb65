"""The search: trial after trial until there are enough, and then the winner."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from accent.config import TuneConfig
from accent.config.quantities import seconds_of
from accent.errors import RunError
from accent.recipes import Listen
from accent.tuning.beginning import begin
from accent.tuning.ending import conclude
from accent.tuning.keeping import make_room
from accent.tuning.outcome import TuneOutcome
from accent.tuning.studies import make_sampler
from accent.tuning.summary import describe
from accent.tuning.trials import ERROR, LOST, Searching, give_back, run_trial
from accent.tuning.workers import SIGN, WORKER, bury, lives

__all__ = ["search"]

MOST_FAILURES = 3
"""Trials that may fail before any has come to its end: then no other values would help."""
STARTING = 60.0
"""Seconds in which a trial may be without the name of its process."""


def search(config: TuneConfig, *, listen: Listen) -> TuneOutcome:
    """Do what `accent.tuning.tune` promises."""
    began = time.monotonic()
    searching = begin(config, listen=listen)
    limit = None if config.search.timeout is None else began + seconds_of(config.search.timeout)
    try:
        listen("search", _facts(searching))
        interrupted = _try(searching, limit)
        return conclude(searching, interrupted=interrupted)
    finally:
        searching.worker.leave()


def _facts(searching: Searching) -> dict[str, Any]:
    return {
        "folder": searching.folder,
        "trials": searching.search.trials,
        "metric": searching.metric,
        "lower_is_better": searching.lower_is_better,
    }


def _try(searching: Searching, limit: float | None) -> bool:
    """Run trials while more are wanted; return whether the user has interrupted."""
    while limit is None or time.monotonic() < limit:
        trial = _next(searching)
        if trial is None:
            return False
        interrupted = run_trial(searching, trial)
        searching.listen("trial end", describe(searching.study.trials[trial.number]))
        make_room(searching)
        if interrupted:
            return True
        _check_failures(searching)
    return False


def _next(searching: Searching) -> optuna.Trial | None:
    """Return the next trial, None where no more are wanted."""
    study, search = searching.study, searching.search
    others = _reclaim(searching)
    known = study.get_trials(deepcopy=False)
    waiting = sum(trial.state is TrialState.WAITING for trial in known)
    if len(_counted(known)) >= search.trials or (search.kind == "grid" and not waiting):
        return None
    study.sampler = make_sampler(
        search, searching.space, seed=searching.config.run.seed, trial=len(known), worker=others
    )
    trial = study.ask()
    trial.set_user_attr(WORKER, searching.worker.name)
    if _is_one_too_many(searching, trial.number):
        study._storage.set_trial_user_attr(trial._trial_id, LOST, True)
        study.tell(trial, state=TrialState.FAIL)
        return None
    return trial


def _counted(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return the trials that count: not those that wait, nor those that came to nothing."""
    return [one for one in trials if one.state is not TrialState.WAITING and not one.user_attrs.get(LOST)]


def _is_one_too_many(searching: Searching, number: int) -> bool:
    """Tell whether another process has taken the last trial, or the grid's last point, in the same moment."""
    trials = searching.study.get_trials(deepcopy=False)
    before = [one for one in _counted(trials) if one.number < number]
    free = searching.search.kind == "grid" and "fixed_params" not in trials[number].system_attrs
    return free or len(before) >= searching.search.trials


def _reclaim(searching: Searching) -> int:
    """Give back the values of trials whose process is dead; return how many other processes are alive."""
    alive = set()
    for trial in searching.study.get_trials(deepcopy=False):
        if trial.state is not TrialState.RUNNING:
            continue
        worker = trial.user_attrs.get(WORKER)
        if _lives(trial, searching.worker.name):
            alive.add(worker)
            continue
        give_back(searching.study, trial.number)
        searching.listen("trial lost", {"number": trial.number})
        if worker not in (None, searching.worker.name):
            bury(worker)
    return len(alive)


def _lives(trial: FrozenTrial, own: str) -> bool:
    """Tell whether the process of a running trial is alive; this one, `own`, runs none when it asks."""
    worker = trial.user_attrs.get(WORKER)
    if worker is None:
        begun = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return time.time() - begun < STARTING
    return worker != own and lives(worker, float(trial.user_attrs.get(SIGN, 0.0)))


def _check_failures(searching: Searching) -> None:
    """Raise the last failure where several trials have failed and none has come to its end."""
    trials = _counted(searching.study.get_trials(deepcopy=False))
    errors = [one.user_attrs[ERROR] for one in trials if ERROR in one.user_attrs]
    if len(errors) >= MOST_FAILURES and len(errors) == len(trials):
        raise RunError(
            f"the first {len(errors)} trials have all failed: {errors[-1]}",
            where=str(searching.folder),
            remedy="Mend the settings that all trials share, or the --space, and choose another --output.",
        )
