"""The examples of a data set that is scored again and again, such as the validation rows of a training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from accent.tasks import Examples

if TYPE_CHECKING:
    from datasets import Dataset

__all__ = ["Kept"]

MOST_TOKENS = 1 << 22
"""Tokens that are kept at most, some 50 MB with the texts that they stand for; later rows are encoded each time."""


class Kept:
    """The windows of one data set, each encoded once."""

    def __init__(self, rows: Dataset, complete: Callable[[Examples], Examples] | None = None) -> None:
        """Take the data set, and what is done once to the examples of each window after they are encoded."""
        self.rows = rows
        self._complete = complete
        self._windows: list[Examples] = []
        self._tokens = 0

    def window(self, number: int, encode: Callable[[], Examples]) -> Examples:
        """Return window `number`, counted from 0: as it was kept, or encoded now."""
        if number < len(self._windows):
            return self._windows[number]
        examples = encode() if self._complete is None else self._complete(encode())
        tokens = self._tokens + len(examples.rows.ids)
        if number == len(self._windows) and tokens <= MOST_TOKENS:
            self._windows.append(examples)
            self._tokens = tokens
        return examples
