"""Bases and models: find a checkpoint, load it strictly, say what was loaded, save it, choose its dtype."""

from __future__ import annotations

from accent.modeling.activations import Activations
from accent.modeling.anatomy import Anatomy
from accent.modeling.attention import ATTENTION
from accent.modeling.bases import BUILTIN_BASES, Base, BuiltinBase, find_base
from accent.modeling.cut import ACTIVATIONS, Cut
from accent.modeling.families import FAMILIES, Family, HeadName, Parts, family_named
from accent.modeling.lexicon import BaseLexicon
from accent.modeling.load import Loaded, ProblemType, load_model, load_saved
from accent.modeling.noise import carry_noise
from accent.modeling.precision import Dtype, PrecisionProbe, autocast, probe_precision
from accent.modeling.prefix import Prefix
from accent.modeling.reinit import reinit_layers
from accent.modeling.report import CarriedLabels, LoadReport, parameters_by_part
from accent.modeling.save import save_model, save_part
from accent.modeling.still import still_modules
from accent.modeling.weights import CHANGES_FILE

__all__ = [
    "ACTIVATIONS",
    "ATTENTION",
    "BUILTIN_BASES",
    "CHANGES_FILE",
    "FAMILIES",
    "Activations",
    "Anatomy",
    "Base",
    "BaseLexicon",
    "BuiltinBase",
    "CarriedLabels",
    "Cut",
    "Dtype",
    "Family",
    "HeadName",
    "LoadReport",
    "Loaded",
    "Parts",
    "PrecisionProbe",
    "Prefix",
    "ProblemType",
    "autocast",
    "carry_noise",
    "family_named",
    "find_base",
    "load_model",
    "load_saved",
    "parameters_by_part",
    "probe_precision",
    "reinit_layers",
    "save_model",
    "save_part",
    "still_modules",
]
