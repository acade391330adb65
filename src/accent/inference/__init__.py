"""Answers from a fitted model, batched by length and in order."""

from __future__ import annotations

from accent.inference.columns import usual_columns
from accent.inference.hosted import Hosted
from accent.inference.hosting import Host
from accent.inference.predictor import Predictor
from accent.inference.pretrained import own_head, show_pretrained
from accent.inference.rebuilding import fetch_base, find_own_base
from accent.inference.rows import WINDOW_ROWS, windows_of_columns
from accent.inference.settings import SETTINGS_FILE, SETTINGS_VERSION, OwnBase, Settings, find_model, read_settings
from accent.inference.statistics import Statistics
from accent.inference.teaching import Lessons, Teacher

__all__ = [
    "SETTINGS_FILE",
    "SETTINGS_VERSION",
    "WINDOW_ROWS",
    "Host",
    "Hosted",
    "Lessons",
    "OwnBase",
    "Predictor",
    "Settings",
    "Statistics",
    "Teacher",
    "fetch_base",
    "find_model",
    "find_own_base",
    "own_head",
    "read_settings",
    "show_pretrained",
    "usual_columns",
    "windows_of_columns",
]
