"""Report: write a run's page and model card again from its folder."""

from __future__ import annotations

from pathlib import Path

from accent.records import RunFolder
from accent.report import write_card, write_report

__all__ = ["report"]


def report(target: str) -> Path:
    """Return the path of the page that was written."""
    folder = RunFolder.open(target)
    if folder.model.exists():
        write_card(folder)
    return write_report(folder)
