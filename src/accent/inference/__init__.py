"""Answers from a fitted model, batched by length and in order."""

from __future__ import annotations

from accent.inference.batching import batch_by_length, padding_share
from accent.inference.columns import usual_columns
from accent.inference.predictor import Predictor
from accent.inference.rows import WINDOW_ROWS, windows_of_columns
from accent.inference.settings import SETTINGS_FILE, Settings, find_model, read_settings
from accent.inference.statistics import Statistics

__all__ = [
    "SETTINGS_FILE",
    "WINDOW_ROWS",
    "Predictor",
    "Settings",
    "Statistics",
    "batch_by_length",
    "find_model",
    "padding_share",
    "read_settings",
    "usual_columns",
    "windows_of_columns",
]
