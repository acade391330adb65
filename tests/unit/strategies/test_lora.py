"""LoRA: W x + (alpha / r) B A x, counted by formula, merged, and drawn from the seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from accent.config import LoraConfig
from accent.errors import ConfigError
from accent.modeling import Anatomy
from accent.strategies import Lora, lora_parameters, lora_targets
from tests.unit.strategies.models import EVERY, answers, head_of, inputs_of, load, make_base, prepare, stir

ALL = LoraConfig(rank=3, targets=("all-linear",))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lora")


# Width 32, twice as wide inside, two layers a stack: BERT's four square matrices and two of 32 x 64 a layer.
@pytest.mark.parametrize(
    ("family", "targets", "expected"),
    [
        ("bert", ("attention",), 2 * 3 * 2 * (32 + 32)),
        ("bert", ("all-linear",), 2 * 3 * (4 * (32 + 32) + 2 * (32 + 64))),
        ("bert", ("query", "attention"), 2 * 3 * 2 * (32 + 32)),
        ("bert", ("output.dense",), 2 * 3 * ((32 + 32) + (64 + 32))),
        ("albert", ("attention",), 3 * 2 * (32 + 32)),
        ("gpt2", ("attention",), 2 * 3 * (32 + 96)),
        ("gpt2", ("c_fc",), 2 * 3 * (32 + 128)),
        ("modernbert", ("attention",), 2 * 3 * (32 + 96)),
        ("t5", ("attention",), (2 + 4) * 3 * 2 * (32 + 32)),
        ("bart", ("self_attn.v_proj",), 4 * 3 * (32 + 32)),
    ],
)
def test_parameters_by_formula_and_by_fact(root: Path, family: str, targets: tuple[str, ...], expected: int) -> None:
    model = load(make_base(root, family), family)
    config = LoraConfig(rank=3, targets=targets)
    assert lora_parameters(model, Anatomy.of(model, head_of(family)), config) == expected
    moving = prepare(Lora(config), model, family)
    assert sum(moved.parameter.numel() for moved in moving if ".lora_" in moved.name) == expected


@pytest.mark.parametrize("family", EVERY)
def test_it_starts_from_the_answers_of_the_base(root: Path, family: str) -> None:
    base = make_base(root, family)
    model = load(base, family)
    before = answers(model, inputs_of(base, family))
    moving = prepare(Lora(ALL), model, family)
    assert torch.equal(answers(model, inputs_of(base, family)), before)
    stir(moving)
    assert not torch.allclose(answers(model, inputs_of(base, family)), before, atol=0.1)


@pytest.mark.parametrize(
    ("family", "place"), [("bert", "bert.encoder.layer.1.output.dense"), ("gpt2", "transformer.h.0.attn.c_attn")]
)
def test_the_product_is_added_to_what_the_frozen_matrix_says(root: Path, family: str, place: str) -> None:
    model = load(make_base(root, family), family)
    frozen: Any = model.get_submodule(place)
    weight_OI = frozen.weight.detach().clone().double()
    weight_OI = weight_OI if isinstance(frozen, nn.Linear) else weight_OI.T
    stir(prepare(Lora(LoraConfig(rank=3, alpha=7.5, targets=("all-linear",))), model, family))
    low: Any = model.get_submodule(place)
    inner_AI, outer_OA = (getattr(low, name)["default"].weight.double() for name in ("lora_A", "lora_B"))
    hidden_BI = torch.randn(5, weight_OI.shape[1], generator=torch.Generator().manual_seed(2))
    expected = hidden_BI.double() @ (weight_OI + 7.5 / 3 * outer_OA @ inner_AI).T + frozen.bias.double()
    torch.testing.assert_close(low(hidden_BI).double(), expected, rtol=1e-4, atol=1e-4)


def test_only_the_matrices_the_pooler_and_the_head_move(root: Path) -> None:
    model = load(make_base(root, "bert"), "bert")
    moving = prepare(Lora(LoraConfig(targets=("value",))), model, "bert")
    layers = [f"bert.encoder.layer.{layer}.attention.self.value" for layer in range(2)]
    assert [moved.name for moved in moving] == [
        *(f"{layer}.lora_{matrix}.default.weight" for layer in layers for matrix in "AB"),
        *(f"{module}.{part}" for module in ("bert.pooler.dense", "classifier") for part in ("weight", "bias")),
    ]
    assert {name for name, one in model.named_parameters() if one.requires_grad} == {moved.name for moved in moving}


def test_the_seed_draws_the_matrices_and_the_global_generator_stays(root: Path) -> None:
    drawn = []
    for seed in (3, 3, 4):
        model = load(make_base(root, "bert"), "bert")
        before = torch.get_rng_state()
        moving = prepare(Lora(), model, "bert", seed=seed)
        assert torch.equal(torch.get_rng_state(), before)
        drawn.append(torch.cat([moved.parameter.flatten() for moved in moving if "lora_A" in moved.name]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].std() > 0.01


def test_a_target_that_is_not_there_is_named_with_those_that_are(root: Path) -> None:
    model = load(make_base(root, "bert"), "bert")
    for name in ("kwery", "uery", "classifier", "LayerNorm"):
        with pytest.raises(ConfigError, match=f"called '{name}'") as caught:
            prepare(Lora(LoraConfig(targets=("attention", name))), model, "bert")
        assert "all-linear, or some of attention.self.query, attention.self.key" in caught.value.remedy
    assert lora_targets(model, Anatomy.of(model, "sequence"), ["key"])[0] == "bert.encoder.layer.0.attention.self.key"


@pytest.mark.parametrize("family", EVERY)
def test_merged_it_is_transformers_own_model_with_the_same_answers(root: Path, family: str) -> None:
    base = make_base(root, family)
    model = load(base, family)
    modules = [(name, type(module)) for name, module in model.named_modules()]
    strategy = Lora(LoraConfig(rank=3, targets=("all-linear",), merge=True))
    stir(prepare(strategy, model, family), scale=0.1)
    before = answers(model, inputs_of(base, family))
    strategy.finish(model)
    torch.testing.assert_close(answers(model, inputs_of(base, family)), before, rtol=1e-3, atol=1e-3)
    assert [(name, type(module)) for name, module in model.named_modules()] == modules
    assert Lora(LoraConfig(merge=True)).saves_changes is False
    assert Lora().saves_changes is True


class Silence(nn.Module):
    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden * 0.0


@pytest.mark.parametrize("merge", [False, True])
def test_a_familys_own_dropout_falls_on_the_sum(root: Path, merge: bool) -> None:
    model = load(make_base(root, "bart"), "bart")
    strategy = Lora(ALL)
    stir(prepare(strategy, model, "bart"))
    if merge:
        strategy.finish(model)
    low: Any = model.get_submodule("model.decoder.layers.1.fc2")
    assert low(torch.ones(2, 64)).abs().sum() > 0
    low.noise = Silence()
    assert low(torch.ones(2, 64)).abs().sum() == 0
    assert [name for name, _ in model.named_modules() if "fc2" in name and "noise" in name] == [
        f"model.{stack}.layers.{layer}.fc2.noise" for stack in ("encoder", "decoder") for layer in range(2)
    ]
