"""Names that files of text commonly give their columns and themselves."""

from __future__ import annotations

__all__ = ["ALL_ROWS", "KNOWN_NAMES", "LABEL_NAMES", "PAIR_NAMES", "SPLITS", "SPLIT_NAMES", "TEXT_NAMES"]

SPLITS = ("train", "validation", "test")
"""The splits, in the order in which they are shown."""

ALL_ROWS = "all"
"""The name of rows that no split was given for."""

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "eval": "validation",
    "test": "test",
    "testing": "test",
}
"""What a file's or a Hub split's name may be, and the split that it means."""

PAIR_NAMES = (
    ("text", "text_pair"),
    ("premise", "hypothesis"),
    ("qtext", "atext"),
    ("query", "passage"),
    ("query", "document"),
    ("question", "sentence"),
    ("question", "answer"),
    ("question", "passage"),
)
"""Pairs of columns that belong together, besides those that differ by 1/2 or a/b only (`sentence1`, `sentence2`)."""

TEXT_NAMES = (
    "text", "sentence", "review", "review_text", "reviewtext", "content", "body", "message", "tweet", "comment",
    "document", "utterance", "query", "question", "passage", "description", "dialogue", "input", "headline", "title",
)  # fmt: skip
"""Columns that hold the text, the surest first."""

LABEL_NAMES = (
    "label", "labels", "gold_label", "class", "category", "target", "sentiment", "intent", "topic", "polarity",
    "emotion", "is_duplicate", "quality", "spam", "y", "stars", "rating", "score",
)  # fmt: skip
"""Columns that hold the label, the surest first."""

NUMBERED_NAMES = ("sentence1", "sentence2", "text1", "text2", "question1", "question2", "text_a", "text_b")

KNOWN_NAMES = frozenset(
    [*TEXT_NAMES, *LABEL_NAMES, *NUMBERED_NAMES, *(name for pair in PAIR_NAMES for name in pair), "id", "idx", "index"]
)
"""Cells that make a first line a header."""
