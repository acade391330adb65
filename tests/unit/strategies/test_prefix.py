"""Prefix tuning in whole models: padding, windows, caches and beams see it as the formula has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from accent.config import PrefixConfig
from accent.modeling import ATTENTION, Anatomy, attention
from accent.strategies import Prefix, prefix_parameters
from tests.checkpoints import FAMILIES, SENTENCES
from tests.unit.strategies.models import EVERY, answers, head_of, inputs_of, load, make_base, prepare, stir
from tests.unit.training.tiny import tiny_model

SHORT = PrefixConfig(prefix_length=3)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefix")


# Two heads of width 16 in each attention: a prefix of 3 has 3 x 32 keys and as many values.
@pytest.mark.parametrize(("family", "attentions"), [("bert", 2), ("albert", 1), ("modernbert", 2), ("t5", 4)])
def test_parameters_by_formula_and_by_fact(root: Path, family: str, attentions: int) -> None:
    model = load(make_base(root, family), family)
    assert prefix_parameters(model, Anatomy.of(model, head_of(family)), SHORT) == attentions * 2 * 3 * 32
    moving = prepare(Prefix(SHORT), model, family)
    assert sum(moved.parameter.numel() for moved in moving if ".prefix." in moved.name) == attentions * 2 * 3 * 32
    assert {name for name, one in model.named_parameters() if one.requires_grad} == {moved.name for moved in moving}


@pytest.mark.parametrize("family", EVERY)
def test_all_of_it_is_learned_in_every_layer(root: Path, family: str) -> None:
    base = make_base(root, family, **({"initializer_factor": 1.0} if family == "t5" else {}))  # wider ones are too sure
    model = load(base, family)
    moving = prepare(Prefix(SHORT), model, family)
    logits = model(**inputs_of(base, family)).logits
    (logits * torch.linspace(-1, 1, logits.numel()).view_as(logits)).sum().backward()
    for moved in moving:
        gradient = moved.parameter.grad
        assert gradient is not None, moved.name
        if ".prefix." in moved.name:
            assert (gradient.abs().amax(-1) > 0).all(), moved.name


@pytest.mark.parametrize("fused", [False, True], ids=["products", "fused"])
@pytest.mark.parametrize("family", FAMILIES)
def test_padding_changes_no_answer(root: Path, family: str, fused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if fused:
        monkeypatch.setattr(attention, "LONGEST_AS_PRODUCTS", {})
    windows = {"local_attention": 8, "global_attn_every_n_layers": 2} if family == "modernbert" else {}
    base = make_base(root, family, **windows)
    model = load(base, family)
    plain = answers(model, inputs_of(base, family))
    stir(prepare(Prefix(SHORT), model, family), scale=1.0)
    together = answers(model, inputs_of(base, family))
    alone = torch.cat([answers(model, inputs_of(base, family, (text,))) for text in SENTENCES[:4]])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(together, plain, atol=0.1)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("family", ["gpt2", "t5", "bart"])
def test_a_text_is_written_with_a_cache_as_without(root: Path, family: str, beams: int) -> None:
    base, head = make_base(root, family), "causal" if family == "gpt2" else "written"
    model: Any = load(base, family, head)
    inputs = {
        name: tensor for name, tensor in inputs_of(base, family).items() if name in ("input_ids", "attention_mask")
    }
    if family == "gpt2":  # texts go on at their right ends, so that what is shorter is padded on the left
        inputs = {name: tensor.flip(1) for name, tensor in inputs.items()}
    rules = {"max_new_tokens": 8, "num_beams": beams, "do_sample": False, "pad_token_id": 0}
    plain = model.generate(**inputs, **rules, use_cache=False)
    stir(Prefix(SHORT).prepare(model, Anatomy.of(model, head), seed=3), scale=2.0)
    slow = model.generate(**inputs, **rules, use_cache=False)
    fast = model.generate(**inputs, **rules, use_cache=True)
    assert torch.equal(slow, fast)
    assert slow.shape != plain.shape or not torch.equal(slow, plain)


def test_a_model_of_another_attention_is_given_the_one_that_knows_prefixes() -> None:
    model = tiny_model(dropout=0.0).eval()
    assert model.config._attn_implementation != ATTENTION
    ids = torch.arange(5, 15).view(1, 10)
    moving = Prefix(SHORT).prepare(model, Anatomy.of(model, "sequence"), seed=3)
    before = answers(model, {"input_ids": ids})
    stir([moved for moved in moving if ".prefix." in moved.name], scale=2.0)
    assert not torch.equal(answers(model, {"input_ids": ids}), before)


def test_the_seed_draws_it_and_its_deviation_is_small(root: Path) -> None:
    drawn = []
    for seed in (3, 3, 4):
        model = load(make_base(root, "bert"), "bert")
        before = torch.get_rng_state()
        moving = prepare(Prefix(PrefixConfig(prefix_length=64)), model, "bert", seed=seed)
        assert torch.equal(torch.get_rng_state(), before)
        drawn.append(torch.cat([moved.parameter.flatten() for moved in moving if ".prefix." in moved.name]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].std().item() == pytest.approx(0.02, rel=0.05)
