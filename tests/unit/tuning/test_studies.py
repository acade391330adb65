"""How values are chosen, and which trials are given up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from accent.config import SearchConfig
from accent.config.space import read_space
from accent.errors import ConfigError
from accent.tuning.studies import grid_points, make_sampler, open_study, suggest

SPACE = read_space(["learning_rate=1e-5..1e-1 log", "batch_size=8,16,32", "updates=5..50 step 5"])


def study_in(folder: Path, **settings: Any) -> optuna.Study:
    return open_study(SearchConfig(**settings), folder, name="s", lower_is_better=False)


def ask(study: optuna.Study, *, seed: int, trial: int, worker: int = 0) -> dict[str, Any]:
    study.sampler = make_sampler(SearchConfig(), SPACE, seed=seed, trial=trial, worker=worker)
    asked = study.ask()
    values = suggest(asked, SPACE, strategy="full", base="b")
    study.tell(asked, float(values["updates"] or 0))
    return values


def test_every_combination_stands_in_the_grid_once() -> None:
    space = read_space(["strategy=full,lora,head", "rank=2,4", "dropout=0..0.3"])
    points = grid_points(space, strategy="full", base="b", seed=1)
    assert len(points) == 4 + 2 * 4 + 4
    assert len({tuple(sorted(point.items())) for point in points}) == len(points)
    assert all(("rank" in point) == (point["strategy"] == "lora") for point in points)
    assert points == grid_points(space, strategy="full", base="b", seed=1)
    assert points != grid_points(space, strategy="full", base="b", seed=2)


def test_values_are_a_function_of_seed_and_history(tmp_path: Path) -> None:
    studies = [study_in(tmp_path, storage=f"{tmp_path}/{name}.journal") for name in "abc"]
    tried = [
        [ask(study, seed=seed, trial=trial) for trial in range(8)]
        for study, seed in zip(studies, (1, 1, 2), strict=True)
    ]
    assert tried[0] == tried[1] != tried[2]
    beside = study_in(tmp_path, storage=f"{tmp_path}/d.journal")
    assert ask(beside, seed=1, trial=0, worker=1) != tried[0][0]


def test_values_stay_within_the_space(tmp_path: Path) -> None:
    study = study_in(tmp_path, storage=f"{tmp_path}/s.journal")
    for trial in range(12):
        values = ask(study, seed=3, trial=trial)
        assert 1e-5 <= float(values["learning_rate"] or 0) <= 1e-1
        assert values["batch_size"] in (8, 16, 32)
        assert values["updates"] in range(5, 51, 5)


def test_bayesian_search_learns_what_random_search_does_not(tmp_path: Path) -> None:
    def best(kind: Any, seed: int) -> float:
        search = SearchConfig(kind=kind, trials=30, storage=f"{tmp_path}/{kind}{seed}.journal")
        study = open_study(search, tmp_path, name="s", lower_is_better=True)
        space = read_space(["learning_rate=1e-6..1 log", "dropout=0..0.9"])
        for trial in range(30):
            study.sampler = make_sampler(search, space, seed=seed, trial=trial, worker=0)
            asked = study.ask()
            values = suggest(asked, space, strategy="full", base="b")
            study.tell(
                asked, abs(float(values["learning_rate"] or 0) - 1e-3) + abs(float(values["dropout"] or 0) - 0.2)
            )
        return study.best_value

    bayesian, random = (sum(best(kind, seed) for seed in range(4)) for kind in ("bayesian", "random"))
    assert bayesian < 0.7 * random


def test_of_three_trials_one_goes_on_at_each_rung(tmp_path: Path) -> None:
    """Rungs at steps 1, 3 and 9. Worked by hand: among n scores the best n // 3 pass, or the best alone below three."""
    study = study_in(tmp_path, storage=f"{tmp_path}/s.journal")
    ended = []
    for score in (0.5, 0.6, 0.4, 0.55, 0.7, 0.65):
        trial = study.ask()
        step = 0
        for step in range(1, 10):
            trial.report(score, step)
            if trial.should_prune():
                break
        study.tell(
            trial, state=TrialState.PRUNED if step < 9 else TrialState.COMPLETE, values=None if step < 9 else score
        )
        ended.append(step)
    # 0.65 is second of six at step 1, so it passes; among 0.5, 0.6, 0.7 and itself at step 3 only the best does.
    assert ended == [9, 9, 1, 1, 9, 3]


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    for storage in (None, f"{tmp_path}/other.db", f"{tmp_path}/s.journal"):
        one, other = (study_in(tmp_path, storage=storage) for _ in range(2))
        one.enqueue_trial({"x": 1.0})
        assert other.ask().suggest_float("x", 0.0, 2.0) == 1.0
        assert one.trials[0].state is TrialState.RUNNING
    assert {path.name for path in tmp_path.iterdir()} >= {"study.db", "other.db", "s.journal"}


def test_a_storage_that_cannot_be_opened_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the storage cannot be opened"):
        study_in(tmp_path, storage=f"{tmp_path}/no/folder/s.db")
    with pytest.raises(ConfigError) as caught:
        study_in(tmp_path, storage="nosuch://me:secret@host/name")
    assert "secret" not in str(caught.value)


def test_a_network_disk_is_one_whose_whole_name_stands_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [("/", "ext4"), (str(tmp_path / "net"), "nfs4")]
    parts = [SimpleNamespace(mountpoint=place, fstype=kind) for place, kind in mounts]
    monkeypatch.setattr("accent.tuning.studies.psutil.disk_partitions", lambda **_: parts)
    for name in ("net", "network"):
        (tmp_path / name / "search").mkdir(parents=True)
        study_in(tmp_path / name / "search")
    assert (tmp_path / "net" / "search" / "study.journal").exists()
    assert (tmp_path / "network" / "search" / "study.db").exists()
