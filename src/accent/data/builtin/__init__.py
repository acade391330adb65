"""Data that comes with the package, under names that begin with `builtin:`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from accent.data.vocabulary import SPLITS

__all__ = ["BUILTIN_DATA", "read_builtin"]

BUILTIN_DATA: dict[str, str] = {
    "reviews": "1,440 short reviews of products, films and restaurants, positive or negative"
}
"""The names of the built-in data sets and what they are."""


def read_builtin(name: str) -> dict[str, Path]:
    """Return the files of the built-in data set `name`, by split. Raises KeyError for another name."""
    if name not in BUILTIN_DATA:
        raise KeyError(name)
    folder = Path(str(resources.files(__name__))) / name
    return {split: folder / f"{split}.jsonl" for split in SPLITS}
