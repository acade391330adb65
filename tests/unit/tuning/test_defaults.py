"""What is searched where nothing is asked, and where a search begins."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from accent.config import FinetuneConfig
from accent.config.load import resolve
from accent.config.space import Range, grid_of, read_space
from accent.recipes.preparing import Prepared
from accent.tuning.defaults import complete, first_values, recommended_rates, usual_epochs


def rows(count: int) -> Prepared:
    lengths = np.full(count, 10, dtype=np.int64)
    return cast(Prepared, SimpleNamespace(training=SimpleNamespace(row_lengths=lengths)))


def config_of(base: Path, **flags: Any) -> FinetuneConfig:
    return resolve(FinetuneConfig, flags={"data": "x.csv", "base": str(base), "offline": True} | flags, typed=True)


def space_of(config: FinetuneConfig, prepared: Prepared, *specs: str) -> tuple[Any, ...]:
    given = read_space(specs)
    return complete(given, config, prepared, recommended_rates(config, given))


def test_the_usual_settings_are_searched_around_the_recommended_rate(job: Path) -> None:
    config, prepared = config_of(job / "base"), rows(3200)
    space = {one.name: one for one in space_of(config, prepared)}
    assert list(space) == ["learning_rate", "batch_size", "epochs", "warmup_ratio", "weight_decay", "dropout"]
    rate = space["learning_rate"]
    assert isinstance(rate, Range)
    assert (rate.low, rate.high, rate.log) == (pytest.approx(2.5e-5), pytest.approx(4e-4), True)
    assert grid_of(space["batch_size"]) == (16, 32, 64)
    assert grid_of(space["epochs"]) == (2.0, 3.0, 4.0)  # of 3, which is what a run takes of 100 updates an epoch


def test_few_rows_take_more_epochs_and_small_batches(job: Path) -> None:
    space = {one.name: one for one in space_of(config_of(job / "base"), rows(160))}
    assert grid_of(space["batch_size"]) == (16, 32)
    assert grid_of(space["epochs"]) == (15.0, 30.0, 45.0)


def test_what_is_given_is_not_searched(job: Path) -> None:
    flags = {"learning_rate": 1e-3, "epochs": 2.0, "dropout": 0.2, "batch_size": 8, "weight_decay": 0.0}
    assert [one.name for one in space_of(config_of(job / "base", **flags), rows(3200))] == ["warmup_ratio"]


def test_a_space_of_ones_own_takes_the_place_of_the_usual_one(job: Path) -> None:
    assert [one.name for one in space_of(config_of(job / "base"), rows(320), "layer_decay=0.8,1")] == ["layer_decay"]


def test_each_strategy_has_its_own_rates(job: Path) -> None:
    space = {one.name: one for one in space_of(config_of(job / "base"), rows(3200), "strategy=full,lora")}
    full, lora = space["learning_rate/full"], space["learning_rate/lora"]
    assert (full.kinds, lora.kinds) == (("full",), ("lora",))
    assert (full.high, lora.high) == (pytest.approx(4e-4), pytest.approx(8e-3))
    assert space["rank"].kinds == ("lora",)
    assert "learning_rate" not in space


def test_a_search_begins_with_what_a_run_takes_by_itself(job: Path) -> None:
    config, prepared = config_of(job / "base", weight_decay=0.05), rows(3200)
    rates = recommended_rates(config, ())
    space = complete((), config, prepared, rates)
    assert first_values(config, space, prepared, rates) == {
        "learning_rate": pytest.approx(1e-4),
        "batch_size": 32,
        "epochs": 3.0,
        "warmup_ratio": 0.06,
        "dropout": 0.1,
    }


def test_a_value_outside_the_space_is_left_to_the_search(job: Path) -> None:
    config, prepared = config_of(job / "base"), rows(3200)
    space = read_space(["learning_rate=1e-6..1e-5 log", "batch_size=32,64", "strategy=head,full", "rank=2,8"])
    rates = recommended_rates(config, space)
    assert first_values(config, space, prepared, rates) == {"batch_size": 32, "strategy": "full"}


def test_the_length_of_a_usual_trial(job: Path) -> None:
    config = config_of(job / "base")
    assert usual_epochs(config, read_space(["epochs=2,3,7"]), rows(320)) == 3.0
    assert usual_epochs(config, read_space(["learning_rate=1e-5,1e-4"]), rows(3200)) == 3.0
    # 320 rows are 40 updates of 8 rows and 10 of 32: 50 and 100 updates are 1.25, 2.5, 5 and 10 epochs.
    assert usual_epochs(config, read_space(["updates=50,100", "batch_size=8,32"]), rows(320)) == 3.75
