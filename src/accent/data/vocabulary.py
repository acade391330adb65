"""Names that files of text commonly give their columns and themselves."""

from __future__ import annotations

__all__ = [
    "ALL_ROWS",
    "ANSWER_NAMES",
    "CHAT_NAMES",
    "COMPLETION_NAMES",
    "CONTEXT_NAMES",
    "DOCUMENT_NAMES",
    "ENTITY_NAMES",
    "KNOWN_NAMES",
    "LABEL_NAMES",
    "MULTILABEL_NAMES",
    "NUMBER_NAMES",
    "PAIR_NAMES",
    "PROMPT_NAMES",
    "QUESTION_NAMES",
    "SPLITS",
    "SPLIT_NAMES",
    "SUMMARY_NAMES",
    "TAG_NAMES",
    "TEXT_NAMES",
    "TOKEN_NAMES",
]

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

MULTILABEL_NAMES = ("labels", "label", "tags", "topics", "categories", "emotions", "classes", "genres", "keywords")
"""Columns that hold the labels of a row, the surest first."""

NUMBER_NAMES = ("score", "target", "rating", "value", "label", "similarity", "labels", "y", "stars")
"""Columns that hold the number to be told, the surest first."""

TOKEN_NAMES = ("tokens", "words")
"""Columns that hold the words of a sentence as a list."""

TAG_NAMES = ("tags", "ner_tags", "labels", "ner", "pos_tags", "upos", "pos")
"""Columns that hold a tag for each of the words, the surest first."""

ENTITY_NAMES = ("entities", "spans")
"""Columns that hold the entities of a text as a list of {start, end, label}."""

QUESTION_NAMES = ("question", "query")
CONTEXT_NAMES = ("context", "passage", "paragraph", "document")
ANSWER_NAMES = ("answers", "answer")
"""Columns of questions, of the texts that answer them, and of the answers, the surest first."""

PROMPT_NAMES = ("prompt", "instruction", "input")
COMPLETION_NAMES = ("completion", "response", "output", "answer")
"""Columns of prompts and of the texts that go on from them, the surest first."""

CHAT_NAMES = ("messages", "conversations", "conversation", "chat")
"""Columns that hold the turns of a conversation."""

DOCUMENT_NAMES = ("document", "article", "text", "dialogue", "source", "content")
SUMMARY_NAMES = ("summary", "highlights", "target", "abstract", "summaries")
"""Columns of long texts and of the short ones that stand for them, the surest first."""

NUMBERED_NAMES = ("sentence1", "sentence2", "text1", "text2", "question1", "question2", "text_a", "text_b")

KNOWN_NAMES = frozenset(
    [*TEXT_NAMES, *LABEL_NAMES, *NUMBERED_NAMES, *(name for pair in PAIR_NAMES for name in pair), "id", "idx", "index"]
)
"""Cells that make a first line a header."""
