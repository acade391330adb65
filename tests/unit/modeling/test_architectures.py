"""New models: their shapes counted by hand, their weights from the seed, and that they load as they were saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForPreTraining, AutoModelForSeq2SeqLM

from accent.errors import ConfigError
from accent.modeling import ARCHITECTURES, FAMILIES, PretrainingHead, new_config, new_model, save_model
from tests.unit.objectives.corpora import tokenizer_of

KIND_OF = {"bert": "wordpiece", "roberta": "bpe", "albert": "unigram", "electra": "wordpiece", "gpt2": "gpt2"} | {
    "distilbert": "wordpiece",
    "modernbert": "bpe",
    "t5": "t5",
}
HEADS: dict[str, tuple[tuple[PretrainingHead, Any], ...]] = {
    "bert": (("masked", AutoModelForMaskedLM), ("paired", AutoModelForPreTraining)),
    "albert": (("masked", AutoModelForMaskedLM), ("paired", AutoModelForPreTraining)),
    "roberta": (("masked", AutoModelForMaskedLM),),
    "electra": (("masked", AutoModelForMaskedLM), ("replaced", AutoModelForPreTraining)),
    "distilbert": (("masked", AutoModelForMaskedLM),),
    "modernbert": (("masked", AutoModelForMaskedLM),),
    "gpt2": (("causal", AutoModelForCausalLM),),
    "t5": (("written", AutoModelForSeq2SeqLM),),
}


def config_of(family: str, **shape: Any) -> Any:
    return new_config(family, **{"tokenizer": tokenizer_of(KIND_OF[family]), "max_length": 128, **shape})


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_sizes_are_those_of_the_papers(family: str) -> None:
    shapes = {"tiny": (2, 128, 2), "mini": (4, 256, 4), "small": (4, 512, 8), "base": (12, 768, 12)}
    own = {"distilbert": 6, "modernbert": 22}
    for size, (layers, hidden, heads) in shapes.items():
        config = config_of(family, size=size)
        expected = own.get(family, layers) if size == "base" else layers
        assert (config.num_hidden_layers, config.hidden_size, config.num_attention_heads) == (expected, hidden, heads)
    base = config_of(family, size="base")
    names = ("intermediate_size", "hidden_dim", "n_inner", "d_ff")
    wide = next(getattr(base, name) for name in names if getattr(base, name, None) is not None)
    assert wide == (1152 if family == "modernbert" else 3072)


def test_factorised_embeddings_are_the_familys_own() -> None:
    assert [config_of("albert", size=size).embedding_size for size in ("tiny", "mini", "base")] == [128, 128, 128]
    assert [config_of("electra", size=size).embedding_size for size in ("tiny", "mini", "base")] == [128, 128, 768]


def test_parameters_of_bert_mini_are_counted_by_hand() -> None:
    config = config_of("bert", size="mini")
    vocabulary, wide = config.vocab_size, 256
    layer = 4 * (wide * wide + wide) + (wide * 1024 + 1024) + (1024 * wide + wide) + 4 * wide
    embeddings = (vocabulary + 128 + 2) * wide + 2 * wide
    head = wide * wide + wide + 2 * wide + vocabulary
    model = new_model(config, "masked", seed=0)
    assert sum(one.numel() for one in model.parameters()) == embeddings + 4 * layer + head


def test_numbers_go_before_the_size() -> None:
    config = config_of("bert", size="mini", layers=3, intermediate=100)
    assert (config.num_hidden_layers, config.hidden_size, config.intermediate_size) == (3, 256, 100)
    assert config_of("bert", hidden=96).num_attention_heads == 1
    assert config_of("gpt2").n_layer == 4  # mini where nothing is said


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_nothing_is_dropped(family: str) -> None:
    model = new_model(config_of(family, size="tiny"), HEADS[family][0][0], seed=0).train()
    drops = [one for one in model.modules() if isinstance(one, torch.nn.Dropout) and one.p > 0]
    assert not drops
    setting = FAMILIES[family].attention_dropout
    assert setting is None or getattr(model.config, setting) == 0.0


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_models_repeat_and_load_with_their_auto_classes(family: str, tmp_path: Path) -> None:
    tokenizer = tokenizer_of(KIND_OF[family])
    for head, auto in HEADS[family]:
        state = torch.random.get_rng_state()
        model, again, other = (new_model(config_of(family, size="tiny"), head, seed=seed) for seed in (3, 3, 4))
        assert torch.equal(torch.random.get_rng_state(), state)
        weights = model.state_dict()
        assert all(torch.equal(one, again.state_dict()[name]) for name, one in weights.items())
        assert any(not torch.equal(one, other.state_dict()[name]) for name, one in weights.items())
        assert not model.training
        save_model(model, tokenizer, tmp_path / head)
        loaded, found = auto.from_pretrained(str(tmp_path / head), output_loading_info=True)
        assert type(loaded) is type(model)
        assert not found["missing_keys"]
        assert all(torch.equal(one, loaded.state_dict()[name]) for name, one in weights.items())


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_row_of_the_full_length_fits(family: str) -> None:
    model = new_model(config_of(family, size="tiny", max_length=40), HEADS[family][0][0], seed=0)
    ids = torch.full((1, 40), 9)
    given = {"decoder_input_ids": ids} if family == "t5" else {}
    assert torch.isfinite(model(input_ids=ids, **given)[0]).all()


@pytest.mark.parametrize(
    ("family", "shape", "what"),
    [
        ("bert", {"hidden": 100, "heads": 3}, "3 heads do not divide"),
        ("bert", {"layers": 0}, "layers is 0"),
        ("bert", {"intermediate": -4}, "intermediate is -4"),
        ("bert", {"max_length": 0}, "length is 0"),
        ("bert", {"size": "huge"}, "no size is called 'huge'"),
        ("modernbert", {"hidden": 30, "heads": 2}, "cannot be rotated"),
        ("bart", {}, "no architecture is called 'bart'"),
        ("bert", {"tokenizer": "gpt2"}, "no cls token and no sep token and no pad token and no mask token"),
        ("t5", {"tokenizer": "gpt2"}, "no pad token"),
    ],
)
def test_what_does_not_fit_is_told_in_two_lines(family: str, shape: dict[str, Any], what: str) -> None:
    tokenizer = tokenizer_of(shape.pop("tokenizer", KIND_OF.get(family, "wordpiece")))
    with pytest.raises(ConfigError, match=what) as caught:
        new_config(family, **{"tokenizer": tokenizer, "max_length": 64, **shape})
    assert len(str(caught.value).splitlines()) == 2


def test_a_head_that_a_family_lacks_is_refused() -> None:
    for family, head in (("roberta", "paired"), ("bert", "replaced"), ("gpt2", "masked"), ("t5", "causal")):
        with pytest.raises(ConfigError, match="have no head for"):
            new_model(config_of(family, size="tiny"), head, seed=0)  # type: ignore[arg-type]
