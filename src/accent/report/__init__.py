"""Pages from run folders: the report and the model card. Only the folder's files are read, never a model."""

from __future__ import annotations

from accent.report.card import write_card
from accent.report.comparison import write_comparison
from accent.report.page import write_report
from accent.report.search import write_search_page
from accent.report.students import DISTILLED

__all__ = ["DISTILLED", "write_card", "write_comparison", "write_report", "write_search_page"]
