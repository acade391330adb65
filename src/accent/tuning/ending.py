"""How a search ends: the winner by validation score is scored once on test, and what was tried is written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from accent.config import FinetuneConfig
from accent.errors import RunError
from accent.recipes import finetune
from accent.records import Record, RunFolder, disk, read_json, write_json
from accent.records.lock import RunLock
from accent.report import write_search_page
from accent.tuning.keeping import best_trial, make_room
from accent.tuning.outcome import TuneOutcome
from accent.tuning.summary import describe, summarize
from accent.tuning.trials import ERROR, Searching, trial_config, trial_folder

__all__ = ["conclude"]

BEST = "best"
"""The winner's run folder in the search's."""
SCORED = "scored"
"""The study's list of trials whose model was scored on test rows."""


def conclude(searching: Searching, *, interrupted: bool) -> TuneOutcome:
    """Score the winner unless the search is interrupted or others are at work; write tune.json and tune.html."""
    ended = "interrupted" if interrupted else "shared" if _others(searching) else "done"
    with _alone(searching.folder) as alone:
        ended = ended if alone else "shared"
        winner = _winner(searching, scored=ended == "done")
        summary = summarize(searching, winner)
        if alone:
            write_json(searching.folder / "tune.json", summary)
            write_search_page(searching.folder)
    return TuneOutcome(folder=searching.folder, ended=ended, summary=summary)


def _others(searching: Searching) -> bool:
    return bool(searching.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Yield whether this process is the one that ends the search."""
    try:
        lock = RunLock(folder)
    except RunError:
        yield False
        return
    with lock:
        yield True


def _winner(searching: Searching, *, scored: bool) -> dict[str, Any] | None:
    best = best_trial(searching)
    if best is None:
        if scored:
            raise _no_winner(searching)
        return None
    folder = _score(searching, best) if scored else None
    make_room(searching)
    scores = read_json(RunFolder(folder).scores) if folder is not None else None
    facts = describe(best)
    return {
        "trial": best.number,
        "score": facts["score"],
        "settings": facts["settings"],
        "folder": None if folder is None else folder.name,
        "scores": scores,
    }


def _no_winner(searching: Searching) -> RunError:
    errors = [one.user_attrs[ERROR] for one in searching.study.trials if ERROR in one.user_attrs]
    what = "no trial came to its end" + (f": {errors[-1]}" if errors else "")
    remedy = "Give more --trials or a longer --timeout, or mend what made them fail."
    return RunError(what, where=str(searching.folder), remedy=remedy)


def _score(searching: Searching, best: FrozenTrial) -> Path | None:
    """Return the folder of the winner's run, saved and scored like any other; None where none is to be kept."""
    target = searching.folder / BEST
    _put_back(searching.folder, target, best.number)
    if _status(target) == "done":
        return target
    config = trial_config(searching, best)
    if searching.search.winner == "retrained":
        return _retrain(searching, config, target, best.number)
    if searching.search.keep_runs == "none":
        disk.remove_tree(RunFolder(trial_folder(searching.folder, best.number)).checkpoints)
        return None
    return _keep(searching, config, target, best.number)


def _put_back(folder: Path, target: Path, number: int) -> None:
    """Give the folder of an earlier winner back to its trial, where the search has gone on and found a better one."""
    if _status(target) is None:
        return
    old = int(Record.read(RunFolder(target)).training["trial"])
    if old != number:
        own = trial_folder(folder, old)
        disk.rename(target, _retrained(own) if own.exists() else own)


def _retrained(own: Path) -> Path:
    """Return where a run with a trial's settings and another seed lies, beside the trial's own."""
    return own.with_name(f"{own.name}-retrained")


def _status(folder: Path) -> str | None:
    """Return how far the run in a folder is; None where there is none."""
    run = RunFolder(folder)
    return Record.read(run).status if run.record.exists() else None


def _keep(searching: Searching, config: FinetuneConfig, target: Path, number: int) -> Path | None:
    """Take the trial's own run to its end: its best checkpoint becomes its model, and is scored."""
    source = trial_folder(searching.folder, number)
    status = _status(source)
    if status is None:
        what = f"the best trial, {number}, ran on another machine, and its run is not here"
        remedy = "Go on there with the same command, or give --winner retrained."
        searching.listen("warning", {"update": 0, "what": what, "remedy": remedy})
        return None
    if status != "done":
        _finetune(searching, replace(config, run=replace(config.run, output=None, resume=str(source))), number)
    disk.rename(source, target)
    return target


def _retrain(searching: Searching, config: FinetuneConfig, target: Path, number: int) -> Path:
    """Train the winner's settings again with another seed, on the same split of the rows.

    Until it is done the run lies beside the trial's own, under its number: an interrupted one is found there.
    """
    own = trial_folder(searching.folder, number)
    place = _retrained(own)
    if _status(place) != "done":
        _finetune(searching, _again(config, place), number)
    record = Record.read(RunFolder(place))
    record.training["trial"] = number
    record.write(RunFolder(place))
    disk.rename(place, target)
    if searching.search.keep_runs != "all":
        disk.remove_tree(RunFolder(own).checkpoints)
    return target


def _again(config: FinetuneConfig, place: Path) -> FinetuneConfig:
    """Return what trains in `place`, or goes on there."""
    known = _status(place) is not None
    if not known:
        disk.remove_tree(place)  # a killed process may have left files before its record
    data = replace(config.data, split_seed=config.data.seed_of_split(config.run.seed))
    output, resume = (None, str(place)) if known else (str(place), None)
    run = replace(config.run, seed=config.run.seed + 1, output=output, resume=resume)
    return replace(config, data=data, run=run)


def _finetune(searching: Searching, config: FinetuneConfig, number: int) -> None:
    """Run to the end, and remember that test rows are read: a search that goes on must say so."""
    study = searching.study
    scored = study.user_attrs.get(SCORED, [])
    if number not in scored:
        study.set_user_attr(SCORED, [*scored, number])
    searching.listen("stage", {"what": f"scoring trial {number}, the best on validation rows"})
    known = searching.shared.of(config) if config.run.resume else None
    if finetune(config, known=known).interrupted:
        raise KeyboardInterrupt
