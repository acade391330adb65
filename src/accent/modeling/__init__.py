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
from accent.modeling.lexicon import BaseLexicon
from accent.modeling.load import Loaded, ProblemType, load_model, load_pretraining, load_saved
from accent.modeling.losses import IGNORED, SummedLoss, summed_loss, token_scores
from accent.modeling.noise import carry_noise, usual_dropout
from accent.modeling.precision import Dtype, PrecisionProbe, autocast, probe_precision
from accent.modeling.prefix import Prefix, RowPrefixes
from accent.modeling.reinit import reinit_layers
from accent.modeling.report import CarriedLabels, LoadReport, parameters_by_part
from accent.modeling.save import save_model, save_part
from accent.modeling.sparse_head import (
    hidden,
    output_logits,
    pair_logits,
    predictions,
    read,
    replaced_logits,
)
from accent.modeling.still import still_modules
from accent.modeling.vocabulary import Extended, extend_vocabulary, useful_words
from accent.modeling.weights import CHANGES_FILE

__all__ = [
    "ACTIVATIONS",
    "ARCHITECTURES",
    "ATTENTION",
    "BUILTIN_BASES",
    "CHANGES_FILE",
    "FAMILIES",
    "IGNORED",
    "SIZES",
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
    "autocast",
    "carry_noise",
    "extend_vocabulary",
    "family_named",
    "find_base",
    "hidden",
    "layer_paths",
    "load_model",
    "load_pretraining",
    "load_saved",
    "new_config",
    "new_model",
    "output_logits",
    "pair_logits",
    "parameters_by_part",
    "predictions",
    "pretraining_class",
    "probe_precision",
    "read",
    "reinit_layers",
    "replaced_logits",
    "save_model",
    "save_part",
    "still_modules",
    "summed_loss",
    "token_scores",
    "useful_words",
    "usual_dropout",
]
