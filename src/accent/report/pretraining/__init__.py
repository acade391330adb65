"""The page and the card of a pretraining: what was learned from running text, from which text, and how fast."""

from __future__ import annotations

from accent.report.pretraining.card import write_pretraining_card
from accent.report.pretraining.page import write_pretraining_page

__all__ = ["write_pretraining_card", "write_pretraining_page"]
