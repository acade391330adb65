"""A compact table trains to the weights of the whole one."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertForMaskedLM, PreTrainedModel, T5Config, T5ForConditionalGeneration

from accent.config import TrainingConfig
from accent.modeling import Anatomy
from accent.strategies import Full
from accent.tasks import Batch, Classification
from accent.tasks import Examples as Encoded
from accent.tokenization import EncodedRows
from accent.training import Examples, Learner, World
from accent.training.compaction import CompactVocabulary, compact_vocabulary, compactable
from tests.unit.training.tiny import LENGTHS, TARGETS, tiny_model

OCCUR = np.array([0, 5, 6, 9, 17, 30, 31, 48])
"""Of 50 tokens; 0 is padding."""
IDS = OCCUR[1:][np.random.default_rng(2).integers(0, len(OCCUR) - 1, size=(len(LENGTHS), 12))]


def encoded() -> Encoded:
    ids = np.concatenate([row[:length] for row, length in zip(IDS, LENGTHS, strict=True)])
    offsets = np.concatenate([[0], np.cumsum(LENGTHS)])
    rows = EncodedRows(ids=ids, offsets=offsets, type_ids=None, cut=np.zeros(len(LENGTHS), dtype=np.int32))
    return Encoded(rows=rows, pad_id=0)


def collate(rows: np.ndarray) -> Batch:
    longest = int(LENGTHS[rows].max())
    mask = torch.from_numpy((np.arange(longest)[None, :] < LENGTHS[rows][:, None]).astype(np.int64))
    return Batch(
        {"input_ids": torch.from_numpy(IDS[rows][:, :longest]) * mask, "attention_mask": mask},
        {"labels": TARGETS[rows]},
    )


def learner(model: PreTrainedModel, config: TrainingConfig, *, compact: bool) -> Learner:
    moving = Full().prepare(model, Anatomy.of(model, "sequence"), seed=1)
    vocabulary = compact_vocabulary(model, moving, encoded()) if compact else None
    made = Learner(
        model,
        moving if vocabulary is None else vocabulary.within(moving),
        examples=Examples(LENGTHS, collate),
        loss=Classification(["no", "yes"]).loss,
        config=config,
        seed=1,
        world=World(),
        autocast=nullcontext,
    )
    if vocabulary is not None:
        made.compact(vocabulary)
    return made


def train(made: Learner, updates: range) -> list[float]:
    rows = np.arange(len(LENGTHS))
    return [made.update(np.roll(rows, update)[:16], update, 12).loss for update in updates]


CONFIGS = [
    TrainingConfig(batch_size=16, learning_rate=1e-2, weight_decay=0.3),
    TrainingConfig(batch_size=16, learning_rate=1e-2, weight_decay=0.3, bias_correction=False, max_grad_norm=0.1),
    TrainingConfig(batch_size=16, learning_rate=1e-2, weight_decay=0.3, optimizer="muon", microbatch_size=5),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_losses_and_weights_are_those_of_a_plain_training(config: TrainingConfig) -> None:
    plain, compact = tiny_model(), tiny_model()
    one, other = learner(plain, config, compact=False), learner(compact, config, compact=True)
    assert compact.get_input_embeddings().weight.shape == (len(OCCUR), 16)
    assert one.trainable(0) == other.trainable(0)
    assert train(one, range(12)) == pytest.approx(train(other, range(12)), rel=1e-5)
    other.finish()
    # Newton and Schulz's products in bf16 turn a rounding into the third digit of a step.
    tolerance = 1e-3 if config.optimizer == "muon" else 1e-6
    for (name, weight), (_, found) in zip(plain.named_parameters(), compact.named_parameters(), strict=True):
        assert torch.allclose(weight, found, atol=tolerance), name
    idle = np.setdiff1d(np.arange(50), OCCUR)
    begun = tiny_model().get_input_embeddings().weight[idle]
    moved = compact.get_input_embeddings().weight[idle]
    assert (moved.abs() < begun.abs()).all()  # decayed, and nothing else
    assert torch.allclose(moved / begun, moved[0, 0] / begun[0, 0], atol=1e-5)


def test_texts_with_other_tokens_are_read_as_a_plain_training_would_read_them() -> None:
    plain, compact = tiny_model(), tiny_model()
    one, other = (learner(model, CONFIGS[0], compact=model is compact) for model in (plain, compact))
    train(one, range(5))
    train(other, range(5))
    ids = torch.tensor([[5, 7, 1, 49, 6, 0]])
    with torch.inference_mode():
        answers = [model.eval()(ids).logits for model in (plain, compact)]
    assert torch.allclose(*answers, atol=1e-5)
    compact.train()
    with pytest.raises(IndexError):
        compact(ids)  # a training text with a token that was not announced


def test_it_goes_on_bit_by_bit_from_a_folder(tmp_path: Path) -> None:
    first, second = tiny_model(), tiny_model()
    one = learner(first, CONFIGS[0], compact=True)
    train(one, range(4))
    one.save(tmp_path)
    other = learner(second, CONFIGS[0], compact=True)
    other.load(tmp_path)
    assert train(one, range(4, 8)) == train(other, range(4, 8))
    one.finish()
    other.finish()
    assert torch.equal(first.get_input_embeddings().weight, second.get_input_embeddings().weight)


def test_what_is_rehearsed_leaves_no_trace() -> None:
    model = tiny_model()
    made = learner(model, CONFIGS[0], compact=True)
    with made.preserved():
        train(made, range(3))
    made.finish()
    assert torch.equal(model.get_input_embeddings().weight, tiny_model().get_input_embeddings().weight)


def test_a_table_that_is_tied_to_the_output_stays_whole() -> None:
    assert compactable(BertForMaskedLM(tiny_model().config)) is None
    assert compactable(tiny_model()) is not None
    sizes = {"vocab_size": 50, "d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 1, "num_heads": 2}
    assert compactable(T5ForConditionalGeneration(T5Config(**sizes, decoder_start_token_id=0))) is None


def test_padding_stays_without_a_gradient() -> None:
    table = torch.nn.Embedding(6, 4, padding_idx=2)
    CompactVocabulary(table, np.array([1, 2, 5]))
    table(torch.tensor([[1, 2, 5]])).sum().backward()
    assert table.weight.grad is not None
    assert table.weight.grad.sum(dim=1).tolist() == [4.0, 0.0, 4.0]
