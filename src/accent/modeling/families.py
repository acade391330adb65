"""What differs between families of models: heads, names of weights and of dropout settings, declared in one table.

Loading is strict: a name that is missing from a checkpoint or left over in it must stand here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from accent.errors import BaseModelError

__all__ = ["FAMILIES", "Family", "HeadName", "Parts", "family_named"]

HeadName = Literal["sequence", "tokens", "span", "causal", "written"]
"""The output layers: one answer a text, one a token, the ends of a span, the next token, and text from a decoder."""

# Buffers that older versions of transformers saved with the weights, the pooler that only some heads use, and heads.
_LEFT_OVER = (
    r"(^|\.)(position_ids|token_type_ids)$|(^|\.)pooler\.|"
    r"^(classifier|pre_classifier|classification_head|qa_outputs|score)\."
)
_POOLER = r"(^|\.)pooler\."
_HEAD_NAMES: Mapping[HeadName, str] = {
    "sequence": "classification, multilabel or regression",
    "tokens": "tagging",
    "span": "qa",
    "causal": "generation",
    "written": "summarization by a decoder",
}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Where modules are. Patterns are regular expressions: `layer` of whole paths, the others of paths in a layer."""

    layer: str
    """The layers of encoder and decoder, searched."""
    attention: str
    """Self-attention, the module that transformers hands to the attention function."""
    attention_output: str
    """The last projection of self-attention."""
    feedforward_output: str
    """The last projection of the feed-forward part."""
    lora: str
    """The projections to queries and values, in one matrix or two (Hu et al. 2021, arXiv 2106.09685, section 4.2)."""
    norms: str
    """Normalisations."""
    shared: bool = False
    """Whether all layers are one set of weights."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """The names that one family of checkpoints uses. Patterns are regular expressions, searched in weight names."""

    parts: Parts
    """Where its modules are."""
    heads: Mapping[HeadName, str]
    """Weights of each head that the family has: new, unless the checkpoint has that head for the same labels."""
    completes: str = r"(?!)"
    """Weights that are loaded where the checkpoint has them and new where it was saved without."""
    discards: str
    """Weights of pretraining heads and the like, which no other head uses."""
    hidden_dropout: tuple[str, ...]
    """Settings in config.json for dropout of hidden states."""
    head_dropout: tuple[str, ...] = ()
    """Settings in config.json for dropout in front of the head."""
    attention_dropout: str | None
    """The setting in config.json for dropout of attention probabilities; None where it has none of its own."""
    layer_dropout: tuple[str, ...] = ()
    """Settings in config.json for leaving whole layers out while training."""
    called_dropout: Mapping[str, str] = field(default_factory=dict)
    """Where the family drops values by a function call and not by a module: modules whose output it is, each with the
    setting in config.json that it takes."""
    decoder_start: Literal["pad", "end"] = "pad"
    """The token that a decoder begins with."""
    reads: Literal["first", "last"] | None = None
    """The one token of a text whose hidden state its sequence head reads; None where it is neither."""

    def is_head(self, name: str, head: HeadName) -> bool:
        """Say whether a weight belongs to the head."""
        return re.search(self.heads[head], name) is not None

    def may_be_new(self, name: str, head: HeadName) -> bool:
        """Say whether a checkpoint may lack this weight."""
        return self.is_head(name, head) or re.search(self.completes, name) is not None

    def is_pretraining_head(self, name: str) -> bool:
        """Say whether a weight belongs to a head that the family learns from running text with, or to its pooler."""
        return re.search(f"{self.discards}|{self.completes}|{_POOLER}", name) is not None

    def may_be_discarded(self, name: str) -> bool:
        """Say whether a checkpoint's weight may stay unused."""
        return re.search(self.discards, name) is not None or re.search(_LEFT_OVER, name) is not None


