"""What a pretraining model says at some places only: the logits of a vocabulary are most of its work.

BERT-mini over 30,522 tokens spends 4 x 256 x 256 x 12 products a token in its layers, and 256 x 30,522 in its logits:
two and a half times as many. With 15 % of the tokens hidden, only that share of them is asked for.

Legend: B rows, T tokens, D width, E width of the embeddings, M places, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

__all__ = ["hidden", "output_logits", "pair_logits", "predictions", "read", "replaced_logits"]


def read(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> tuple[Tensor, Tensor | None]:
    """Return the last hidden states (B, T, D) and what the model pools of each row (B, D), None where it pools none.

    Of a model with encoder and decoder these are the decoder's.
    """
    config = model.config
    base: Any = model.base_model
    if config.is_encoder_decoder:
        return _written(model, inputs), None
    options = {"use_cache": False} if config.model_type == "gpt2" else {}
    outputs = base(**inputs, **options)
    states_BTD: Tensor = outputs.last_hidden_state
    return states_BTD, getattr(outputs, "pooler_output", None)


def hidden(model: PreTrainedModel, inputs: Mapping[str, Tensor]) -> Tensor:
    """Return the last hidden states (B, T, D)."""
    return read(model, inputs)[0]


def predictions(model: PreTrainedModel, hidden_MD: Tensor) -> Tensor:
    """Return the logits of the vocabulary (M, V) for some hidden states, by the model's own head."""
    logits_MV: Tensor = _HEADS[model.config.model_type](model, hidden_MD)
    return logits_MV


def output_logits(model: PreTrainedModel, states_ME: Tensor) -> Tensor:
    """Return the logits of the vocabulary (M, V) by the last layer of the head alone."""
    own: Any = model
    logits_MV: Tensor = own.get_output_embeddings()(states_ME)
    return logits_MV


def pair_logits(model: PreTrainedModel, pooled_BD: Tensor) -> Tensor:
    """Return the logits (B, 2) of two texts being as they stood (0) or not (1)."""
    own: Any = model
    logits_B2: Tensor = (
        own.sop_classifier(pooled_BD) if model.config.model_type == "albert" else _relationship(own)(pooled_BD)
    )
    return logits_B2


def replaced_logits(model: PreTrainedModel, hidden_BTD: Tensor) -> Tensor:
    """Return the logit (B, T) of each token having been replaced."""
    own: Any = model
    logits_BT: Tensor = own.discriminator_predictions(hidden_BTD)
    return logits_BT


def _written(model: Any, inputs: Mapping[str, Tensor]) -> Tensor:
    """Run encoder and decoder; `decoder_input_ids` are what the decoder sees."""
    read_BTD = model.encoder(
        input_ids=inputs["input_ids"], attention_mask=inputs.get("attention_mask")
    ).last_hidden_state
    written_BTD: Tensor = model.decoder(
        input_ids=inputs["decoder_input_ids"],
        encoder_hidden_states=read_BTD,
        encoder_attention_mask=inputs.get("attention_mask"),
        use_cache=False,
    ).last_hidden_state
    return written_BTD * model.model_dim**-0.5 if model.config.scale_decoder_outputs else written_BTD


def _relationship(model: Any) -> Any:
    return model.cls.seq_relationship


def _bert(model: Any, hidden_MD: Tensor) -> Any:
    return model.cls.predictions(hidden_MD)


def _roberta(model: Any, hidden_MD: Tensor) -> Any:
    return model.lm_head(hidden_MD)


def _albert(model: Any, hidden_MD: Tensor) -> Any:
    return model.predictions(hidden_MD)


def _electra(model: Any, hidden_MD: Tensor) -> Any:
    return model.generator_lm_head(model.generator_predictions(hidden_MD))


def _distilbert(model: Any, hidden_MD: Tensor) -> Any:
    transformed = model.vocab_layer_norm(model.activation(model.vocab_transform(hidden_MD)))
    return model.vocab_projector(transformed)


def _modernbert(model: Any, hidden_MD: Tensor) -> Any:
    return model.decoder(model.head(hidden_MD))


_HEADS: Mapping[str, Callable[[Any, Tensor], Any]] = {
    "albert": _albert,
    "bert": _bert,
    "camembert": _roberta,
    "distilbert": _distilbert,
    "electra": _electra,
    "gpt2": _roberta,
    "modernbert": _modernbert,
    "roberta": _roberta,
    "t5": _roberta,
    "xlm-roberta": _roberta,
}
