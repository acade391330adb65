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
    if RunFolder(target).record.exists() and Record.read(RunFolder(target)).status == "done":
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
    if not RunFolder(target).record.exists():
        return
    old = int(Record.read(RunFolder(target)).training.get("trial", -1))
    if old != number:
        own = trial_folder(folder, old)
        disk.rename(target, own.with_name(f"{own.name}-retrained") if own.exists() else own)


def _keep(searching: Searching, config: FinetuneConfig, target: Path, number: int) -> Path | None:
    """Take the trial's own run to its end: its best checkpoint becomes its model, and is scored."""
    source = trial_folder(searching.folder, number)
    if not RunFolder(source).record.exists():
        what = f"the best trial, {number}, ran on another machine, and its run is not here"
        remedy = "Go on there with the same command, or give --winner retrained."
        searching.listen("warning", {"update": 0, "what": what, "remedy": remedy})
        return None
    if Record.read(RunFolder(source)).status != "done":
        _finetune(searching, replace(config, run=replace(config.run, output=None, resume=str(source))), number)
    disk.rename(source, target)
    return target


def _retrain(searching: Searching, config: FinetuneConfig, target: Path, number: int) -> Path:
    """Train the winner's settings again with another seed, on the same split of the rows."""
    data = replace(config.data, split_seed=config.data.seed_of_split(config.run.seed))
    resume = str(target) if RunFolder(target).record.exists() else None
    run = replace(config.run, seed=config.run.seed + 1, output=None if resume else str(target), resume=resume)
    _finetune(searching, replace(config, data=data, run=run), number)
    record = Record.read(RunFolder(target))
    record.training["trial"] = number
    record.write(RunFolder(target))
    return target


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
