"""Bases and models: find a checkpoint, load it strictly, say what was loaded, save it, choose its dtype."""

from __future__ import annotations

from accent.modeling.bases import BUILTIN_BASES, Base, BuiltinBase, find_base
from accent.modeling.families import FAMILIES, Family, HeadName, family_named
from accent.modeling.load import Loaded, ProblemType, load_model, load_saved
from accent.modeling.precision import Dtype, PrecisionProbe, autocast, probe_precision
from accent.modeling.report import CarriedLabels, LoadReport, parameters_by_part
from accent.modeling.save import save_model

__all__ = [
    "BUILTIN_BASES",
    "FAMILIES",
    "Base",
    "BuiltinBase",
    "CarriedLabels",
    "Dtype",
    "Family",
    "HeadName",
    "LoadReport",
    "Loaded",
    "PrecisionProbe",
    "ProblemType",
    "autocast",
    "family_named",
    "find_base",
    "load_model",
    "load_saved",
    "parameters_by_part",
    "probe_precision",
    "save_model",
]
