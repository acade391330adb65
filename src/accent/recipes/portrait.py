"""What the record of a pretraining says of its model, its tokenizer and its speed, for the page and the card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from accent.config.pretraining import PretrainConfig
from accent.data.corpus import Texts
from accent.modeling import FAMILIES, parameters_by_part, product_rate
from accent.objectives.costs import operations_a_token
from accent.recipes.grounding import Ground
from accent.recipes.writing import RunWriter
from accent.tokenization import describe_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedModel

__all__ = ["portray"]

SHAPE = (
    "num_hidden_layers",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
    "embedding_size",
    "vocab_size",
    "max_position_embeddings",
)
"""What config.json says of a model's shape, in transformers' names."""
_DOCUMENTS, _CHARACTERS, _WORDS = 200, 20_000, 12
"""Documents and characters of each that the tokenizer is described on, and words that are named."""


def portray(config: PretrainConfig, ground: Ground, precision: str, *, device: Any, writer: RunWriter) -> None:
    """Write down what the run stands on. A resumed run keeps the rate that was measured when it began."""
    record, kept = writer.record, ground.model.kept
    record.base |= {
        "family": ground.family,
        "shape": _shape(kept),
        "load": record.base.get("load", {}) | {"parts": parameters_by_part(kept, FAMILIES[ground.family], None)},
    }
    with writer.stage("tokenizer", "describing the tokenizer"):
        texts = _texts(config)
        facts = asdict(describe_tokenizer(ground.tokenizer, texts, most=_WORDS))
    record.data["tokenizer"] = facts | {"trained": (writer.folder.path / "tokenizer").is_dir()}
    if "cost" not in record.training:
        with writer.stage("rehearsal", "measuring the speed of matrix products"):
            record.training["cost"] = _cost(config, ground, precision, device)
    writer.save()


def _shape(model: PreTrainedModel) -> dict[str, int]:
    found = {name: getattr(model.config, name, None) for name in SHAPE}
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _texts(config: PretrainConfig) -> Iterator[str]:
    texts = islice(Texts(config.corpus, offline=config.run.offline), _DOCUMENTS)
    return (text[:_CHARACTERS] for text in texts)


def _cost(config: PretrainConfig, ground: Ground, precision: str, device: Any) -> dict[str, Any]:
    """Return what a token asks for, and how fast this machine multiplies matrices of the model's own shape."""
    blocks = np.arange(min(config.training.batch_size, len(ground.train.starts)))
    prepared = ground.mixture.make(blocks, context=ground.train, seed=config.run.seed, epoch=0)
    shape = _shape(ground.model.kept)
    width = shape["hidden_size"]
    inner = shape.get("intermediate_size", 4 * width)
    rate = product_rate(
        "bf16" if precision == "bf16" else "fp32", tokens=prepared.tokens, width=width, inner=inner, device=device
    )
    return {
        "operations_per_token": operations_a_token(ground.model, prepared),
        "operations_per_second": rate,
        "product": [prepared.tokens, width, inner],
    }
