"""Models from scratch: the shape of each family at a size, or by numbers, with no dropout.

Sizes are those of Turc et al. 2019 (arXiv 1908.08962): heads are 64 wide and feed-forward parts 4 times the hidden
width. Where a family's own base differs, `base` is that: DistilBERT has 6 layers (Sanh et al. 2019, arXiv 1910.01108),
ModernBERT 22 with a gated feed-forward part of 1.5 times the width (Warner et al. 2024, arXiv 2412.13663). Embeddings
of ALBERT (arXiv 1909.11942) are 128 wide, those of ELECTRA (arXiv 2003.10555) too but for its base; T5 (arXiv
1910.10683) has as many layers in its decoder as in its encoder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from transformers import (
    MODEL_FOR_CAUSAL_LM_MAPPING,
    MODEL_FOR_MASKED_LM_MAPPING,
    MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING,
    MODEL_FOR_PRETRAINING_MAPPING,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
    AlbertConfig,
    BertConfig,
    DistilBertConfig,
    ElectraConfig,
    GPT2Config,
    ModernBertConfig,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    T5Config,
)

from accent.errors import ConfigError
from accent.modeling.attention import ATTENTION
from accent.modeling.families import FAMILIES
from accent.modeling.quiet import quiet_transformers
from accent.seeds import derive

__all__ = ["ARCHITECTURES", "SIZES", "PretrainingHead", "new_config", "new_model", "pretraining_class"]

PretrainingHead = Literal["masked", "paired", "pair", "replaced", "causal", "written"]
"""What a model is pretrained with: hidden tokens, these and pairs of texts, pairs alone, replaced tokens, the next
token, and text from a decoder."""

HEAD_WIDTH = 64
EMBEDDING_WIDTH = 128


@dataclass(frozen=True, kw_only=True)
class _Shape:
    layers: int
    hidden: int
    heads: int
    intermediate: int
    is_base: bool = False


SIZES: Mapping[str, tuple[int, int]] = {"tiny": (2, 128), "mini": (4, 256), "small": (4, 512), "base": (12, 768)}
"""Layers and width of each size."""
_OWN_BASE_LAYERS = {"distilbert": 6, "modernbert": 22}
_FEEDFORWARD = {"modernbert": 1.5}
_USUAL_FEEDFORWARD = 4


def new_config(
    architecture: str,
    *,
    tokenizer: PreTrainedTokenizerFast,
    max_length: int,
    size: str | None = None,
    layers: int | None = None,
    hidden: int | None = None,
    heads: int | None = None,
    intermediate: int | None = None,
) -> PreTrainedConfig:
    """Return the configuration of a new model for this tokenizer and texts of up to `max_length` tokens.

    Numbers go before those of `size`, which is mini where nothing is said. Raises ConfigError for a name that is not
    known, numbers that do not fit each other, and a tokenizer without the special tokens that the family needs.
    """
    if architecture not in ARCHITECTURES:
        raise ConfigError(
            f"no architecture is called {architecture!r}",
            where="architecture",
            remedy=f"Take one of these: {', '.join(sorted(ARCHITECTURES))}.",
        )
    _check_tokens(architecture, tokenizer)
    asked = {"layers": layers, "hidden": hidden, "heads": heads, "intermediate": intermediate, "length": max_length}
    for name, number in asked.items():
        if number is not None and number < 1:
            raise ConfigError(f"{name} is {number}", where=name, remedy="Give a whole number above 0.")
    shape = _shape(architecture, size, layers=layers, hidden=hidden, heads=heads, intermediate=intermediate)
    config = ARCHITECTURES[architecture](shape, tokenizer, max_length)
    family = FAMILIES[config.model_type]
    for setting in (*family.hidden_dropout, *family.head_dropout, family.attention_dropout):
        if setting is not None and getattr(config, setting) is not None:
            setattr(config, setting, 0.0)
    return config


def new_model(config: PreTrainedConfig, head: PretrainingHead, *, seed: int) -> PreTrainedModel:
    """Make a model with new weights, drawn as the family draws them, from the seed's stream "model".

    It is in float32 on the CPU, in evaluation mode; torch's global generator stays untouched.
    """
    kind = pretraining_class(config, head)
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        torch.default_generator.manual_seed(derive(seed, "model"))
        model: PreTrainedModel = kind._from_config(config, attn_implementation=ATTENTION)
    model.train(False)
    return model


def pretraining_class(config: PreTrainedConfig, head: PretrainingHead) -> Any:
    """Return transformers' class for this configuration and head; ConfigError where the family has no such head."""
    kind = type(config)
    if head == "pair" and kind in MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING:
        return MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING[kind]
    families, classes = _HEADS[head]
    if config.model_type not in families:
        raise ConfigError(
            f"models of type {config.model_type!r} have no head for {_NAMES[head]}",
            where="architecture",
            remedy=f"Take one of these: {', '.join(sorted(families))}.",
        )
    return classes[kind]


_MASKED = frozenset({"albert", "bert", "camembert", "distilbert", "electra", "modernbert", "roberta", "xlm-roberta"})
_HEADS: Mapping[PretrainingHead, tuple[frozenset[str], Any]] = {
    "masked": (_MASKED, MODEL_FOR_MASKED_LM_MAPPING),
    "paired": (frozenset({"albert", "bert"}), MODEL_FOR_PRETRAINING_MAPPING),
    "pair": (frozenset({"albert", "bert"}), MODEL_FOR_PRETRAINING_MAPPING),
    "replaced": (frozenset({"electra"}), MODEL_FOR_PRETRAINING_MAPPING),
    "causal": (frozenset({"gpt2"}), MODEL_FOR_CAUSAL_LM_MAPPING),
    "written": (frozenset({"t5"}), MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING),
}
_NAMES: Mapping[PretrainingHead, str] = {
    "masked": "hidden tokens",
    "paired": "hidden tokens and pairs of texts",
    "pair": "pairs of texts",
    "replaced": "replaced tokens",
    "causal": "the next token",
    "written": "text from a decoder",
}
_READS = ("cls_token", "sep_token", "pad_token", "mask_token")
_NEEDED: Mapping[str, tuple[str, ...]] = {"gpt2": ("eos_token",), "t5": ("pad_token", "eos_token")}