_CLASSIFIER, _SPAN = r"^classifier\.", r"^qa_outputs\."
_READS: Mapping[HeadName, str] = {"sequence": _CLASSIFIER, "tokens": _CLASSIFIER, "span": _SPAN}
_BERT_PARTS = Parts(
    layer=r"(^|\.)encoder\.layer\.\d+$",
    attention=r"attention\.self",
    attention_output=r"attention\.output\.dense",
    feedforward_output=r"output\.dense",
    lora=r"attention\.self\.(query|value)",
    norms=r"(attention\.)?output\.LayerNorm",
)
_BERT = Family(
    parts=_BERT_PARTS,
    heads=_READS,
    completes=r"(^|\.)pooler\.",
    discards=r"^cls\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
    reads="first",
)
_ROBERTA = Family(
    parts=_BERT_PARTS,
    heads=_READS,
    discards=r"^lm_head\.",  # RoBERTa's pooler was never trained, and its classifier has its own
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
    reads="first",
)
_ALBERT = Family(
    parts=Parts(
        layer=r"(^|\.)albert_layers\.\d+$",
        attention=r"attention",
        attention_output=r"attention\.dense",
        feedforward_output=r"ffn_output",
        lora=r"attention\.(query|value)",
        norms=r"attention\.LayerNorm|full_layer_layer_norm",
        shared=True,
    ),
    heads=_READS,
    completes=r"(^|\.)pooler\.",
    discards=r"^predictions\.|^sop_classifier\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout_prob",),
    attention_dropout="attention_probs_dropout_prob",
    reads="first",
)
_ELECTRA = Family(
    parts=_BERT_PARTS,
    heads=_READS,
    discards=r"^(discriminator_predictions|generator_predictions|generator_lm_head)\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
    reads="first",
)
_DISTILBERT = Family(
    parts=Parts(
        layer=r"(^|\.)transformer\.layer\.\d+$",
        attention=r"attention",
        attention_output=r"attention\.out_lin",
        feedforward_output=r"ffn\.lin2",
        lora=r"attention\.(q|v)_lin",
        norms=r"(sa|output)_layer_norm",
    ),
    heads={"sequence": r"^(pre_classifier|classifier)\.", "tokens": _CLASSIFIER, "span": _SPAN},
    discards=r"^vocab_(transform|layer_norm|projector)\.",
    hidden_dropout=("dropout",),
    head_dropout=("seq_classif_dropout",),
    attention_dropout="attention_dropout",
    reads="first",
)
_GPT2 = Family(
    parts=Parts(
        layer=r"(^|\.)h\.\d+$",
        attention=r"attn",
        attention_output=r"attn\.c_proj",
        feedforward_output=r"mlp\.c_proj",
        lora=r"attn\.c_attn",
        norms=r"ln_[12]",
    ),
    heads={"sequence": r"^score\.", "tokens": _CLASSIFIER, "span": _SPAN, "causal": r"(?!)"},
    discards=r"^lm_head\.|(^|\.)h\.\d+\.attn\.(bias|masked_bias)$",  # causal masks that old checkpoints hold
    hidden_dropout=("resid_pdrop", "embd_pdrop"),
    attention_dropout="attn_pdrop",
    reads="last",
)
_MODERNBERT = Family(
    parts=Parts(
        layer=r"^model\.layers\.\d+$",
        attention=r"attn",
        attention_output=r"attn\.Wo",
        feedforward_output=r"mlp\.Wo",
        lora=r"attn\.Wqkv",
        norms=r"(attn|mlp)_norm",
    ),
    heads={"sequence": _CLASSIFIER, "tokens": _CLASSIFIER, "span": _CLASSIFIER},
    completes=r"^head\.",
    discards=r"^decoder\.",
    hidden_dropout=("embedding_dropout", "mlp_dropout"),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_dropout",
    reads="first",
)
_T5 = Family(
    parts=Parts(
        layer=r"(^|\.)block\.\d+$",
        attention=r"layer\.0\.SelfAttention",
        attention_output=r"layer\.0\.SelfAttention\.o",
        feedforward_output=r"layer\.\d\.DenseReluDense\.wo",
        lora=r"layer\.\d\.(Self|EncDec)Attention\.[qv]",
        norms=r"layer\.\d\.layer_norm",
    ),
    heads={"written": r"(?!)", "sequence": r"^classification_head\.", "tokens": _CLASSIFIER, "span": _SPAN},
    discards=r"\.EncDecAttention\.relative_attention_bias\.weight$",  # nothing reads it
    hidden_dropout=("dropout_rate",),
    attention_dropout=None,
)
_BART = Family(
    parts=Parts(
        layer=r"(^|\.)layers\.\d+$",
        attention=r"self_attn",
        attention_output=r"self_attn\.out_proj",
        feedforward_output=r"fc2",
        lora=r"(self|encoder)_attn\.[qv]_proj",
        norms=r"(self_attn|encoder_attn|final)_layer_norm",
    ),
    heads={"written": r"(?!)", "sequence": r"^classification_head\.", "span": _SPAN},
    completes=r"^final_logits_bias$",
    discards=r"^(model\.)?(encoder|decoder)\.version$|^final_logits_bias$",
    hidden_dropout=("dropout", "activation_dropout"),
    attention_dropout="attention_dropout",
    layer_dropout=("encoder_layerdrop", "decoder_layerdrop"),
    called_dropout={
        r"(^|\.)(out_proj|fc2|layernorm_embedding)$": "dropout",
        r"(^|\.)activation_fn$": "activation_dropout",
    },
    decoder_start="end",
)

FAMILIES: Mapping[str, Family] = {
    "albert": _ALBERT,
    "bart": _BART,
    "bert": _BERT,
    "camembert": _ROBERTA,
    "distilbert": _DISTILBERT,
    "electra": _ELECTRA,
    "gpt2": _GPT2,
    "modernbert": _MODERNBERT,
    "mt5": _T5,
    "roberta": _ROBERTA,
    "t5": _T5,
    "xlm-roberta": _ROBERTA,
}
"""Every family that can be fine-tuned, by the `model_type` of its config.json."""


def family_named(model_type: str, head: HeadName, *, where: str) -> Family:
    """Return the family of a `model_type`; one that is not in the table, or has no such head, is a BaseModelError."""
    family = FAMILIES.get(model_type)
    if family is not None and head in family.heads:
        return family
    able = sorted(name for name, one in FAMILIES.items() if head in one.heads)
    raise BaseModelError(
        f"models of type {model_type!r} cannot be fine-tuned for {_HEAD_NAMES[head]}",
        where=where,
        remedy=f"Take a base of one of these: {', '.join(able)}.",
    )
