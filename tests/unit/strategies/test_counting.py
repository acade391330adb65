"""What moves, by formula: worked by hand, and against what strategies return for every family."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.config import (
    AdapterConfig,
    FullConfig,
    GradualConfig,
    HeadConfig,
    LoraConfig,
    PartialConfig,
    PrefixConfig,
    StrategyConfig,
)
from accent.modeling import Anatomy, find_base, load_model
from accent.strategies import expected_parameters, make_strategy
from tests.checkpoints import FAMILIES, make_checkpoint

CONFIGS: tuple[StrategyConfig, ...] = (
    FullConfig(),
    HeadConfig(),
    PartialConfig(),
    PartialConfig(frozen_layers=0),
    GradualConfig(),
    LoraConfig(),
    LoraConfig(rank=3, targets=("all-linear",)),
    AdapterConfig(),
    AdapterConfig(placement="houlsby", reduction=4),
    PrefixConfig(prefix_length=5),
)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bases")
    for family in FAMILIES:
        make_checkpoint(folder / family, family)
    return folder


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_formula_is_the_fact(family: str, config: StrategyConfig, bases: Path) -> None:
    model = load_model(find_base(str(bases / family)), "sequence", ["no", "yes", "so"], seed=1).model
    anatomy = Anatomy.of(model, "sequence")
    expected = expected_parameters(config, model, anatomy)
    moving = make_strategy(config).prepare(model, anatomy, seed=1)
    assert expected == sum(moved.parameter.numel() for moved in moving)


def test_by_hand(bases: Path) -> None:
    """A BERT 32 wide with 2 layers, 64 inside the feed-forward part, 2 heads of 16, and 3 classes."""
    model = load_model(find_base(str(bases / "bert")), "sequence", ["no", "yes", "so"], seed=1).model
    anatomy = Anatomy.of(model, "sequence")
    head = 32 * 32 + 32 + 32 * 3 + 3  # the pooler and the classifier
    layer = 4 * (32 * 32 + 32) + (32 * 64 + 64) + (64 * 32 + 32) + 2 * 2 * 32
    by_hand = {
        HeadConfig(): head,
        PartialConfig(): head + layer,
        LoraConfig(): head + 2 * 2 * 8 * (32 + 32),  # queries and values of two layers
        LoraConfig(rank=2, targets=("all-linear",)): head + 2 * 2 * (4 * 64 + 2 * (32 + 64)),
        AdapterConfig(): head + 2 * (2 * 32 * 4 + 32 + 4),
        PrefixConfig(prefix_length=5): head + 2 * (2 * 5 * 32),
    }
    for config, expected in by_hand.items():
        assert expected_parameters(config, model, anatomy) == expected, config
