"""One trial: values chosen, a fine-tuning judged on validation rows only, and what the study is told of it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from accent.config import FinetuneConfig, SearchConfig
from accent.config.space import Dimension
from accent.errors import Problems, UserError
from accent.recipes import Listen, finetune
from accent.recipes.pacing import asked_cadence
from accent.recipes.starting import Trial
from accent.records import Record, RunFolder
from accent.tuning.settings import configured
from accent.tuning.sharing import Shared, plan_of
from accent.tuning.studies import suggest
from accent.tuning.workers import SIGN, WORKER, Worker, signs_of_life

__all__ = ["AGAIN", "ERROR", "FACTS", "LOST", "Searching", "give_back", "run_trial", "trial_config", "trial_folder"]

LOST, AGAIN, ERROR, FACTS = "lost", "again", "error", "facts"
"""Attributes of a trial: it counts for nothing, as its process ended or it was one too many; the trial that it tries
again; what went wrong; what its run was."""
TIE = 1e-6
"""What a loss of zero adds to a score."""


@dataclass(frozen=True, kw_only=True)
class Searching:
    """What stays the same from the first trial to the last."""

    folder: Path
    """The search's folder."""
    config: FinetuneConfig
    """What every trial has, with a precision."""
    search: SearchConfig
    space: tuple[Dimension, ...]
    metric: str
    """The validation score that is sought."""
    lower_is_better: bool
    rung: float
    """Epochs to the first rung: evaluations stand so far apart."""
    study: optuna.Study
    worker: Worker
    shared: Shared
    listen: Listen


def run_trial(searching: Searching, trial: optuna.Trial) -> bool:
    """Run one trial to its end, and tell the study; return whether the user has interrupted it.

    What the user could mend is the trial's own failure. Any other error, and an interrupt, gives its values back to be
    tried again, and is raised or returned. Where another process has taken this one for dead, it has done so already.
    """
    try:
        return _run_and_tell(searching, trial)
    except UpdateFinishedTrialError:
        return False


def _run_and_tell(searching: Searching, trial: optuna.Trial) -> bool:
    trial.set_user_attr(WORKER, searching.worker.name)
    try:
        with signs_of_life(lambda now: trial.set_user_attr(SIGN, now)):
            outcome = _Trial(searching, trial).run()
    except UserError as error:
        trial.set_user_attr(ERROR, _words(error))
        searching.study.tell(trial, state=TrialState.FAIL)
        return False
    except BaseException:
        give_back(searching.study, trial.number)
        raise
    if outcome == "interrupted":
        give_back(searching.study, trial.number)
    return outcome == "interrupted"


def give_back(study: optuna.Study, number: int) -> None:
    """Let the values of a trial that came to nothing be tried again; another process may do it first."""
    trial = study.trials[number]
    try:
        study._storage.set_trial_user_attr(trial._trial_id, LOST, True)
        study.tell(number, state=TrialState.FAIL)
    except (ValueError, UpdateFinishedTrialError):
        return
    if trial.params:
        study.enqueue_trial(trial.params, user_attrs={AGAIN: number})


def trial_config(searching: Searching, trial: optuna.trial.FrozenTrial | optuna.Trial) -> FinetuneConfig:
    """Return the whole configuration of a trial whose values are chosen."""
    config = configured(searching.config, searching.space, trial.params)
    prepared = searching.shared.of(config)
    training = config.training
    plan = plan_of(config, prepared)
    cadence = asked_cadence(training, plan)
    every = training.evaluate_every or max(1, round(searching.rung * plan.updates_per_epoch))
    training = replace(training, evaluate_every=every, save_every=training.save_every or cadence.updates)
    folder = trial_folder(searching.folder, trial.number)
    return replace(config, training=training, run=replace(config.run, output=str(folder), resume=None))


def trial_folder(folder: Path, number: int) -> Path:
    """Return where the run of a trial lives while the search goes on."""
    return folder / "trials" / f"{number:04d}"


