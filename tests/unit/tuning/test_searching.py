"""The search from its first trial to its winner, with a fine-tuning that takes no time."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from accent.config import FinetuneConfig
from accent.errors import ConfigError, DataError, RunError
from accent.tuning import tune
from accent.tuning.outcome import TuneOutcome
from accent.tuning.trials import give_back
from accent.tuning.workers import signs_of_life
from tests.unit.tuning.fakes import FakeFinetune, small_search

LIVING = """
import sys, time
from pathlib import Path
from accent.tuning.workers import Worker
worker = Worker(Path(sys.argv[1]))
print(worker.name, flush=True)
time.sleep(60)
"""


def states(outcome: TuneOutcome) -> list[str]:
    return [one["state"] for one in outcome.summary["trials"]]


def study_of(folder: Path) -> optuna.Study:
    (name,) = optuna.get_all_study_names(f"sqlite:///{folder / 'study.db'}")
    return optuna.load_study(study_name=name, storage=f"sqlite:///{folder / 'study.db'}")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start another process that takes part in the search in tmp_path / "out"."""
    (tmp_path / "out").mkdir()
    words = [sys.executable, "-c", LIVING, str(tmp_path / "out")]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def test_a_search_finds_the_best_rate_and_scores_it_once(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    outcome = tune(small_search(job, tmp_path / "out", storage=None, trials=15))
    assert outcome.ended == "done"
    assert len(outcome.summary["trials"]) == len(fake.trials) == 15
    winner = outcome.summary["winner"]
    assert 2e-4 < winner["settings"]["learning_rate"] < 5e-3
    assert winner["score"] == max(one["score"] for one in outcome.summary["trials"] if one["state"] == "complete")
    assert outcome.best == tmp_path / "out" / "best"
    assert [config.run.resume for config in fake.winners] == [
        str(tmp_path / "out" / "trials" / f"{winner['trial']:04d}")
    ]
    assert outcome.scores["main"] == "f1_macro"
    assert json.loads((tmp_path / "out" / "tune.json").read_text()) == outcome.summary
    assert fake.pages == [tmp_path / "out"]


def test_the_first_trial_has_the_settings_of_a_run_without_a_search(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    tune(small_search(job, tmp_path / "out", trials=1))
    assert fake.trials[0].training.learning_rate == 1e-4  # recommended for a small BERT


def test_losers_are_given_up_at_the_rungs(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    rates = "learning_rate=1e-3,1e-5,2e-5,3e-5,4e-5,5e-5"
    config = small_search(job, tmp_path / "out", trials=6, search="grid", space=(rates,))
    outcome = tune(config)
    best = next(one for one in outcome.summary["trials"] if one["settings"]["learning_rate"] == 1e-3)
    assert (best["state"], best["epochs"]) == ("complete", 9.0)
    after = [one for one in outcome.summary["trials"] if one["number"] > best["number"]]
    assert all((one["state"], one["epochs"]) == ("pruned", 1.0) for one in after)
    assert {len(one["evaluations"]) for one in outcome.summary["trials"] if one["state"] == "complete"} == {9}
    without = tune(small_search(job, tmp_path / "all", trials=6, search="grid", space=(rates,), pruning="none"))
    assert set(states(without)) == {"complete"}
    tokens = (outcome.summary["totals"]["tokens"], without.summary["totals"]["tokens"])
    assert tokens[1] == 6 * 10 * 81
    assert tokens[0] < 0.7 * tokens[1]


def test_equal_scores_are_told_apart_by_the_loss(
    job: Path, tmp_path: Path, fake: FakeFinetune, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All trials answer one class at first: without the loss each would be the best, and none would be given up."""
    train = FakeFinetune._train

    def train_with_loss(self: FakeFinetune, config: FinetuneConfig, known: Any, listen: Any, trial: Any) -> Any:
        def listening(kind: str, fields: Any) -> None:
            if kind == "evaluation":
                fields = {**fields, "scores": {"f1_macro": 0.5, "loss": 1e3 * float(config.training.learning_rate)}}
            listen(kind, fields)

        return train(self, config, known, listening, trial)

    monkeypatch.setattr(FakeFinetune, "_train", train_with_loss)
    rates = "learning_rate=1e-5,1e-4,1e-3,1e-2,1e-1,3e-1"
    outcome = tune(small_search(job, tmp_path / "out", trials=6, search="grid", space=(rates,)))
    complete = [one["settings"]["learning_rate"] for one in outcome.summary["trials"] if one["state"] == "complete"]
    assert 1e-5 in complete
    assert len(complete) < 6
    assert {one["score"] for one in outcome.summary["trials"]} == {0.5}


def test_a_trial_that_others_took_for_dead_is_lost_and_the_search_goes_on(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    def take(kind: str, fields: Mapping[str, Any]) -> None:
        if kind == "trial" and fields["number"] == 1:
            give_back(study_of(tmp_path / "out"), 1)

    outcome = tune(small_search(job, tmp_path / "out", storage=None, trials=3, pruning="none"), listen=take)
    assert states(outcome) == ["complete", "lost", "complete", "complete"]
    tried = [one["settings"] for one in outcome.summary["trials"]]
    assert tried[1] == tried[2]


def test_a_sign_of_life_that_fails_is_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accent.tuning.workers.EVERY", 0.001)
    again, said = threading.Event(), []

    def say(now: float) -> None:
        said.append(now)
        if len(said) == 2:
            raise OSError("the storage is away")
        if len(said) == 3:
            again.set()

    with signs_of_life(say):
        assert again.wait(10)


def test_a_search_goes_on_where_it_ended(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    first = tune(small_search(job, tmp_path / "out", trials=4))
    again = tune(small_search(job, tmp_path / "out", trials=4))
    assert len(fake.trials) == 4
    assert len(fake.winners) == 1
    assert again.summary["trials"] == first.summary["trials"]
    tune(small_search(job, tmp_path / "out", trials=6))
    assert len(fake.trials) == 6


def test_the_same_seed_tries_the_same(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    whole = tune(small_search(job, tmp_path / "one", trials=8))
    tune(small_search(job, tmp_path / "two", trials=3))
    parts = tune(small_search(job, tmp_path / "two", trials=8))
    other = tune(small_search(job, tmp_path / "three", trials=8, seed=7))
    tried = [[one["settings"] for one in found.summary["trials"]] for found in (whole, parts, other)]
    assert tried[0] == tried[1] != tried[2]


def test_an_interrupt_gives_the_values_back(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    fake.stop[2] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        tune(small_search(job, tmp_path / "out", trials=4))
    fake.stop.clear()
    outcome = tune(small_search(job, tmp_path / "out", trials=4))
    assert states(outcome).count("lost") == 1
    tried = [one["settings"] for one in outcome.summary["trials"]]
    assert tried[2] == tried[3]
    assert len([one for one in states(outcome) if one in ("complete", "pruned")]) == 4


def test_a_trial_of_a_dead_process_is_tried_again(
    job: Path, tmp_path: Path, fake: FakeFinetune, other: subprocess.Popen[str]
) -> None:
    assert other.stdout is not None
    worker = other.stdout.readline().strip()
    (tmp_path / "out" / "workers").rename(tmp_path / "workers")
    (tmp_path / "out").rmdir()
    tune(small_search(job, tmp_path / "out", storage=None, trials=2))
    (tmp_path / "workers" / Path(worker).name).rename(tmp_path / "out" / "workers" / Path(worker).name)
    study = study_of(tmp_path / "out")
    trial = study.ask({"learning_rate": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True)})
    trial.set_user_attr("worker", worker)
    trial.set_user_attr("alive", time.time())
    waiting = tune(small_search(job, tmp_path / "out", storage=None, trials=3))
    assert waiting.ended == "shared"
    assert len(fake.trials) == 2
    other.kill()
    other.wait()
    outcome = tune(small_search(job, tmp_path / "out", storage=None, trials=3))
    assert outcome.ended == "done"
    assert states(outcome).count("lost") == 1
    assert fake.trials[-1].training.learning_rate == pytest.approx(trial.params["learning_rate"], rel=1e-3)
    assert study_of(tmp_path / "out").trials[2].state is TrialState.FAIL


def test_what_the_user_can_mend_is_the_trials_own_failure(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    fake.stop[1] = DataError("too long", remedy="Cut it.")
    outcome = tune(small_search(job, tmp_path / "out", trials=4))
    assert states(outcome).count("failed") == 1
    assert outcome.summary["trials"][1]["error"] == "too long"
    assert len(fake.trials) == 4


def test_a_search_in_which_all_fails_stops(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    fake.stop.update({number: DataError("too long", remedy="Cut it.") for number in range(9)})
    with pytest.raises(RunError, match="the first 3 trials have all failed: too long"):
        tune(small_search(job, tmp_path / "out"))


def test_a_bug_is_not_a_failed_trial(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    fake.stop[1] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        tune(small_search(job, tmp_path / "out", storage=None))
    assert study_of(tmp_path / "out").trials[2].state is TrialState.WAITING


def test_no_trial_starts_after_the_time(
    job: Path, tmp_path: Path, fake: FakeFinetune, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([0.0, 10.0, 40.0, 61.0])
    monkeypatch.setattr("accent.tuning.searching.time", type("Clock", (), {"monotonic": lambda: next(moments)}))
    monkeypatch.setattr("accent.tuning.searching._reclaim", lambda searching: 0)
    outcome = tune(small_search(job, tmp_path / "out", timeout="1m"))
    assert len(fake.trials) == 2
    assert outcome.ended == "done"


def test_a_grid_is_tried_whole_and_told_when_it_is_cut(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    space = ("learning_rate=1e-4,1e-3", "dropout=0.0,0.1,0.2")
    outcome = tune(small_search(job, tmp_path / "out", trials=20, search="grid", space=space))
    tried = {(one["settings"]["learning_rate"], one["settings"]["dropout"]) for one in outcome.summary["trials"]}
    assert len(outcome.summary["trials"]) == len(tried) == 6
    told: list[str] = []
    tune(
        small_search(job, tmp_path / "cut", trials=4, search="grid", space=space),
        listen=lambda kind, fields: told.append(fields["what"]) if kind == "warning" else None,
    )
    assert told == ["the grid has 6 points, and 4 of them are tried"]


def test_strategies_bring_their_own_settings(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    space = ("strategy=full,lora", "rank=2,4", "learning_rate=1e-4..1e-2 log")
    outcome = tune(small_search(job, tmp_path / "out", trials=8, space=space, search="random"))
    for one, config in zip(outcome.summary["trials"], fake.trials, strict=True):
        assert ("rank" in one["settings"]) == (one["settings"]["strategy"] == "lora")
        assert config.strategy.kind == one["settings"]["strategy"]
        assert getattr(config.strategy, "rank", None) == one["settings"].get("rank")
    assert {config.strategy.kind for config in fake.trials} == {"full", "lora"}


def test_without_optuna_the_extra_is_named(job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accent.tuning.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        tune(small_search(job, tmp_path / "out"))
    assert "pip install 'accent[tune]'" in caught.value.remedy
