"""Bases and models: find a checkpoint, load it strictly, say what was loaded, save it, choose its dtype."""

from __future__ import annotations

from accent.modeling.activations import Activations
from accent.modeling.anatomy import Anatomy, layer_paths
from accent.modeling.architectures import (
    ARCHITECTURES,
    SIZES,
    PretrainingHead,
    new_config,
    new_model,
    pretraining_class,
)
from accent.modeling.attention import ATTENTION
from accent.modeling.bases import BUILTIN_BASES, Base, BuiltinBase, find_base
from accent.modeling.cut import ACTIVATIONS, Cut
from accent.modeling.families import FAMILIES, Family, HeadName, Parts, family_named
from accent.modeling.imitation import SOFT_LOSSES, attention_losses, hidden_losses, soft_class_losses
from accent.modeling.lexicon import BaseLexicon
from accent.modeling.load import Loaded, ProblemType, load_model, load_pretraining, load_saved
from accent.modeling.losses import IGNORED, SummedLoss, summed_loss, token_scores
from accent.modeling.noise import carry_noise, usual_dropout
from accent.modeling.onednn import bound_onednn_cache
from accent.modeling.precision import Dtype, PrecisionProbe, autocast, probe_precision, settle_matrices
from accent.modeling.prefix import Prefix, RowPrefixes
from accent.modeling.products import product_rate
from accent.modeling.reinit import reinit_layers
from accent.modeling.report import CarriedLabels, LoadReport, parameters_by_part
from accent.modeling.save import save_model, save_part, save_tokenizer
from accent.modeling.sparse_head import (
    hidden,
    output_logits,
    pair_logits,
    predictions,
    read,
    replaced_logits,
)
from accent.modeling.still import still_modules
from accent.modeling.students import Telling, make_student, spread_layers
from accent.modeling.vocabulary import Extended, extend_vocabulary, useful_words
from accent.modeling.weights import CHANGES_FILE, weight_bytes

__all__ = [
    "ACTIVATIONS",
    "ARCHITECTURES",
    "ATTENTION",
    "BUILTIN_BASES",
    "CHANGES_FILE",
    "FAMILIES",
    "IGNORED",
    "SIZES",
    "SOFT_LOSSES",
    "Activations",
    "Anatomy",
    "Base",
    "BaseLexicon",
    "BuiltinBase",
    "CarriedLabels",
    "Cut",
    "Dtype",
    "Extended",
    "Family",
    "HeadName",
    "LoadReport",
    "Loaded",
    "Parts",
    "PrecisionProbe",
    "Prefix",
    "PretrainingHead",
    "ProblemType",
    "RowPrefixes",
    "SummedLoss",
    "Telling",
    "attention_losses",
    "autocast",
    "carry_noise",
    "extend_vocabulary",
    "family_named",
    "find_base",
    "hidden",
    "hidden_losses",
    "layer_paths",
    "load_model",
    "load_pretraining",
    "load_saved",
    "make_student",
    "new_config",
    "new_model",
    "output_logits",
    "pair_logits",
    "parameters_by_part",
    "predictions",
    "pretraining_class",
    "probe_precision",
    "product_rate",
    "read",
    "reinit_layers",
    "replaced_logits",
    "save_model",
    "save_part",
    "save_tokenizer",
    "settle_matrices",
    "soft_class_losses",
    "spread_layers",
    "still_modules",
    "summed_loss",
    "token_scores",
    "useful_words",
    "usual_dropout",
    "weight_bytes",
]

bound_onednn_cache()
