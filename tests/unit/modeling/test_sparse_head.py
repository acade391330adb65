"""Logits at some places against those of transformers' own forward, for every family."""

from __future__ import annotations

import pytest
import torch
from transformers import PreTrainedModel

from accent.modeling import (
    PretrainingHead,
    hidden,
    new_config,
    new_model,
    output_logits,
    pair_logits,
    predictions,
    read,
    replaced_logits,
)
from tests.unit.objectives.corpora import tokenizer_of

FAMILIES: dict[str, tuple[str, PretrainingHead]] = {
    "bert": ("wordpiece", "masked"),
    "roberta": ("bpe", "masked"),
    "albert": ("unigram", "masked"),
    "electra": ("wordpiece", "masked"),
    "distilbert": ("wordpiece", "masked"),
    "modernbert": ("bpe", "masked"),
    "gpt2": ("gpt2", "causal"),
    "t5": ("t5", "written"),
}
IDS = torch.randint(10, 100, (3, 20), generator=torch.Generator().manual_seed(0))
MASK = (torch.arange(20) < torch.tensor([20, 14, 9])[:, None]).long()
PLACES = torch.tensor([0, 7, 19, 21, 33, 48])


def model_of(family: str, head: PretrainingHead) -> PreTrainedModel:
    """Make a model whose biases and scales are not those that a new one has, 0 and 1."""
    kind = FAMILIES[family][0]
    config = new_config(family, tokenizer=tokenizer_of(kind), max_length=32, layers=2, hidden=64, heads=4)
    model = new_model(config, head, seed=0)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(1)
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.3)
    return model


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_at_places_are_those_of_the_whole_forward(family: str) -> None:
    model = model_of(family, FAMILIES[family][1])
    inputs = {"input_ids": IDS, "attention_mask": MASK}
    if family == "t5":
        inputs["decoder_input_ids"] = torch.randint(10, 100, (3, 20), generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        whole = model(**inputs).logits.flatten(0, 1)[PLACES]
        found = predictions(model, hidden(model, inputs).flatten(0, 1)[PLACES])
    torch.testing.assert_close(found, whole, rtol=1e-6, atol=1e-6)
    assert whole.std() > 0.01


@pytest.mark.parametrize("family", ["bert", "albert"])
def test_pairs_and_tokens_are_those_of_the_pretraining_model(family: str) -> None:
    model = model_of(family, "paired")
    inputs = {"input_ids": IDS, "attention_mask": MASK, "token_type_ids": (torch.arange(20) > 8).long().expand(3, -1)}
    with torch.no_grad():
        whole = model(**inputs)
        states, pooled = read(model, inputs)
        assert pooled is not None
        torch.testing.assert_close(
            pair_logits(model, pooled), whole["sop_logits" if family == "albert" else "seq_relationship_logits"]
        )
        torch.testing.assert_close(predictions(model, states), whole["prediction_logits"], rtol=1e-6, atol=1e-6)


def test_pairs_alone_are_those_of_the_next_sentence_model() -> None:
    model = model_of("bert", "pair")
    with torch.no_grad():
        _, pooled = read(model, {"input_ids": IDS})
        assert pooled is not None
        torch.testing.assert_close(pair_logits(model, pooled), model(input_ids=IDS).logits)


def test_replaced_tokens_are_those_of_the_discriminator() -> None:
    model = model_of("electra", "replaced")
    inputs = {"input_ids": IDS, "attention_mask": MASK}
    with torch.no_grad():
        torch.testing.assert_close(replaced_logits(model, hidden(model, inputs)), model(**inputs).logits)


def test_the_output_layer_alone_ends_the_head() -> None:
    model = model_of("bert", "masked")
    states = torch.randn(4, 64)
    expected = states @ model.get_input_embeddings().weight.T + model.cls.predictions.bias
    torch.testing.assert_close(output_logits(model, states), expected)
