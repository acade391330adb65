"""Numbers from predictions: scores with intervals, calibration, baselines and paired tests. Arrays in, no model."""

from __future__ import annotations

from accent.evaluation.baselines import baselines
from accent.evaluation.calibration import ReliabilityBin, reliability
from accent.evaluation.classification import classification_scores, confusion, point_metrics
from accent.evaluation.scores import Score
from accent.evaluation.significance import Paired, compare_paired

__all__ = [
    "Paired",
    "ReliabilityBin",
    "Score",
    "baselines",
    "classification_scores",
    "compare_paired",
    "confusion",
    "point_metrics",
    "reliability",
]