def _check_tokens(architecture: str, tokenizer: PreTrainedTokenizerFast) -> None:
    missing = [name for name in _NEEDED.get(architecture, _READS) if getattr(tokenizer, name, None) is None]
    if missing:
        raise ConfigError(
            f"the tokenizer has no {' and no '.join(name.replace('_', ' ') for name in missing)}",
            where="tokenizer",
            remedy=f"Take a tokenizer made for {architecture}, or leave --tokenizer out: one is trained on the corpus.",
        )


def _shape(
    architecture: str,
    size: str | None,
    *,
    layers: int | None,
    hidden: int | None,
    heads: int | None,
    intermediate: int | None,
) -> _Shape:
    if size is not None and size not in SIZES:
        raise ConfigError(f"no size is called {size!r}", where="size", remedy=f"Take one of these: {', '.join(SIZES)}.")
    own_layers, own_hidden = SIZES[size or "mini"]
    if size == "base":
        own_layers = _OWN_BASE_LAYERS.get(architecture, own_layers)
    width = hidden or own_hidden
    count = heads or _usual_heads(width)
    if width % count:
        raise ConfigError(
            f"{count} heads do not divide a hidden width of {width}",
            where="heads",
            remedy=f"Give --heads {_usual_heads(width)}, or a hidden width that {count} divides.",
        )
    if architecture == "modernbert" and (width // count) % 2:
        raise ConfigError(
            f"heads of width {width // count} cannot be rotated: positions of modernbert turn pairs of numbers",
            where="heads",
            remedy="Give --hidden and --heads so that the one over the other is even.",
        )
    wide = intermediate or int(width * _FEEDFORWARD.get(architecture, _USUAL_FEEDFORWARD))
    return _Shape(layers=layers or own_layers, hidden=width, heads=count, intermediate=wide, is_base=size == "base")


def _usual_heads(hidden: int) -> int:
    """Return how many heads of about 64 divide the width."""
    wanted = max(1, hidden // HEAD_WIDTH)
    return next(count for count in range(wanted, 0, -1) if hidden % count == 0)


def _common(shape: _Shape, tokenizer: PreTrainedTokenizerFast, positions: int) -> dict[str, Any]:
    return {
        "vocab_size": _rows(tokenizer),
        "num_hidden_layers": shape.layers,
        "hidden_size": shape.hidden,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "max_position_embeddings": positions,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _rows(tokenizer: PreTrainedTokenizerFast) -> int:
    """Return how many embeddings hold every token."""
    return int(max(tokenizer.get_vocab().values())) + 1


def _ends(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    return {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}


def _bert(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    return BertConfig(**_common(shape, tokenizer, length))


def _roberta(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    behind = length + tokenizer.pad_token_id + 1  # its positions begin behind the padding token's id
    return RobertaConfig(
        **_common(shape, tokenizer, behind), **_ends(tokenizer), type_vocab_size=1, layer_norm_eps=1e-5
    )


def _albert(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    return AlbertConfig(
        **_common(shape, tokenizer, length), **_ends(tokenizer), embedding_size=min(EMBEDDING_WIDTH, shape.hidden)
    )


def _electra(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    embedding = shape.hidden if shape.is_base else min(EMBEDDING_WIDTH, shape.hidden)
    return ElectraConfig(**_common(shape, tokenizer, length), embedding_size=embedding)


def _distilbert(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    return DistilBertConfig(
        vocab_size=_rows(tokenizer),
        n_layers=shape.layers,
        dim=shape.hidden,
        n_heads=shape.heads,
        hidden_dim=shape.intermediate,
        max_position_embeddings=length,
        pad_token_id=tokenizer.pad_token_id,
    )


def _gpt2(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    first = tokenizer.bos_token_id
    return GPT2Config(
        vocab_size=_rows(tokenizer),
        n_layer=shape.layers,
        n_embd=shape.hidden,
        n_head=shape.heads,
        n_inner=shape.intermediate,
        n_positions=length,
        bos_token_id=tokenizer.eos_token_id if first is None else first,
        eos_token_id=tokenizer.eos_token_id,
    )


def _modernbert(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:
    ends = _ends(tokenizer) | {"cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id}
    return ModernBertConfig(**_common(shape, tokenizer, length), **ends)


def _t5(shape: _Shape, tokenizer: PreTrainedTokenizerFast, length: int) -> PreTrainedConfig:  # noqa: ARG001 - positions are relative
    start: dict[str, Any] = {"decoder_start_token_id": tokenizer.pad_token_id}
    return T5Config(
        vocab_size=_rows(tokenizer),
        num_layers=shape.layers,
        d_model=shape.hidden,
        num_heads=shape.heads,
        d_kv=shape.hidden // shape.heads,
        d_ff=shape.intermediate,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **start,
    )


ARCHITECTURES: Mapping[str, Callable[[_Shape, PreTrainedTokenizerFast, int], PreTrainedConfig]] = {
    "albert": _albert,
    "bert": _bert,
    "distilbert": _distilbert,
    "electra": _electra,
    "gpt2": _gpt2,
    "modernbert": _modernbert,
    "roberta": _roberta,
    "t5": _t5,
}
"""Every family that can be made from scratch."""
