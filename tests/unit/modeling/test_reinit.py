"""Layers that start anew: which they are, how they are drawn, and when it cannot be done."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel

from accent.errors import BaseModelError, ConfigError
from accent.modeling import Anatomy, HeadName, find_base, load_model, reinit_layers
from tests.checkpoints import make_checkpoint

HEADS: dict[str, HeadName] = {"t5": "written", "bart": "written"}
FAMILIES = ("bert", "roberta", "electra", "distilbert", "gpt2", "modernbert", "t5", "bart")


def load(folder: Path, family: str, **settings: Any) -> tuple[PreTrainedModel, Anatomy]:
    base = find_base(str(make_checkpoint(folder / family, family, **settings)))
    head = HEADS.get(family, "sequence")
    labels = () if head == "written" else ("a", "b")
    model = load_model(base, head, labels, seed=1).model
    return model, Anatomy.of(model, head)


def weights(model: PreTrainedModel) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.named_parameters()}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_top_layer_and_the_pooler_start_anew_and_nothing_else(family: str, tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, family)
    with torch.no_grad():
        for value in model.parameters():
            value.copy_(torch.linspace(1.0, 2.0, value.numel()).view_as(value))
    before, state = weights(model), torch.random.get_rng_state()
    names = reinit_layers(model, anatomy, 1, seed=3)
    changed = {name for name, value in weights(model).items() if not torch.equal(value, before[name])}
    assert set(names) == changed
    top = f"{anatomy.layers[-1]}."
    poolers = {name for name in before if "pooler" in name or (family == "modernbert" and name.startswith("head."))}
    assert changed == {name for name in before if name.startswith(top)} | poolers
    assert torch.equal(torch.random.get_rng_state(), state)
    again, _ = load(tmp_path / "again", family)
    reinit_layers(again, Anatomy.of(again, anatomy.head), 1, seed=3)
    assert all(torch.equal(weights(again)[name], weights(model)[name]) for name in names)
    other, _ = load(tmp_path / "other", family)
    reinit_layers(other, Anatomy.of(other, anatomy.head), 1, seed=4)
    assert any(not torch.equal(weights(other)[name], weights(model)[name]) for name in names)


def test_weights_are_drawn_as_before_pretraining(tmp_path: Path) -> None:
    """BERT: matrices of standard deviation initializer_range, biases 0, norms 1; GPT-2's c_proj over sqrt(2 L)."""
    model, anatomy = load(tmp_path, "bert", initializer_range=0.07)
    reinit_layers(model, anatomy, 2, seed=3)
    drawn = weights(model)
    matrix = drawn["bert.encoder.layer.1.intermediate.dense.weight"]
    assert float(matrix.std()) == pytest.approx(0.07, rel=0.06)
    assert not drawn["bert.encoder.layer.0.attention.self.query.bias"].any()
    assert torch.equal(drawn["bert.encoder.layer.1.output.LayerNorm.weight"], torch.ones(32))
    assert float(drawn["bert.pooler.dense.weight"].std()) == pytest.approx(0.07, rel=0.1)

    model, anatomy = load(tmp_path, "gpt2", initializer_range=0.1)
    reinit_layers(model, anatomy, 1, seed=3)
    drawn = weights(model)
    assert float(drawn["transformer.h.1.mlp.c_proj.weight"].std()) == pytest.approx(0.1 / math.sqrt(4), rel=0.06)
    assert float(drawn["transformer.h.1.mlp.c_fc.weight"].std()) == pytest.approx(0.1, rel=0.06)


def test_zero_layers_leave_all_as_it_was(tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, "bert")
    before = weights(model)
    assert reinit_layers(model, anatomy, 0, seed=3) == ()
    assert all(torch.equal(value, before[name]) for name, value in weights(model).items())


def test_what_cannot_start_anew_is_refused(tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, "albert")
    with pytest.raises(BaseModelError, match="one set of weights"):
        reinit_layers(model, anatomy, 1, seed=3)
    model, anatomy = load(tmp_path, "bert")
    with pytest.raises(BaseModelError, match="the base has 2"):
        reinit_layers(model, anatomy, 3, seed=3)
    with pytest.raises(ConfigError, match="lets 1 learn"):
        reinit_layers(model, anatomy, 2, frozen=1, seed=3)
    assert reinit_layers(model, anatomy, 1, frozen=1, seed=3)
