"""The search from its first trial to its winner, with a fine-tuning that takes no time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from accent.config import FinetuneConfig
from accent.errors import ConfigError, DataError, Problems, RunError
from accent.tuning import tune
from accent.tuning.outcome import TuneOutcome
from tests.unit.tuning.fakes import WEIGHTS, FakeFinetune, near_a_thousandth, small_search

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


def weights(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.rglob("checkpoints"))


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
    assert {len(one["steps"]) for one in outcome.summary["trials"] if one["state"] == "complete"} == {9}
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


def test_only_the_best_keeps_its_weights(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    seen: list[list[str]] = []
    tune(
        small_search(job, tmp_path / "out"),
        listen=lambda kind, _: seen.append(weights(tmp_path / "out")) if kind == "trial" else None,
    )
    assert max(map(len, seen)) == 1
    assert weights(tmp_path / "out") == ["best"]
    assert len(list((tmp_path / "out" / "trials").glob("*/record.json"))) == 7


def test_all_keep_their_weights_within_the_limit(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    tune(small_search(job, tmp_path / "all", trials=5, keep_runs="all", pruning="none"))
    assert len(weights(tmp_path / "all")) == 5
    room = small_search(
        job, tmp_path / "some", trials=5, keep_runs="all", pruning="none", disk_limit=f"{3.5 * WEIGHTS / 1000}KB"
    )
    outcome = tune(room)
    ranked = sorted(outcome.summary["trials"], key=lambda one: -one["score"])
    assert weights(tmp_path / "some") == sorted(["best", *(f"{one['number']:04d}" for one in ranked[1:3])])


def test_no_run_is_kept_and_none_is_scored(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    outcome = tune(small_search(job, tmp_path / "out", keep_runs="none"))
    assert outcome.best is None
    assert outcome.scores == {}
    assert fake.winners == []
    assert weights(tmp_path / "out") == []
    assert outcome.summary["winner"]["settings"]


def test_the_winner_may_be_trained_again_with_another_seed_on_the_same_split(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    outcome = tune(small_search(job, tmp_path / "out", winner="retrained"))
    (config,) = fake.winners
    assert (config.run.seed, config.data.split_seed, config.run.resume) == (43, 42, None)
    assert config.training.learning_rate == outcome.summary["winner"]["settings"]["learning_rate"]
    assert outcome.best == tmp_path / "out" / "best"


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


def test_a_better_trial_later_takes_the_winners_place_and_is_counted(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    fake.score = lambda config, epoch: 0.1
    first = tune(small_search(job, tmp_path / "out", trials=2, pruning="none"))
    old = first.summary["winner"]["trial"]
    fake.score = near_a_thousandth
    outcome = tune(small_search(job, tmp_path / "out", trials=4, pruning="none"))
    new = outcome.summary["winner"]["trial"]
    assert new != old
    assert outcome.summary["scored"] == [old, new]
    assert (tmp_path / "out" / "trials" / f"{old:04d}" / "record.json").is_file()
    assert not (tmp_path / "out" / "trials" / f"{new:04d}").exists()


def test_other_settings_are_refused_in_the_same_folder(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    tune(small_search(job, tmp_path / "out", trials=1))
    with pytest.raises(RunError, match="with other settings: training"):
        tune(small_search(job, tmp_path / "out", trials=1, epochs=2.0))


def test_other_rows_are_refused_in_the_same_folder(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_bytes((job / "rows.csv").read_bytes())
    tune(small_search(job, tmp_path / "out", storage=None, trials=1, data=str(rows)))
    rows.write_text(rows.read_text().replace("soup", "stew"))
    with pytest.raises(RunError, match="the data or the base has changed"):
        tune(small_search(job, tmp_path / "out", storage=None, trials=2, data=str(rows)))


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


def test_a_space_that_does_not_fit_is_named_before_anything_is_read(
    job: Path, tmp_path: Path, fake: FakeFinetune
) -> None:
    config = small_search(job, tmp_path / "out", space=("batch_size=0,8", "rank=2,4"), data="nothing.csv")
    with pytest.raises(Problems) as caught:
        tune(config)
    assert [error.where for error in caught.value.errors] == ["--space batch_size", "--space"]
    assert not (tmp_path / "out").exists()


def test_without_validation_rows_there_is_nothing_to_judge_by(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    with pytest.raises(ConfigError, match="needs validation rows"):
        tune(small_search(job, tmp_path / "out", split=(90.0, 0.0, 10.0)))


def test_without_optuna_the_extra_is_named(job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accent.tuning.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        tune(small_search(job, tmp_path / "out"))
    assert "pip install 'accent[tune]'" in caught.value.remedy