def _words(error: UserError) -> str:
    """Return what went wrong on one line."""
    found = error.errors if isinstance(error, Problems) else (error,)
    return "; ".join(" ".join(one.what.split()) for one in found)


@dataclass
class _Trial:
    """A fine-tuning while it is a trial: it hears the evaluations, and says when to stop."""

    searching: Searching
    trial: optuna.Trial
    best: float = math.nan
    loss: float = math.inf
    """The lowest validation loss so far."""
    pruned: bool = False
    updates: int = 0
    rung: int = 0
    """The latest place on the ladder of rungs that was reported."""
    evaluations: list[list[float]] = field(default_factory=list)
    """Epochs and the best score until then."""

    def run(self) -> str:
        """Choose values, train, and tell the study; return how the run ended."""
        searching, trial = self.searching, self.trial
        own = searching.config
        suggest(trial, searching.space, strategy=own.strategy.kind, base=own.model.base)
        config = trial_config(searching, trial)
        searching.listen("trial", {"number": trial.number, "settings": dict(trial.params)})
        started = time.perf_counter()
        outcome = finetune(
            config,
            listen=self.hear,
            known=searching.shared.of(config),
            trial=Trial(number=trial.number, pruned=lambda: self.pruned),
        )
        seconds = time.perf_counter() - started
        trial.set_user_attr(FACTS, self._facts(outcome.folder, outcome.ended, seconds))
        self._tell(outcome.ended)
        return outcome.ended

    def hear(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Take note of an evaluation; pass on what shows how far the trial is."""
        if kind == "start":
            self.updates = int(fields["updates"])
        if kind == "update":
            told = {"number": self.trial.number, "update": fields["update"], "updates": self.updates}
            self.searching.listen("trial update", told)
        if kind == "evaluation":
            self._judge(fields)

    def _judge(self, fields: Mapping[str, Any]) -> None:
        """Report the best score so far, which only rises, and ask whether the trial is to go on."""
        score = float(fields["scores"].get(self.searching.metric, math.nan))
        better = score < self.best if self.searching.lower_is_better else score > self.best
        if better or math.isnan(self.best):
            self.best = score
        epoch = float(fields["epoch"])
        self.evaluations.append([epoch, self.best])
        self.loss = min(self.loss, float(fields["scores"].get("loss", math.inf)))
        rung = max(1, round(epoch / self.searching.rung))
        if math.isnan(self.best) or rung == self.rung:
            return
        self.rung = rung
        self.trial.report(self._told_apart(), rung)
        self.pruned = int(fields["update"]) < self.updates and self.trial.should_prune()

    def _told_apart(self) -> float:
        """Return the best score with so little added that it only orders equal scores, by the lower loss.

        Without it all trials that still answer one class would go on, as the best of their kind.
        """
        extra = TIE / (1.0 + max(0.0, self.loss))
        return self.best - extra if self.searching.lower_is_better else self.best + extra

    def _tell(self, ended: str) -> None:
        study = self.searching.study
        if ended == "pruned":
            study.tell(self.trial, state=TrialState.PRUNED)
        elif ended == "not finite" or (ended != "interrupted" and math.isnan(self.best)):
            what = "losses were not finite" if ended == "not finite" else f"{self.searching.metric} was never defined"
            self.trial.set_user_attr(ERROR, what)
            study.tell(self.trial, state=TrialState.FAIL)
        elif ended != "interrupted":
            study.tell(self.trial, self.best)

    def _facts(self, folder: Path, ended: str, seconds: float) -> dict[str, Any]:
        training = Record.read(RunFolder(folder)).training
        known = ("updates", "tokens", "rows", "trainable", "learning_rate", "peak_memory")
        facts = {name: training[name] for name in known if name in training}
        seen = {"planned": self.updates, "evaluations": self.evaluations}
        return {**facts, "ended": ended, "seconds": round(seconds, 3), **seen}
