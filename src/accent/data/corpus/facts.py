"""What is known of a corpus, and how its building tells what happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CorpusFacts", "Listen", "SplitFacts", "ignore"]

Listen = Callable[[str, Mapping[str, Any]], None]
"""Is told a kind of event and its fields: `stage` {what}, `progress` {what, done, total, tokens, tokens_per_second},
`note` {what}."""


def ignore(kind: str, fields: Mapping[str, Any]) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class SplitFacts:
    """The texts of one split in numbers, or their translations."""

    documents: int
    sentences: int
    words: int
    tokens: int
    unknown: int
    """Tokens that are the tokenizer's unknown token."""


@dataclass(frozen=True, kw_only=True)
class CorpusFacts:
    """A corpus in numbers. `documents` are those that are kept, in both splits; `characters` are theirs."""

    files: tuple[str, ...]
    left_out: tuple[str, ...]
    """Files of test splits, which were not read."""
    notes: tuple[str, ...]
    """What was inferred when the files were read."""
    documents: int
    duplicates: int
    """Documents that were dropped because their text had been met before."""
    empty: int
    """Documents without a token, such as a line of control characters."""
    characters: int
    train: SplitFacts
    validation: SplitFacts | None
    train_pair: SplitFacts | None
    """The translations of the training texts, where the corpus has such."""
    validation_pair: SplitFacts | None
    seconds: float
    """What the building took; of one that was broken off and resumed, the last part."""
    tokens_per_second: float | None
    """Of the tokenizing alone; None where nothing was left to tokenize."""

    @property
    def tokens(self) -> int:
        """All tokens, of both splits and of translations."""
        return sum(split.tokens for split in self._counted())

    @property
    def tokens_per_word(self) -> float:
        """Tokens a word, of all of them."""
        return self.tokens / max(1, sum(split.words for split in self._counted()))

    @property
    def unknown_share(self) -> float:
        """The share of unknown tokens among all."""
        return sum(split.unknown for split in self._counted()) / max(1, self.tokens)

    def _counted(self) -> tuple[SplitFacts, ...]:
        streams = (self.train, self.validation, self.train_pair, self.validation_pair)
        return tuple(stream for stream in streams if stream is not None)
