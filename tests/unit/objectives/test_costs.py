"""The cost of a token, against a count of the products that torch is asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from accent.modeling import new_config, new_model
from accent.objectives import make_mixture
from accent.objectives.costs import operations_a_token
from tests.unit.objectives.corpora import context_of, tokenizer_of

LENGTH, ROWS = 64, 8
CASES = [
    ("mlm", "bert", "wordpiece"),
    ("mlm", "roberta", "bpe"),
    ("mlm", "albert", "unigram"),
    ("mlm", "distilbert", "wordpiece"),
    ("mlm", "modernbert", "bpe"),
    ("span", "bert", "wordpiece"),
    ("rtd", "electra", "wordpiece"),
    ("clm", "gpt2", "gpt2"),
    ("span", "t5", "t5"),
    ("mlm+nsp", "bert", "wordpiece"),
]


@pytest.mark.parametrize(("name", "family", "kind"), CASES)
def test_a_token_costs_what_torch_counts(name: str, family: str, kind: str) -> None:
    mixture = make_mixture(name, family=family, length=LENGTH)
    shape = {"layers": 3, "hidden": 64, "heads": 2}
    config = new_config(family, tokenizer=tokenizer_of(kind), max_length=LENGTH, **shape)
    kept = new_model(config, mixture.head(family), seed=0)
    kept.set_attn_implementation("eager")  # torch counts no fused attention on a CPU
    model = mixture.build(kept, seed=0)
    if model.generator is not None:
        model.generator.set_attn_implementation("eager")
    context = context_of(kind, length=LENGTH)
    prepared = mixture.make(np.arange(ROWS), context=context, seed=0, epoch=0)
    inputs, targets = prepared.tensors()
    with FlopCounterMode(display=False) as counter:
        mixture.loss(model(**inputs), targets).total.backward()
    torch.testing.assert_close(
        operations_a_token(model, prepared) * prepared.tokens, float(counter.get_total_flops()), rtol=0.03, atol=0.0
    )


def test_a_longer_row_costs_its_attention_and_nothing_else() -> None:
    mixture = make_mixture("mlm", length=LENGTH)
    config = new_config("bert", tokenizer=tokenizer_of("wordpiece"), max_length=128, layers=2, hidden=32, heads=2)
    model = mixture.build(new_model(config, "masked", seed=0), seed=0)
    costs = []
    for length in (64, 128):
        context = context_of("wordpiece", length=length)
        prepared = mixture.make(np.arange(4), context=context, seed=0, epoch=0)
        head = 6 * len(prepared.inputs["places"]) / prepared.tokens * (32 * 32 + 32 * config.vocab_size)
        costs.append(operations_a_token(model, prepared) - head)
    layers = 6 * 2 * 12 * 32 * 32
    assert costs == pytest.approx([layers + 12 * 2 * length * 32 for length in (64, 128)])
