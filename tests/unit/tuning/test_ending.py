"""What a search keeps, and how its winner is scored; with a fine-tuning that takes no time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from accent.records import read_json
from accent.tuning import tune
from tests.unit.tuning.fakes import WEIGHTS, FakeFinetune, near_a_thousandth, small_search


def weights(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.rglob("checkpoints"))


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


def test_an_interrupted_retraining_goes_on(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    config, out = small_search(job, tmp_path / "out", trials=3, winner="retrained"), tmp_path / "out"
    fake.interrupt = True
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune(config)
    fake.interrupt = False
    outcome = tune(config)
    number = outcome.summary["winner"]["trial"]
    place = str(out / "trials" / f"{number:04d}-retrained")
    assert [(one.run.output, one.run.resume) for one in fake.winners] == [(place, None), (None, place), (None, place)]
    assert outcome.best == out / "best"
    assert read_json(out / "best" / "record.json")["training"]["trial"] == number
    assert sorted(one.name for one in (out / "trials").iterdir()) == ["0000", "0001", "0002"]
    assert weights(out) == []  # the trial's own are of no use any more
    assert tune(config).best == outcome.best
    assert len(fake.winners) == 3


def test_a_retraining_killed_before_its_record_begins_anew(job: Path, tmp_path: Path, fake: FakeFinetune) -> None:
    config = small_search(job, tmp_path / "out", trials=1, winner="retrained")
    place = tmp_path / "out" / "trials" / "0000-retrained"

    def leave_a_file(kind: str, fields: Mapping[str, Any]) -> None:
        if kind == "trial end":
            place.mkdir()
            (place / "config.yaml").touch()

    assert tune(config, listen=leave_a_file).best == tmp_path / "out" / "best"
    assert not (tmp_path / "out" / "best" / "config.yaml").exists()


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
