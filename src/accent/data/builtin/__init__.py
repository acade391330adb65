"""Data that comes with the package, under names that begin with `builtin:`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from accent.config.tasks import TaskName
from accent.data.vocabulary import SPLITS

__all__ = ["BUILTIN_DATA", "BUILTIN_TASKS", "read_builtin"]

BUILTIN_DATA: dict[str, str] = {
    "reviews": "1,440 short reviews of products, films and restaurants, positive or negative",
    "questions": "446 pairs of questions that one answer would serve, or not",
    "tickets": "283 messages to a shop's help desk, each with none to three topics",
    "hikes": "202 descriptions of day walks with the hours that they take",
    "recipes": "460 sentences from the kitchen with ingredients, quantities, times, tools and dishes",
    "guides": "429 questions on 83 short guides, a fifth of them without an answer",
    "minutes": "162 minutes of meetings, each with a sentence that says what was decided",
    "captions": "192 labels, notices, replies and captions, each with the prompt that asks for it",
}
"""The names of the built-in data sets and what they are."""

BUILTIN_TASKS: dict[str, TaskName] = {
    "reviews": "classification",
    "questions": "classification",
    "tickets": "multilabel",
    "hikes": "regression",
    "recipes": "tagging",
    "guides": "qa",
    "minutes": "summarization",
    "captions": "generation",
}
"""The task that each built-in data set is for."""


def read_builtin(name: str) -> dict[str, Path]:
    """Return the files of the built-in data set `name`, by split. Raises KeyError for another name."""
    if name not in BUILTIN_DATA:
        raise KeyError(name)
    folder = Path(str(resources.files(__name__))) / name
    return {split: _file(folder, split) for split in SPLITS}


def _file(folder: Path, split: str) -> Path:
    """Return the split's file: SQuAD's layout is one JSON document, the others have a row a line."""
    document = folder / f"{split}.json"
    return document if document.is_file() else folder / f"{split}.jsonl"
