"""What a base offers in the place of words, neighbours and guesses; it is read when first asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from transformers import PreTrainedTokenizerFast

from accent.data.augment import Blanks
from accent.modeling.bases import Base
from accent.modeling.guessing import Guesses
from accent.modeling.load import load_guesser
from accent.modeling.neighbours import Neighbours, Vocabulary

__all__ = ["BaseLexicon"]


class BaseLexicon:
    """A base's words, as `accent.data.augment` asks for them."""

    def __init__(self, base: Base, tokenizer: PreTrainedTokenizerFast) -> None:
        """Take the base and its tokenizer; nothing is read yet."""
        self._base = base
        self._tokenizer = tokenizer

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of the base's weights and of its tokenizer as loaded, whatever file that is from."""
        tokenizer = self._tokenizer
        rules = json.loads(tokenizer.backend_tokenizer.to_str())
        rules |= {"truncation": None, "padding": None}  # these are set anew with every call
        facts = [self._base.digest, rules, tokenizer.mask_token, tokenizer.model_max_length]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def neighbours(self, words: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the nearest words of each word that is a token of the base, by the cosine of input embeddings."""
        return self._neighbours.of(words)

    def guesses(self, blanks: Sequence[Blanks]) -> list[list[Sequence[str]]]:
        """Return the likeliest other words for each place; BaseModelError where the base has no masked-token head."""
        return self._guesses.of(blanks)

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._tokenizer)

    @cached_property
    def _neighbours(self) -> Neighbours:
        return Neighbours(self._base.folder, self._vocabulary)

    @cached_property
    def _guesses(self) -> Guesses:
        return Guesses(load_guesser(self._base), self._tokenizer, self._vocabulary)
