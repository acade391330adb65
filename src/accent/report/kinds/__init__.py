"""The tasks as the pages see them: one file each, and one table."""

from __future__ import annotations

from collections.abc import Mapping

from accent.report.kinds import classification, generation, multilabel, qa, regression, summarization, tagging
from accent.report.kinds.kind import Baseline, Card, Kind, Made, Section, Worst

__all__ = ["KINDS", "Baseline", "Card", "Kind", "Made", "Section", "Worst", "kind_named"]

KINDS: Mapping[str, Kind] = {
    "classification": classification.KIND,
    "multilabel": multilabel.KIND,
    "regression": regression.KIND,
    "tagging": tagging.KIND,
    "qa": qa.KIND,
    "generation": generation.KIND,
    "summarization": summarization.KIND,
}
"""Every task by its `kind`."""


def kind_named(name: str) -> Kind:
    """Return how a task is shown; of one that is not known (a later Accent's), as a classification."""
    return KINDS.get(name, classification.KIND)
