"""Numbers from predictions: scores with intervals, calibration, baselines and paired tests. Arrays in, no model."""

from __future__ import annotations

from accent.evaluation.answers import AnswerScorer, tune_null_threshold
from accent.evaluation.baselines import baselines, multilabel_baselines, quantity_baselines
from accent.evaluation.calibration import ReliabilityBin, reliability
from accent.evaluation.class_thresholds import GOALS, chosen, tune_class_thresholds
from accent.evaluation.classes import ClassScorer
from accent.evaluation.classification import classification_scores, confusion, point_metrics
from accent.evaluation.detection import detection_auroc
from accent.evaluation.entities import EntityScorer
from accent.evaluation.extracts import first_sentences, overlap_sentence
from accent.evaluation.gazetteer import CommonTags, Gazetteer
from accent.evaluation.language import LanguageScorer
from accent.evaluation.multilabel import MultilabelScorer
from accent.evaluation.quantities import QuantityScorer
from accent.evaluation.rereading import reread
from accent.evaluation.resampling import Metric, bootstrap_ratio
from accent.evaluation.rouge import SummaryScorer
from accent.evaluation.scorer import PerRow, Scorer
from accent.evaluation.scores import Score
from accent.evaluation.several import Difference, Setting, Standing, compare_settings, holm
from accent.evaluation.significance import Paired, compare_paired
from accent.evaluation.tags import TagScorer
from accent.evaluation.temperature import either, fit_temperature, tempered
from accent.evaluation.thresholds import tune_thresholds

__all__ = [
    "GOALS",
    "AnswerScorer",
    "ClassScorer",
    "CommonTags",
    "Difference",
    "EntityScorer",
    "Gazetteer",
    "LanguageScorer",
    "Metric",
    "MultilabelScorer",
    "Paired",
    "PerRow",
    "QuantityScorer",
    "ReliabilityBin",
    "Score",
    "Scorer",
    "Setting",
    "Standing",
    "SummaryScorer",
    "TagScorer",
    "baselines",
    "bootstrap_ratio",
    "chosen",
    "classification_scores",
    "compare_paired",
    "compare_settings",
    "confusion",
    "detection_auroc",
    "either",
    "first_sentences",
    "fit_temperature",
    "holm",
    "multilabel_baselines",
    "overlap_sentence",
    "point_metrics",
    "quantity_baselines",
    "reliability",
    "reread",
    "tempered",
    "tune_class_thresholds",
    "tune_null_threshold",
    "tune_thresholds",
]
