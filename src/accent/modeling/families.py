"""What differs between families of models: names of weights and of dropout settings, declared in one table.

Loading is strict: a name that is missing from a checkpoint or left over in it must stand here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from accent.errors import BaseModelError

__all__ = ["FAMILIES", "Family", "family_named"]

# Buffers that older versions of transformers saved with the weights, and heads of other tasks.
_LEFT_OVER = r"(^|\.)(position_ids|token_type_ids)$|^qa_outputs\."


@dataclass(frozen=True, kw_only=True)
class Family:
    """The names that one family of checkpoints uses. Patterns are regular expressions, searched in weight names."""

    head: str
    """Weights of the classification head: new, unless the checkpoint has a head for the same labels."""
    completes: str = r"(?!)"
    """Weights that are loaded where the checkpoint has them and new where it was saved without."""
    discards: str
    """Weights of pretraining heads and the like, which a classifier does not use."""
    hidden_dropout: tuple[str, ...]
    """Settings in config.json for dropout of hidden states."""
    head_dropout: tuple[str, ...] = ()
    """Settings in config.json for dropout in front of the head."""
    attention_dropout: str
    """The setting in config.json for dropout of attention probabilities."""

    def is_head(self, name: str) -> bool:
        """Say whether a weight belongs to the classification head."""
        return re.search(self.head, name) is not None

    def may_be_new(self, name: str) -> bool:
        """Say whether a checkpoint may lack this weight."""
        return self.is_head(name) or re.search(self.completes, name) is not None

    def may_be_discarded(self, name: str) -> bool:
        """Say whether a checkpoint's weight may stay unused."""
        return re.search(self.discards, name) is not None or re.search(_LEFT_OVER, name) is not None


_BERT = Family(
    head=r"^classifier\.",
    completes=r"(^|\.)pooler\.",
    discards=r"^cls\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
)
_ROBERTA = Family(
    head=r"^classifier\.",
    discards=r"^lm_head\.|(^|\.)pooler\.",  # RoBERTa's pooler was never trained, and its classifier has its own
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
)
_ALBERT = Family(
    head=r"^classifier\.",
    completes=r"(^|\.)pooler\.",
    discards=r"^predictions\.|^sop_classifier\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout_prob",),
    attention_dropout="attention_probs_dropout_prob",
)
_ELECTRA = Family(
    head=r"^classifier\.",
    discards=r"^(discriminator_predictions|generator_predictions|generator_lm_head)\.",
    hidden_dropout=("hidden_dropout_prob",),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_probs_dropout_prob",
)
_DISTILBERT = Family(
    head=r"^(pre_classifier|classifier)\.",
    discards=r"^vocab_(transform|layer_norm|projector)\.",
    hidden_dropout=("dropout",),
    head_dropout=("seq_classif_dropout",),
    attention_dropout="attention_dropout",
)
_GPT2 = Family(
    head=r"^score\.",
    discards=r"^lm_head\.|(^|\.)h\.\d+\.attn\.(bias|masked_bias)$",  # causal masks that old checkpoints hold
    hidden_dropout=("resid_pdrop", "embd_pdrop"),
    attention_dropout="attn_pdrop",
)
_MODERNBERT = Family(
    head=r"^classifier\.",
    completes=r"^head\.",
    discards=r"^decoder\.",
    hidden_dropout=("embedding_dropout", "mlp_dropout"),
    head_dropout=("classifier_dropout",),
    attention_dropout="attention_dropout",
)

FAMILIES: Mapping[str, Family] = {
    "albert": _ALBERT,
    "bert": _BERT,
    "camembert": _ROBERTA,
    "distilbert": _DISTILBERT,
    "electra": _ELECTRA,
    "gpt2": _GPT2,
    "modernbert": _MODERNBERT,
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
}
"""Every family that can be fine-tuned, by the `model_type` of its config.json."""


def family_named(model_type: str, *, where: str) -> Family:
    """Return the family of a `model_type`; one that is not in the table is a BaseModelError."""
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    raise BaseModelError(
        f"models of type {model_type!r} cannot be fine-tuned for classification",
        where=where,
        remedy=f"Take a base of one of these: {', '.join(sorted(FAMILIES))}.",
    )
