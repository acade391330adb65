"""Every family learns every objective that it says it can: one batch, its loss, and all of its weights."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from accent.modeling import ARCHITECTURES, new_config, new_model
from accent.objectives import OBJECTIVES, make_mixture
from tests.unit.objectives.corpora import context_of, parallel_of, tokenizer_of

KIND_OF = {
    "albert": "unigram",
    "bert": "wordpiece",
    "distilbert": "wordpiece",
    "electra": "wordpiece",
    "gpt2": "gpt2",
    "modernbert": "bpe",
    "roberta": "bpe",
    "t5": "t5",
}
JOINED = ("mlm+nsp", "wwm+sop", "span+nsp", "span+sop")
CASES = [
    *(
        (name, family)
        for name in OBJECTIVES
        for family in KIND_OF
        if family in make_mixture(name, family=family).families
    ),
    *((name, family) for name in JOINED for family in ("albert", "bert")),
]


def test_each_objective_has_a_family_and_each_family_an_objective() -> None:
    assert {name for name, _ in CASES} == {*OBJECTIVES, *JOINED}
    assert {family for _, family in CASES} == set(ARCHITECTURES)


@pytest.mark.parametrize(("name", "family"), CASES)
def test_a_family_learns_it_with_all_of_its_weights(name: str, family: str) -> None:
    kind, has_pairs = KIND_OF[family], "nsp" in name or "sop" in name
    config = new_config(family, tokenizer=tokenizer_of(kind), max_length=64, layers=2, hidden=32, heads=2)
    types = getattr(config, "type_vocab_size", 0) > 1
    made = parallel_of(kind) if name == "tlm" else context_of(kind, crossing=not has_pairs)
    mixture = make_mixture(name, family=family, length=64)
    context = mixture.context(made.text, symbols=made.symbols, length=64, types=types)
    model = mixture.build(new_model(config, mixture.head(family), seed=0), seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(20):
        inputs, targets = mixture.make(np.arange(8), context=context, seed=0, epoch=0).tensors()
        loss = mixture.loss(model(**inputs), targets)
        optimizer.zero_grad()
        (loss.total / loss.weight).backward()
        optimizer.step()
        losses.append(float(loss.total.detach()) / loss.weight)
    assert all(map(math.isfinite, losses))
    assert losses[-1] < 0.95 * losses[0]
    idle = {one for one, parameter in model.named_parameters() if parameter.grad is None}
    assert not [one for one in idle if ".layer" in one or ".h." in one or "embeddings.word" in one], idle
