"""Rates of parts, worked by hand, and what is recommended."""

from __future__ import annotations

from typing import get_args

import pytest

from accent.config import TrainingConfig
from accent.config.strategies import StrategyName
from accent.errors import ConfigError
from accent.modeling import FAMILIES, Anatomy
from accent.strategies import Full, RatedParameter, rated, recommended_rate
from tests.unit.training.tiny import tiny_model

PARTS = {
    "bert.embeddings.word_embeddings.weight": 0,
    "bert.encoder.layer.0.output.dense.weight": 1,
    "bert.encoder.layer.1.attention.self.key.bias": 2,
    "bert.pooler.dense.weight": 3,
    "classifier.weight": 3,
}
"""A weight of each part of a BERT of two layers, with its depth."""


def shares(config: TrainingConfig) -> list[float]:
    model = tiny_model()
    anatomy = Anatomy.of(model, "sequence")
    found = {moved.name: moved.rate for moved in rated(Full().prepare(model, anatomy, seed=1), anatomy, config)}
    return [found[name] for name in PARTS]


def test_without_rates_of_parts_all_move_alike() -> None:
    assert shares(TrainingConfig(learning_rate=2e-5)) == [1.0] * 5


def test_each_layer_down_takes_one_more_factor() -> None:
    assert shares(TrainingConfig(learning_rate=2e-5, layer_decay=0.5)) == [0.125, 0.25, 0.5, 1.0, 1.0]


def test_head_and_embeddings_have_rates_of_their_own_whatever_the_decay() -> None:
    config = TrainingConfig(learning_rate=2e-5, layer_decay=0.5, head_learning_rate=1e-3, embeddings_learning_rate=1e-5)
    assert shares(config) == pytest.approx([0.5, 0.25, 0.5, 1.0, 50.0])


def test_a_strategys_own_share_is_kept() -> None:
    model = tiny_model()
    moving = [RatedParameter("bert.encoder.layer.1.x", model.classifier.weight, rate=4.0, stage=2)]
    (found,) = rated(moving, Anatomy.of(model, "sequence"), TrainingConfig(learning_rate=1e-3, layer_decay=0.5))
    assert (found.rate, found.stage, found.parameter is model.classifier.weight) == (2.0, 2, True)


@pytest.mark.parametrize("strategy", get_args(StrategyName))
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_there_is_a_sane_rate_with_its_source_for_everything(strategy: str, family: str) -> None:
    """Small models never take less than large ones; what is mostly new takes more than what is not."""
    small, base, large = (recommended_rate(strategy, family, width=width) for width in (384, 768, 1024))
    assert 1e-2 >= small.rate >= base.rate >= large.rate >= 1e-5
    assert all(strategy in found.reason and len(found.reason.split("(")[1]) > 20 for found in (small, base, large))
    if strategy in ("head", "lora", "adapter", "prefix"):
        assert base.rate > recommended_rate("full", family, width=768).rate


@pytest.mark.parametrize(
    ("strategy", "family", "width", "rate"),
    [
        ("full", "bert", 768, 3e-5),
        ("full", "bert", 384, 1e-4),
        ("gradual", "electra", 256, 3e-4),
        ("partial", "electra", 1024, 5e-5),
        ("full", "gpt2", 768, 6.25e-5),
        ("head", "roberta", 1024, 1e-3),
    ],
)
def test_rates_are_those_of_the_papers(strategy: str, family: str, width: int, rate: float) -> None:
    assert recommended_rate(strategy, family, width=width).rate == rate


def test_a_family_without_a_value_wants_a_number() -> None:
    with pytest.raises(ConfigError, match="no learning rate is known for models of type 'llama'"):
        recommended_rate("full", "llama", width=768)
