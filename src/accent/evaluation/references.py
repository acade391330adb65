"""The border of scorers that read texts: references and predictions are checked here before anything is counted."""

from __future__ import annotations

from accent.evaluation.scorer import PerRow

__all__ = ["check_references"]


def check_references(gold: PerRow, predictions: PerRow, *, fewest: int = 0) -> None:
    """Raise ValueError that names the row unless each has a list of `fewest` references or more, and a text."""
    if len(gold) != len(predictions):
        raise ValueError(f"{len(gold)} rows of references do not fit {len(predictions)} predictions")
    for row, (references, text) in enumerate(zip(gold, predictions, strict=True)):
        # A text is a sequence of texts too, its letters, and would be scored as so many references.
        if isinstance(references, str) or not all(isinstance(reference, str) for reference in references):
            raise ValueError(f"references must be a list of texts; row {row} has {references!r}")
        if len(references) < fewest:
            raise ValueError(f"a row needs at least {fewest} reference; row {row} has {len(references)}")
        if not isinstance(text, str):
            raise ValueError(f"a prediction must be a text; row {row} has {text!r}")
