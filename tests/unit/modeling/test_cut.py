"""A cut model says what the whole model says, with the same gradients, in every family and for every head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from accent.modeling import ACTIVATIONS, Anatomy, Cut, HeadName, find_base, load_model
from accent.tokenization import Encoder, collate, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint

HEADS: tuple[HeadName, ...] = ("sequence", "tokens", "span")
CASES = [(family, head) for family in FAMILIES for head in HEADS] + [("gpt2", "causal")]
LAYERS = 2
SETTINGS = {"modernbert": {"classifier_pooling": "cls"}}


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cut")
    more = SETTINGS
    return {
        name: make_checkpoint(folder / name, name, initializer_range=0.3, **more.get(name, {})) for name in FAMILIES
    }


def loaded(folder: Path, head: HeadName) -> tuple[PreTrainedModel, Anatomy]:
    model = load_model(find_base(str(folder)), head, () if head == "causal" else ("a", "b"), seed=1).model
    return model, Anatomy.of(model, head)


def inputs_of(folder: Path) -> dict[str, Tensor]:
    encoder = Encoder(load_tokenizer(folder), 24)
    rows = encoder.encode_flat(list(SENTENCES), None)
    return collate(rows, np.arange(len(SENTENCES)), pad_id=encoder.pad_id)


def answers(model: PreTrainedModel, inputs: dict[str, Tensor], head: HeadName, mask: Tensor) -> Tensor:
    outputs = model(**inputs)
    if head == "span":
        return torch.stack([outputs.start_logits, outputs.end_logits], dim=-1)[mask]
    return outputs.logits if head == "sequence" else outputs.logits[mask]


def gradients(model: PreTrainedModel, anatomy: Anatomy, frozen: int, found: Tensor) -> dict[str, Tensor]:
    above = {name: one for name, one in model.named_parameters() if anatomy.depth(name) > frozen}
    taken = torch.autograd.grad((found**2).sum(), list(above.values()), allow_unused=True)
    return {name: one for name, one in zip(above, taken, strict=True) if one is not None}


@pytest.mark.parametrize(("family", "head"), CASES)
@pytest.mark.parametrize("frozen", range(1, LAYERS + 1))
def test_a_cut_model_equals_the_whole_one(bases: dict[str, Path], family: str, head: HeadName, frozen: int) -> None:
    model, anatomy = loaded(bases[family], head)
    if not Cut.possible(model, anatomy, frozen):
        assert anatomy.shared
        return
    inputs = inputs_of(bases[family])
    mask = inputs["attention_mask"].bool()
    whole = answers(model, inputs, head, mask)
    expected = gradients(model, anatomy, frozen, whole)
    cut = Cut(model, anatomy, frozen)
    hidden = cut.below(inputs)
    given = dict(inputs)
    if cut.token is not None:
        given = {"input_ids": torch.zeros(len(mask), 1, dtype=torch.int64), "attention_mask": torch.ones(len(mask), 1)}
    else:
        hidden = torch.where(mask[:, :, None], hidden, 0.0)  # as it is kept: nothing of the padding
    cut.attach()
    found = answers(model, given | {ACTIVATIONS: hidden}, head, mask)
    torch.testing.assert_close(found, whole, rtol=1e-4, atol=1e-5)
    got = gradients(model, anatomy, frozen, found)
    assert set(got) == set(expected)
    assert got
    for name, one in expected.items():
        torch.testing.assert_close(got[name], one, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_head_answers_to_the_activations_and_not_to_the_ids(bases: dict[str, Path], family: str) -> None:
    model, anatomy = loaded(bases[family], "sequence")
    inputs = inputs_of(bases[family])
    cut = Cut(model, anatomy, len(anatomy.layers))
    cut.attach()
    hidden = cut.below(inputs)
    given = {name: tensor[:, :1] for name, tensor in inputs.items()}
    one, other = (model(**given, activations=value).logits for value in (hidden, hidden.flip(0)))
    torch.testing.assert_close(other, one.flip(0), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(one, other, atol=1e-3)


def test_the_token_read_is_the_first_or_the_last_and_none_where_all_are_pooled(
    bases: dict[str, Path], tmp_path: Path
) -> None:
    read = {}
    for family in FAMILIES:
        model, anatomy = loaded(bases[family], "sequence")
        read[family] = Cut(model, anatomy, len(anatomy.layers)).token
    assert read == dict.fromkeys(FAMILIES, "first") | {"gpt2": "last"}
    model, anatomy = loaded(make_checkpoint(tmp_path / "m", "modernbert", classifier_pooling="mean"), "sequence")
    assert Cut(model, anatomy, LAYERS).token is None


def test_gpt2_reads_the_last_token_that_is_not_padding(bases: dict[str, Path]) -> None:
    model, anatomy = loaded(bases["gpt2"], "sequence")
    inputs = inputs_of(bases["gpt2"])
    every = Cut(*loaded(bases["gpt2"], "tokens"), LAYERS).below(inputs)
    last = inputs["attention_mask"].sum(dim=1) - 1
    assert len(set(last.tolist())) > 1
    found = Cut(model, anatomy, LAYERS).below(inputs)[:, 0]
    torch.testing.assert_close(found, every[torch.arange(len(last)), last])


def test_a_call_without_activations_runs_as_ever_also_after_one_that_fails(bases: dict[str, Path]) -> None:
    model, anatomy = loaded(bases["bert"], "tokens")
    inputs = inputs_of(bases["bert"])
    before = model(**inputs).logits
    cut = Cut(model, anatomy, 1)
    cut.attach()
    hidden = cut.below(inputs)
    with pytest.raises(RuntimeError):
        model(**inputs, activations=hidden[:, :, :-1])  # of a width that no layer takes
    assert torch.equal(model(**inputs).logits, before)
    other = inputs | {ACTIVATIONS: hidden.flip(0)}
    assert not torch.allclose(model(**other).logits, before, atol=1e-3)
    cut.detach()
    assert torch.equal(model(**other).logits, before)


def test_below_leaves_modes_and_gradients_alone(bases: dict[str, Path]) -> None:
    model, anatomy = loaded(bases["bert"], "sequence")
    inputs = inputs_of(bases["bert"])
    quiet = Cut(model, anatomy, 1).below(inputs)
    model.train()
    found = Cut(model, anatomy, 1).below(inputs)
    assert model.training
    assert not found.requires_grad
    assert torch.equal(found, quiet)  # dropout was off


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_encoders_with_decoders_and_counts_that_do_not_exist_cannot_be_cut(tmp_path: Path, family: str) -> None:
    model, anatomy = loaded(make_checkpoint(tmp_path / "two", family), "sequence")
    assert not Cut.possible(model, anatomy, 1)
    with pytest.raises(ValueError, match="no cut"):
        Cut(model, anatomy, 1)


def test_no_cut_at_none_zero_or_beyond_the_layers(bases: dict[str, Path]) -> None:
    model, anatomy = loaded(bases["bert"], "sequence")
    assert [Cut.possible(model, anatomy, count) for count in (None, 0, 1, 2, 3)] == [False, False, True, True, False]
