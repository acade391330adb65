"""What stays on the disk of trials: of losers their records and logs, of the best also its weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from accent.config.quantities import bytes_of
from accent.records import RunFolder, disk
from accent.tuning.trials import Searching, trial_folder

__all__ = ["best_trial", "make_room", "ranked"]


def ranked(searching: Searching) -> list[FrozenTrial]:
    """Return the trials that came to their end, the best first; of equals the earlier."""
    ended = searching.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = 1.0 if searching.lower_is_better else -1.0
    return sorted(ended, key=lambda one: (sign * float(one.value or 0.0), one.number))


def best_trial(searching: Searching) -> FrozenTrial | None:
    """Return the trial with the best validation score, None where none came to its end."""
    return next(iter(ranked(searching)), None)


def make_room(searching: Searching) -> None:
    """Remove the weights of all trials but those that are to be kept. Trials under way are not touched."""
    kept = set(_kept(searching))
    for trial in searching.study.get_trials(deepcopy=False):
        if trial.state.is_finished() and trial.number not in kept:
            for place in _weights(trial_folder(searching.folder, trial.number)):
                disk.remove_tree(place)


def _kept(searching: Searching) -> Iterator[int]:
    """Yield the trials whose weights stay. The best one's do until the end, as the winner is scored with them."""
    trials = ranked(searching)
    room = bytes_of(searching.search.disk_limit)
    for place, trial in enumerate(trials):
        room -= sum(map(_size, _weights(trial_folder(searching.folder, trial.number))))
        if place == 0 or (searching.search.keep_runs == "all" and room >= 0):
            yield trial.number


def _weights(folder: Path) -> tuple[Path, ...]:
    run = RunFolder(folder)
    return (run.checkpoints, run.model)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
