"""Layouts: what each task reads of a file, and the table of them."""

from __future__ import annotations

from collections.abc import Mapping

from accent.config.tasks import TaskName
from accent.data.layouts.classification import ClassificationLayout
from accent.data.layouts.generation import GenerationLayout
from accent.data.layouts.multilabel import MultilabelLayout
from accent.data.layouts.protocol import Documents, Label, Layout, Origin, Standard
from accent.data.layouts.qa import QaLayout
from accent.data.layouts.regression import RegressionLayout
from accent.data.layouts.summarization import SummarizationLayout
from accent.data.layouts.tagging import TaggingLayout

__all__ = ["LAYOUTS", "Documents", "Label", "Layout", "Origin", "Standard"]

LAYOUTS: Mapping[TaskName, Layout] = {
    "classification": ClassificationLayout(),
    "multilabel": MultilabelLayout(),
    "regression": RegressionLayout(),
    "tagging": TaggingLayout(),
    "qa": QaLayout(),
    "generation": GenerationLayout(),
    "summarization": SummarizationLayout(),
}
"""Every task's layout."""
