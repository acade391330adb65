"""A learner over a tiny BERT that training tests share: random weights, synthetic rows, no files."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

from accent.config import TrainingConfig
from accent.modeling import Anatomy
from accent.strategies import Full
from accent.tasks import Batch, Classification
from accent.training import Examples, Learner, World

ROWS = 48
LENGTHS = np.random.default_rng(0).integers(4, 12, size=ROWS)
IDS = np.random.default_rng(1).integers(5, 50, size=(ROWS, 12))
TARGETS = torch.from_numpy((IDS[:, 1] > 27).astype(np.int64))


def tiny_model(*, dropout: float = 0.1) -> BertForSequenceClassification:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        num_labels=2,
    )
    return BertForSequenceClassification(config)


def collate_rows(rows: np.ndarray) -> Batch:
    longest = int(LENGTHS[rows].max())
    mask = torch.from_numpy((np.arange(longest)[None, :] < LENGTHS[rows][:, None]).astype(np.int64))
    ids = torch.from_numpy(IDS[rows][:, :longest]) * mask
    return Batch({"input_ids": ids, "attention_mask": mask}, {"labels": TARGETS[rows]})


def tiny_learner(config: TrainingConfig | None = None, *, dropout: float = 0.1, seed: int = 3) -> Learner:
    model = tiny_model(dropout=dropout)
    return Learner(
        model,
        Full().prepare(model, Anatomy.of(model, "sequence"), seed=seed),
        examples=Examples(LENGTHS, collate_rows),
        loss=Classification(["no", "yes"]).loss,
        config=config or TrainingConfig(batch_size=16, learning_rate=1e-2),
        seed=seed,
        world=World(),
        autocast=nullcontext,
    )
