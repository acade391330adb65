"""Rows: read from files or the Hub, stored as Arrow, cleaned, split, audited; nothing here knows a model."""

from __future__ import annotations

from accent.data.audit import Audit, Finding, Place, SplitFacts, audit
from accent.data.augment import AUGMENTERS, Lexicon
from accent.data.augment.run import Augmented, augment
from accent.data.builtin import BUILTIN_DATA, BUILTIN_TASKS, read_builtin
from accent.data.fingerprint import fingerprint
from accent.data.layouts import LAYOUTS, Layout
from accent.data.loading import LoadedData, load, load_rows
from accent.data.schema import Schema

__all__ = [
    "AUGMENTERS",
    "BUILTIN_DATA",
    "BUILTIN_TASKS",
    "LAYOUTS",
    "Audit",
    "Augmented",
    "Finding",
    "Layout",
    "Lexicon",
    "LoadedData",
    "Place",
    "Schema",
    "SplitFacts",
    "audit",
    "augment",
    "fingerprint",
    "load",
    "load_rows",
    "read_builtin",
]
