"""Bottleneck adapters: the formula, where they stand, what moves with them, and how they start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from accent.config import AdapterConfig
from accent.modeling import Anatomy
from accent.strategies import Adapter, adapter_parameters
from tests.unit.strategies.models import EVERY, answers, head_of, inputs_of, load, make_base, prepare, stir

HOULSBY = AdapterConfig(placement="houlsby", reduction=4)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adapter")


# Width 32: an adapter of width 8 has 2 x 32 x 8 weights and 32 + 8 biases.
@pytest.mark.parametrize(
    ("family", "config", "expected"),
    [
        ("bert", AdapterConfig(reduction=4), 2 * (512 + 40)),
        ("bert", HOULSBY, 4 * (512 + 40)),
        ("bert", AdapterConfig(reduction=100), 2 * (64 + 33)),
        ("albert", HOULSBY, 2 * (512 + 40)),
        ("t5", HOULSBY, 8 * (512 + 40)),
    ],
)
def test_parameters_by_formula_and_by_fact(root: Path, family: str, config: AdapterConfig, expected: int) -> None:
    model = load(make_base(root, family), family)
    assert adapter_parameters(model, Anatomy.of(model, head_of(family)), config) == expected
    moving = prepare(Adapter(config), model, family)
    assert sum(moved.parameter.numel() for moved in moving if ".adapter." in moved.name) == expected


@pytest.mark.parametrize("family", EVERY)
def test_it_starts_from_the_answers_of_the_base_and_can_leave_them(root: Path, family: str) -> None:
    base = make_base(root, family)
    model = load(base, family)
    before = answers(model, inputs_of(base, family))
    moving = prepare(Adapter(HOULSBY), model, family)
    assert torch.equal(answers(model, inputs_of(base, family)), before)
    stir([moved for moved in moving if ".adapter." in moved.name])
    assert not torch.allclose(answers(model, inputs_of(base, family)), before, atol=0.1)


def test_a_projection_says_what_the_formula_says(root: Path) -> None:
    model = load(make_base(root, "bert"), "bert")
    projection: Any = model.get_submodule("bert.encoder.layer.1.output.dense")
    hidden_BI = torch.randn(5, 64, generator=torch.Generator().manual_seed(2))
    plain_BD = projection(hidden_BI).double()
    stir(prepare(Adapter(AdapterConfig(reduction=4)), model, "bert"))
    down, up = projection.adapter.down.double(), projection.adapter.up.double()
    narrow_BM = plain_BD @ down.weight.T + down.bias
    curved_BM = narrow_BM * 0.5 * (1 + torch.erf(narrow_BM / 2**0.5))
    expected_BD = plain_BD + curved_BM @ up.weight.T + up.bias
    projection.adapter.float()
    torch.testing.assert_close(projection(hidden_BI).double(), expected_BD, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("family", "placement", "places", "norms"),
    [
        ("bert", "pfeiffer", ["output.dense"], []),
        (
            "bert",
            "houlsby",
            ["attention.output.dense", "output.dense"],
            ["attention.output.LayerNorm", "output.LayerNorm"],
        ),
        ("distilbert", "houlsby", ["attention.out_lin", "ffn.lin2"], ["output_layer_norm", "sa_layer_norm"]),
        ("modernbert", "houlsby", ["attn.Wo", "mlp.Wo"], ["attn_norm", "mlp_norm"]),
        ("gpt2", "houlsby", ["attn.c_proj", "mlp.c_proj"], ["ln_1", "ln_2"]),
    ],
)
def test_where_adapters_stand_and_which_norms_move(
    root: Path, family: str, placement: Any, places: list[str], norms: list[str]
) -> None:
    model = load(make_base(root, family), family)
    anatomy = Anatomy.of(model, head_of(family))
    moving = prepare(Adapter(AdapterConfig(placement=placement)), model, family)
    last = f"{anatomy.layers[-1]}."
    inside = {moved.name.removeprefix(last).rpartition(".")[0] for moved in moving if moved.name.startswith(last)}
    assert inside == {*norms, *(f"{place}.adapter.{part}" for place in places for part in ("down", "up"))}
    assert {name for name, one in model.named_parameters() if one.requires_grad} == {moved.name for moved in moving}


class Silence(nn.Module):
    def forward(self, hidden: Tensor) -> Tensor:
        return hidden * 0.0


def test_a_familys_own_dropout_falls_on_what_the_adapter_says(root: Path) -> None:
    model = load(make_base(root, "bart"), "bart")
    stir(prepare(Adapter(), model, "bart"))
    projection: Any = model.get_submodule("model.decoder.layers.0.fc2")
    assert projection(torch.ones(2, 64)).abs().sum() > 0
    projection.noise = Silence()
    assert projection(torch.ones(2, 64)).abs().sum() == 0


def test_the_seed_draws_the_weights(root: Path) -> None:
    drawn = []
    for seed in (3, 3, 4):
        model = load(make_base(root, "bert"), "bert")
        before = torch.get_rng_state()
        moving = prepare(Adapter(), model, "bert", seed=seed)
        assert torch.equal(torch.get_rng_state(), before)
        drawn.append(torch.cat([moved.parameter.flatten() for moved in moving if "down.weight" in moved.name]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert 0.01 < drawn[0].std() < 0.03
