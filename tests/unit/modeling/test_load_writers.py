"""Loading models that write: strict about names, equal to transformers with its own attention, saved bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from accent.errors import BaseModelError, RunError
from accent.modeling import HeadName, find_base, load_model, load_saved, save_model
from accent.modeling.attention import ATTENTION
from accent.tokenization import load_tokenizer
from accent.training.dropout import RowDropout, install_row_dropout
from tests.checkpoints import SENTENCES, make_checkpoint

WRITERS = {"gpt2": "causal", "t5": "written", "bart": "written"}
A_WEIGHT = {
    "gpt2": "transformer.h.1.mlp.c_fc.weight",
    "t5": "decoder.block.1.layer.1.EncDecAttention.q.weight",
    "bart": "model.decoder.layers.1.encoder_attn.q_proj.weight",
}


def load(folder: Path, family: str, **options: Any) -> Any:
    return load_model(find_base(str(folder)), WRITERS[family], (), **{"seed": 1, **options})


def inputs_for(folder: Path, family: str) -> dict[str, torch.Tensor]:
    tokenizer = load_tokenizer(folder)
    read = dict(tokenizer(list(SENTENCES[:4]), padding=True, return_tensors="pt"))
    if WRITERS[family] == "written":
        read["decoder_input_ids"] = tokenizer(list(SENTENCES[4:8]), padding=True, return_tensors="pt")["input_ids"]
    return read


def theirs(folder: Path, family: str, attention: str = "eager") -> Any:
    kind = AutoModelForCausalLM if family == "gpt2" else AutoModelForSeq2SeqLM
    return kind.from_pretrained(folder, attn_implementation=attention).eval()


@pytest.mark.parametrize("family", WRITERS)
@pytest.mark.parametrize("head", [True, False], ids=["whole model", "no head"])
def test_logits_are_those_of_transformers(tmp_path: Path, family: str, head: bool) -> None:
    folder = make_checkpoint(tmp_path, family, head=head)
    model, inputs = load(folder, family).model, inputs_for(folder, family)
    mask = inputs["attention_mask"].bool() if family == "gpt2" else torch.ones_like(inputs["decoder_input_ids"]).bool()
    with torch.no_grad():
        found, expected = model(**inputs).logits, theirs(folder, family)(**inputs).logits
    assert model.config._attn_implementation == ATTENTION
    assert float(expected.std()) > 0.01
    torch.testing.assert_close(found[mask], expected[mask], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", WRITERS)
def test_gradients_are_those_of_transformers(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path, family)
    models = load(folder, family).model, theirs(folder, family)
    for model in models:
        logits = model(**inputs_for(folder, family)).logits[0, :6]
        (logits * torch.linspace(-1, 1, logits.numel()).view_as(logits)).sum().backward()
    found, expected = (dict(model.named_parameters()) for model in models)
    assert set(found) == set(expected)
    largest = max(float(one.grad.abs().max()) for one in expected.values() if one.grad is not None)
    for name, parameter in found.items():
        if parameter.grad is not None or expected[name].grad is not None:
            torch.testing.assert_close(parameter.grad, expected[name].grad, rtol=1e-3, atol=1e-5 * largest, msg=name)


@pytest.mark.parametrize("family", WRITERS)
def test_every_weight_is_loaded_and_none_is_new(tmp_path: Path, family: str) -> None:
    loaded = load(make_checkpoint(tmp_path, family), family)
    report = loaded.report
    assert report.new == ()
    assert report.discarded == ()
    assert report.loaded == len(list(loaded.model.parameters()))
    assert report.parameters == sum(report.parts.values()) == loaded.model.num_parameters()
    assert set(report.parts) == ({"embeddings", "encoder"} | ({"decoder"} if family != "gpt2" else set()))


@pytest.mark.parametrize("family", WRITERS)
def test_a_saved_model_comes_back_bit_by_bit(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path / "base", family)
    model = load(folder, family).model
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.1)
    save_model(model, load_tokenizer(folder), tmp_path / "saved")
    again = load_saved(tmp_path / "saved", WRITERS[family])
    before, after = model.state_dict(), again.state_dict()
    assert set(before) == set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    with torch.no_grad():
        inputs = inputs_for(folder, family)
        logits = model.eval()(**inputs).logits
        assert torch.equal(again(**inputs).logits, logits)
        mask = inputs["attention_mask"].bool() if family == "gpt2" else ...
        outside = theirs(tmp_path / "saved", family, "sdpa")(**inputs).logits
        torch.testing.assert_close(outside[mask], logits[mask], rtol=1e-4, atol=1e-4)


def test_t5_with_an_output_layer_of_its_own_comes_back(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "base", "t5", feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    tensors = load_file(folder / "model.safetensors")
    tensors["lm_head.weight"] = torch.randn(tensors["shared.weight"].shape, generator=torch.Generator().manual_seed(2))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model, inputs = load(folder, "t5").model, inputs_for(folder, "t5")
    assert torch.equal(model.lm_head.weight, tensors["lm_head.weight"])
    assert torch.equal(model.shared.weight, tensors["shared.weight"])
    save_model(model, load_tokenizer(folder), tmp_path / "saved")
    with torch.no_grad():
        again = load_saved(tmp_path / "saved", "written")
        assert torch.equal(again(**inputs).logits, model(**inputs).logits)


@pytest.mark.parametrize("family", WRITERS)
@pytest.mark.parametrize("change", ["missing", "left over", "of another shape"])
def test_weights_that_do_not_fit_are_named(tmp_path: Path, family: str, change: str) -> None:
    folder = make_checkpoint(tmp_path, family)
    name = A_WEIGHT[family]
    tensors = load_file(folder / "model.safetensors")
    if change == "missing":
        tensors.pop(name)
    elif change == "left over":
        name += "_more"
        tensors[name] = torch.zeros(3)
    else:
        tensors[name] = torch.zeros(3, 3)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    for error, function in (
        (BaseModelError, load),
        (RunError, lambda folder, family: load_saved(folder, WRITERS[family])),
    ):
        with pytest.raises(error, match=f"1 weight is {change}: ") as caught:
            function(folder, family)
        assert name.split(".", 1)[1] in caught.value.what


def test_a_model_without_its_embeddings_is_refused(tmp_path: Path) -> None:
    for family, name in (("t5", "shared.weight"), ("bart", "model.shared.weight"), ("gpt2", "transformer.wte.weight")):
        folder = make_checkpoint(tmp_path / family, family)
        tensors = load_file(folder / "model.safetensors")
        tensors.pop(name)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(BaseModelError, match="missing"):
            load(folder, family)


@pytest.mark.parametrize("family", WRITERS)
def test_dropout_is_set_everywhere_but_in_attention_and_all_of_it_belongs_to_rows(tmp_path: Path, family: str) -> None:
    more = {"encoder_layerdrop": 0.5, "decoder_layerdrop": 0.5, "attention_dropout": 0.3} if family == "bart" else {}
    model = load(make_checkpoint(tmp_path, family, **more), family, dropout=0.37).model
    rates = {module.p for module in model.modules() if isinstance(module, nn.Dropout) and module.p > 0}
    assert rates == {0.37}
    inputs = inputs_for(tmp_path, family)
    with torch.no_grad():
        quiet = model.eval()(**inputs).logits
        noise = install_row_dropout(model, seed=5)
        model.train()
        noise.set_rows(0, torch.arange(4).numpy())
        state = torch.random.get_rng_state()
        first = model(**inputs).logits
        assert torch.equal(torch.random.get_rng_state(), state)  # torch's own chance was not asked
        noise.set_rows(0, torch.arange(4).numpy())
        assert torch.equal(model(**inputs).logits, first)
        noise.set_rows(1, torch.arange(4).numpy())
        assert not torch.allclose(model(**inputs).logits, first)
        assert not torch.allclose(first, quiet)
        torch.testing.assert_close(model.eval()(**inputs).logits, quiet)


def test_bart_drops_where_transformers_drops(tmp_path: Path) -> None:
    """Two layers drop four times in the encoder and six in the decoder, once behind each embedding."""
    folder = make_checkpoint(tmp_path, "bart", dropout=0.25, activation_dropout=0.125)
    model = load(folder, "bart").model
    calls: list[float] = []
    own = nn.functional.dropout

    def counted(values: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> torch.Tensor:
        if p and training:
            calls.append(p)
        return own(values, 0.0, training, inplace)

    patch = pytest.MonkeyPatch()
    patch.setattr(nn.functional, "dropout", counted)
    inputs = inputs_for(folder, "bart")
    theirs(folder, "bart").train()(**inputs)
    expected = list(calls)
    calls.clear()
    model.train()(**inputs)
    patch.undo()
    assert calls == expected
    assert len(expected) == 2 * 3 + 2 * 4 + 2
    sites = install_row_dropout(model, seed=1) and [m for m in model.modules() if isinstance(m, RowDropout)]
    assert len(sites) == len(expected)


def test_a_writer_is_refused_where_its_family_has_no_such_head(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match="'bart' cannot be fine-tuned for tagging"):
        load_model(find_base(str(make_checkpoint(tmp_path, "bart"))), "tokens", ("no", "yes"), seed=0)


@pytest.mark.parametrize(
    ("family", "head"), [("t5", "sequence"), ("t5", "tokens"), ("t5", "span"), ("bart", "sequence"), ("bart", "span")]
)
def test_a_writer_reads_too_and_comes_back_as_it_was(tmp_path: Path, family: str, head: HeadName) -> None:
    base = find_base(str(make_checkpoint(tmp_path / "base", family)))
    labels = ("start", "end") if head == "span" else ("no", "yes", "so so")
    loaded = load_model(base, head, labels, seed=0)
    assert all("head" in name or "classifier" in name or "qa_outputs" in name for name in loaded.report.new)
    save_model(loaded.model, load_tokenizer(base.folder), tmp_path / "saved")
    again = load_saved(tmp_path / "saved", head)
    for name, tensor in loaded.model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
