"""A search with real trainings: test rows are read once, by the winner, whose run is like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import accent
from accent.config import FinetuneConfig, TuneConfig
from accent.config.load import resolve
from accent.recipes import finetune
from accent.records import Record, RunFolder, read_events, read_json
from accent.tuning import TuneOutcome, tune
from tests.unit.tuning.fakes import write_job


def search_of(job: Path, **settings: Any) -> TuneConfig:
    flags = {
        "data": str(job / "rows.csv"),
        "base": str(job / "base"),
        "output": str(job / "out"),
        "allow": ("leaks", "conflicts"),
        "split": (60.0, 20.0, 20.0),
        "offline": True,
        "epochs": 6.0,
        "batch_size": 8,
        "dropout": 0.1,
        "trials": 4,
        "search": "grid",
        "space": ("learning_rate=1e-5,1e-6,3e-3,1e-7",),
    }
    return resolve(TuneConfig, flags=flags | settings, typed=True)


class Done:
    """A search that has ended, and how often its data were read."""

    def __init__(self, folder: Path) -> None:
        self.job = write_job(folder)
        self.reads = 0
        with pytest.MonkeyPatch.context() as patch:
            from accent.recipes import preparing

            load = preparing.load

            def count(*given: Any, **more: Any) -> Any:
                self.reads += 1
                return load(*given, **more)

            patch.setattr(preparing, "load", count)
            self.outcome: TuneOutcome = tune(search_of(self.job))

    @property
    def best(self) -> Path:
        assert self.outcome.best is not None
        return self.outcome.best

    @property
    def trials(self) -> list[RunFolder]:
        """The runs of the trials that did not win."""
        return [RunFolder(path) for path in sorted((self.job / "out" / "trials").iterdir())]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return Done(tmp_path_factory.mktemp("tune"))


def test_the_rows_are_read_and_audited_once(done: Done) -> None:
    assert done.reads == 1
    assert all(trial.audit.is_file() for trial in done.trials)
    assert len({Record.read(trial).data["fingerprint"] for trial in [*done.trials, RunFolder(done.best)]}) == 1


def test_trials_leave_records_and_logs_but_no_scores_of_test_rows(done: Done) -> None:
    assert len(done.trials) == 3
    for trial in done.trials:
        assert Record.read(trial).status in ("trained", "pruned")
        assert read_events(trial.events)[0]["kind"] == "start"
        for there in (trial.scores, trial.predictions, trial.model, trial.checkpoints, trial.report):
            assert not there.exists()


def test_a_trial_that_lags_behind_ends_in_order(done: Done) -> None:
    given_up = [trial for trial in done.trials if Record.read(trial).status == "pruned"]
    assert given_up
    for trial in given_up:
        events = read_events(trial.events)
        assert events[-1]["reason"] == "pruned"
        assert events[-1]["update"] < events[0]["updates"]
        assert Record.read(trial).training["ended"] == "pruned"
        assert not any(event["kind"] == "checkpoint" and event["update"] == events[-1]["update"] for event in events)


def test_the_winner_is_the_best_on_validation_rows(done: Done) -> None:
    winner = done.outcome.summary["winner"]
    assert winner["settings"] == {"learning_rate": 3e-3}
    assert done.outcome.scores["validation"]["f1_macro"]["value"] == pytest.approx(winner["score"])
    assert Record.read(RunFolder(done.best)).status == "done"


def test_the_winners_run_is_what_a_fine_tuning_with_its_settings_gives(done: Done, tmp_path: Path) -> None:
    config = resolve(FinetuneConfig, file=done.best / "config.yaml")
    again = finetune(replace(config, run=replace(config.run, output=str(tmp_path / "again"))))
    assert again.scores == done.outcome.scores
    assert (tmp_path / "again" / "predictions.jsonl").read_bytes() == RunFolder(done.best).predictions.read_bytes()
    losses = [
        [event["loss"] for event in read_events(folder / "events.jsonl") if event["kind"] == "update"]
        for folder in (tmp_path / "again", done.best)
    ]
    assert losses[0] == losses[1]


def test_the_winner_answers(done: Done) -> None:
    answers = list(accent.predict(done.best, ["a lovely soup that we kept", "the film was awful and went back"]))
    assert [answer["label"] for answer in answers] == ["good", "bad"]
    assert (done.best / "report.html").is_file()
    assert read_json(done.job / "out" / "tune.json")["winner"]["folder"] == "best"


def test_a_loser_can_be_taken_to_its_end_by_hand(done: Done, tmp_path: Path) -> None:
    """With its weights kept, a trial is a run that only has not been scored."""
    kept = search_of(done.job, output=str(tmp_path / "out"), keep_runs="all", pruning="none", trials=2, epochs=2.0)
    outcome = tune(kept)
    loser = next(path for path in (tmp_path / "out" / "trials").iterdir())
    scored = accent.finetune(resume=loser)
    assert scored.ended == "done"
    assert scored.scores["test"]["accuracy"]["n"] == outcome.scores["test"]["accuracy"]["n"]
