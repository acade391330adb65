"""A trial's settings: what is named changes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accent.config import FinetuneConfig, LoraConfig
from accent.config.load import resolve
from accent.config.show import to_dict
from accent.config.space import read_space
from accent.errors import Problems
from accent.tuning.settings import check_space, configured


def config_of(**flags: Any) -> FinetuneConfig:
    return resolve(FinetuneConfig, flags={"data": "x.csv", "base": "some/base"} | flags, typed=True)


def test_only_what_is_named_changes() -> None:
    config = config_of(epochs=2.0, clean=("html",), schedule="cosine", max_grad_norm=None, split=(70.0, 20.0, 10.0))
    space = read_space(["batch_size=8,16", "warmup_ratio=0..0.2", "learning_rate=1e-5..1e-3 log"])
    changed = configured(config, space, {"batch_size": 16, "warmup_ratio": 0.123456, "learning_rate": 3.14159265e-4})
    schedule = replace(config.training.schedule, warmup_ratio=0.1235)
    expected = replace(config.training, batch_size=16, learning_rate=3.142e-4, schedule=schedule)
    assert changed == replace(config, training=expected)


def test_nothing_changes_without_values() -> None:
    config = config_of(strategy="lora", rank=4, task="multilabel", threshold="tuned", metric="f1_macro", seed=9)
    assert configured(config, (), {}) == config


def test_another_strategy_leaves_the_old_ones_settings_behind() -> None:
    config = config_of(strategy="lora", rank=4, alpha=32.0)
    space = read_space(["strategy=lora,full", "rank=2,8"])
    assert to_dict(configured(config, space, {"strategy": "full"}))["strategy"] == {"kind": "full"}
    assert configured(config, space, {"strategy": "lora", "rank": 8}).strategy == LoraConfig(rank=8, alpha=32.0)


def test_a_list_is_tried_one_word_at_a_time() -> None:
    config = config_of(strategy="lora")
    space = read_space(["targets=attention,all-linear"])
    changed = configured(config, space, {"targets": "all-linear"}).strategy
    assert changed == LoraConfig(targets=("all-linear",))


def test_bounds_are_checked_by_the_configuration() -> None:
    with pytest.raises(Problems) as caught:
        check_space(config_of(), read_space(["dropout=0..1.5", "batch_size=8,16", "warmup_ratio=0,0.1,1"]))
    assert [error.where for error in caught.value.errors] == ["--space dropout", "--space warmup_ratio"]


def test_a_setting_that_no_trial_has_is_named() -> None:
    with pytest.raises(Problems, match="rank has no effect with strategy full, head"):
        check_space(config_of(), read_space(["rank=2,4", "strategy=full,head"]))
    check_space(config_of(), read_space(["rank=2,4", "strategy=full,lora"]))
    check_space(config_of(strategy="lora"), read_space(["rank=2,4"]))


def test_what_excludes_another_setting_is_named() -> None:
    with pytest.raises(Problems, match="epochs has no effect: updates is given"):
        check_space(config_of(epochs=2.0), read_space(["updates=10,20"]))
