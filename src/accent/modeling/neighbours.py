"""Words that are near each other among the input embeddings of a base.

Letters on arrays: Q words asked for, V rows of a block of the vocabulary, W words of it, D the embeddings' width, K
nearest words so far.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.nn.functional import normalize
from transformers import PreTrainedTokenizerFast

from accent.errors import BaseModelError
from accent.modeling.weights import weight_files

__all__ = ["MOST_OFFERS", "Neighbours", "Vocabulary", "others"]

MOST_OFFERS = 8
"""Words that are offered in the place of one."""

_EMBEDDINGS = re.compile(r"(^|\.)(word_embeddings|tok_embeddings|embed_tokens|wte|shared)\.weight$")
# What is nearest is often the same word in another case: with twice as many, enough others are left.
_LOOKED_AT = 2 * MOST_OFFERS
_BLOCK_ROWS = 8_192
_ASKED_TOGETHER = 1_024


class Vocabulary:
    """The whole words among a tokenizer's tokens: in a running text each is one token, and the token is it."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        """Decode every token and keep those that are encoded to themselves again."""
        ids = sorted(set(tokenizer.get_vocab().values()) - set(tokenizer.all_special_ids))
        found = [(token, word.strip()) for token, word in zip(ids, _decoded(tokenizer, ids), strict=True)]
        words = [(token, word) for token, word in found if _is_word(word)]
        encoded = tokenizer([f" {word}" for _, word in words], add_special_tokens=False)["input_ids"] if words else []
        kept = [one for one, tokens in zip(words, encoded, strict=True) if tokens == [one[0]]]
        self.ids = torch.tensor([token for token, _ in kept], dtype=torch.int64)
        """The tokens (W,), rising."""
        self.words = tuple(word for _, word in kept)
        """What they say."""
        self._places = {word: place for place, word in enumerate(self.words)}

    def place(self, word: str) -> int | None:
        """Return the word's place among `words`, in its own or in small letters; None where it is not there."""
        found = self._places.get(word)
        return self._places.get(word.lower()) if found is None else found


class Neighbours:
    """Looks words up by the cosine of their embeddings. The vocabulary is read block by block; answers are kept."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        """Take the base's folder; nothing is read yet."""
        self._folder = folder
        self._vocabulary = vocabulary
        self._known: dict[int, tuple[str, ...]] = {}

    def of(self, words: Collection[str]) -> dict[str, Sequence[str]]:
        """Return the nearest other words of each, nearest first; words outside the vocabulary are left out."""
        places = {word: self._vocabulary.place(word) for word in words}
        wanted = sorted({place for place in places.values() if place is not None} - self._known.keys())
        for start in range(0, len(wanted), _ASKED_TOGETHER):
            self._look_up(wanted[start : start + _ASKED_TOGETHER])
        return {word: self._known[place] for word, place in places.items() if place is not None}

    def _look_up(self, places: Sequence[int]) -> None:
        ids = self._vocabulary.ids[list(places)]
        asked_QD = torch.cat(
            [block_VD[ids[(ids >= low) & (ids < high)] - low] for low, high, block_VD in self._blocks()]
        )
        cosines_QK, found_QK = torch.empty(len(ids), 0), torch.empty(len(ids), 0, dtype=torch.int64)
        for low, high, block_VD in self._blocks():
            inside = torch.nonzero((self._vocabulary.ids >= low) & (self._vocabulary.ids < high)).flatten()
            cosines_QW = asked_QD @ block_VD[self._vocabulary.ids[inside] - low].T
            joined = torch.cat([cosines_QK, cosines_QW], dim=1)
            names = torch.cat([found_QK, inside.expand(len(ids), -1)], dim=1)
            cosines_QK, order = joined.topk(min(1 + _LOOKED_AT, joined.shape[1]), dim=1)
            found_QK = names.gather(1, order)
        for place, found in zip(places, found_QK.tolist(), strict=True):
            word = self._vocabulary.words[place]
            self._known[place] = others(word, (self._vocabulary.words[one] for one in found))

    def _blocks(self) -> Iterator[tuple[int, int, Tensor]]:
        """Yield the first and the end of each block of tokens, with their embeddings (V, D) of length 1."""
        name, path = _find_embeddings(self._folder)
        with safe_open(path, framework="pt") as file:
            table = file.get_slice(name)
            rows = table.get_shape()[0]
            for low in range(0, rows, _BLOCK_ROWS):
                high = min(low + _BLOCK_ROWS, rows)
                yield low, high, normalize(table[low:high].float(), dim=-1)


def others(word: str, found: Iterator[str]) -> tuple[str, ...]:
    """Return the first few words that are not `word` in any case, each once whatever its case."""
    kept: dict[str, str] = {}
    for one in found:
        if one.casefold() != word.casefold():
            kept.setdefault(one.casefold(), one)
    return tuple(kept.values())[:MOST_OFFERS]


def _decoded(tokenizer: PreTrainedTokenizerFast, ids: Sequence[int]) -> list[str]:
    return [str(text) for text in tokenizer.batch_decode([[token] for token in ids])]


def _is_word(text: str) -> bool:
    """Return whether it is all letters (and what belongs to letters), two at least where they are Latin."""
    letters = all(letter.isalpha() or unicodedata.category(letter).startswith("M") for letter in text)
    return letters and text[:1].isalpha() and not (len(text) == 1 and text.isascii())


def _find_embeddings(folder: Path) -> tuple[str, Path]:
    """Return the name of the table of input embeddings, and the file that it is in."""
    found: dict[str, Path] = {}
    for path in weight_files(folder):
        try:
            with safe_open(path, framework="pt") as file:
                found = {name: path for name in file.keys() if _EMBEDDINGS.search(name)} | found  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise BaseModelError(
                f"the weights cannot be read: {error}", where=str(path), remedy="Copy the file again: it is damaged."
            ) from error
    if not found:
        raise BaseModelError(
            "no input embeddings of words among the weights",
            where=str(folder),
            remedy="Augment with swap or delete, which need none.",
        )
    return min(found.items(), key=lambda one: (len(one[0]), one[0]))
