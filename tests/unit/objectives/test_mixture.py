"""Objectives together: losses add up over whatever is in memory at once, scores over batches, and models learn."""

from __future__ import annotations

import math
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, roc_auc_score
from torch.nn.functional import cross_entropy

from accent.config import ScheduleConfig, TrainingConfig
from accent.modeling import new_config, new_model
from accent.objectives import Context, Mixture, make_mixture
from accent.objectives.model import PretrainingModel
from accent.objectives.tallies import binary_scores, binary_tally, token_figures, token_tally
from accent.strategies import RatedParameter
from accent.tasks import Batch
from accent.training import Examples, Learner, World
from tests.unit.objectives.corpora import context_of, parallel_of, tokenizer_of

CASES = (
    ("mlm", "wordpiece", "bert"),
    ("wwm+sop", "unigram", "albert"),
    ("span+nsp", "wordpiece", "bert"),
    ("nsp", "wordpiece", "bert"),
    ("rtd", "wordpiece", "electra"),
    ("clm", "gpt2", "gpt2"),
    ("tlm", "bpe", "roberta"),
    ("span", "t5", "t5"),
    ("span", "wordpiece", "bert"),
)


def setting(name: str, kind: str, family: str) -> tuple[Mixture, Context, PretrainingModel]:
    has_pairs = "nsp" in name or "sop" in name
    typed = family in ("bert", "albert", "electra")
    if name == "tlm":
        context = parallel_of(kind, types=typed)
    else:
        context = context_of(kind, crossing=not has_pairs, pair=has_pairs, types=typed)
    mixture = make_mixture(name, family=family, length=context.length)
    mixture.check(family)
    mixture.check_corpus(context)
    config = new_config(family, tokenizer=tokenizer_of(kind), max_length=64, layers=2, hidden=32, heads=2)
    return mixture, context, mixture.build(new_model(config, mixture.head(family), seed=0), seed=0)


@pytest.mark.parametrize(("name", "kind", "family"), CASES)
def test_losses_and_scores_add_up_over_parts_of_a_batch(name: str, kind: str, family: str) -> None:
    mixture, context, model = setting(name, kind, family)
    model.train(False)

    def said(blocks: np.ndarray) -> tuple[float, float, dict[str, np.ndarray]]:
        inputs, targets = mixture.make(blocks, context=context, seed=0, epoch=0).tensors()
        with torch.no_grad():
            outputs = model(**inputs)
            loss = mixture.loss(outputs, targets)
        return float(loss.total), loss.weight, dict(mixture.tally(outputs, targets))

    blocks = np.array([4, 9, 2, 17, 11])
    whole, parts = said(blocks), [said(blocks[:2]), said(blocks[2:])]
    assert sum(part[0] for part in parts) == pytest.approx(whole[0], rel=1e-5)
    assert sum(part[1] for part in parts) == whole[1]
    joined, one = (mixture.scores([part[2] for part in found]) for found in (parts, [whole]))
    assert joined.keys() == one.keys()
    assert "loss" in one
    for key, value in one.items():
        assert joined[key] == pytest.approx(value, rel=1e-4, nan_ok=True), key
    if "+" not in name:  # what is joined adds up its means, see below
        assert whole[0] / whole[1] == pytest.approx(one["loss"], rel=1e-5)


def test_joined_losses_are_the_sum_of_their_means() -> None:
    mixture, context, model = setting("mlm+nsp", "wordpiece", "bert")
    inputs, targets = mixture.make(np.arange(8), context=context, seed=0, epoch=0).tensors()
    outputs = model(**inputs)
    assert outputs.tokens_MV is not None
    assert outputs.pairs_B2 is not None
    tokens = cross_entropy(outputs.tokens_MV, targets["labels"], reduction="sum")
    pairs = cross_entropy(outputs.pairs_B2, targets["pairs"], reduction="sum")
    loss = mixture.loss(outputs, targets)
    a_row = round(0.15 * 64)
    assert float(loss.total.detach()) == pytest.approx(float((tokens + a_row * pairs).detach()), rel=1e-5)
    assert loss.weight == len(targets["labels"])


def test_scores_of_replaced_tokens_are_scikit_learns() -> None:
    chance = np.random.default_rng(0)
    truths = chance.random((20, 50)) < 0.15
    logits = torch.from_numpy((chance.normal(size=(20, 50)) + 1.5 * truths - 1).astype(np.float32))
    read = torch.ones(20, 50, dtype=torch.bool)
    read[:, 40:] = False
    found = binary_scores(binary_tally(logits, torch.from_numpy(truths), read))
    kept, said = truths[:, :40].ravel(), torch.sigmoid(logits[:, :40]).numpy().ravel()
    assert found["replaced_auroc"] == pytest.approx(roc_auc_score(kept, said), abs=1e-3)
    assert found["replaced_f1"] == pytest.approx(f1_score(kept, said >= 0.5), abs=1e-9)
    nats = -(np.log(said[kept]).sum() + np.log(1 - said[~kept]).sum()) / len(kept)
    assert found["replaced_loss"] == pytest.approx(nats, rel=1e-5)
    none = binary_scores(binary_tally(logits, torch.zeros(20, 50, dtype=torch.bool), read))
    assert math.isnan(none["replaced_auroc"])


def test_figures_of_tokens_are_counted_by_hand() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 3.0]])
    found = token_figures(token_tally(logits, torch.tensor([0, 1, 0])))
    nats = (math.log(1 + math.exp(-2)) + math.log(2) + math.log(1 + math.exp(3))) / 3
    assert found["loss"] == pytest.approx(nats, rel=1e-6)
    assert found["perplexity"] == pytest.approx(math.exp(nats), rel=1e-6)
    assert found["accuracy"] == pytest.approx(1 / 3)


def learner_of(name: str, kind: str, family: str) -> tuple[Learner, Mixture, Context]:
    mixture, context, model = setting(name, kind, family)

    def collate(blocks: np.ndarray) -> Batch:
        prepared = mixture.make(blocks, context=context, seed=0, epoch=0)
        return Batch(*prepared.tensors(), known=prepared.tokens)

    learner = Learner(
        model,
        [RatedParameter(name, one) for name, one in model.named_parameters()],
        examples=Examples(context.ends - context.starts, collate),
        loss=mixture.loss,
        config=TrainingConfig(batch_size=8, learning_rate=3e-3, schedule=ScheduleConfig(kind="constant")),
        seed=0,
        world=World(),
        autocast=nullcontext,
    )
    return learner, mixture, context


@pytest.mark.parametrize(("name", "kind", "family"), CASES)
def test_the_learner_drives_it_and_the_loss_falls(name: str, kind: str, family: str) -> None:
    learner, _, context = learner_of(name, kind, family)
    blocks = np.arange(min(8, len(context.starts)))
    reports = [learner.update(blocks, update, 30) for update in range(30)]
    assert not any(report.skipped for report in reports)
    assert reports[-1].loss < 0.9 * reports[0].loss
    assert reports[0].tokens > 0


@pytest.mark.parametrize(("name", "kind", "family"), [CASES[1], CASES[4], CASES[7]])
def test_microbatches_change_nothing(name: str, kind: str, family: str) -> None:
    whole, parts = (learner_of(name, kind, family)[0] for _ in range(2))
    parts.microbatch = 3
    blocks = np.arange(8)
    one, other = whole.update(blocks, 0, 2), parts.update(blocks, 0, 2)
    assert other.loss == pytest.approx(one.loss, rel=1e-5)
    assert other.grad_norm == pytest.approx(one.grad_norm, rel=1e-3)
