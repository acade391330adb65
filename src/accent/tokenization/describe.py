"""What a tokenizer makes of texts, for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Encoding
    from transformers import PreTrainedTokenizerFast

__all__ = ["SplitWord", "TextDescription", "TokenizerFacts", "describe_text", "describe_tokenizer"]

TEXTS_AT_ONCE = 256


@dataclass(frozen=True)
class TextDescription:
    """A text's tokens, nothing truncated; the tuples are as long as the text has tokens."""

    ids: tuple[int, ...]
    """Token ids with the special tokens."""
    tokens: tuple[str, ...]
    """The vocabulary's entry of each id."""
    type_ids: tuple[int, ...]
    """0 for the first text and 1 for the second of a pair."""
    attention_mask: tuple[int, ...]
    """1 on every token: nothing is padded."""
    special: tuple[bool, ...]
    """True where the tokenizer added the token."""
    word_index: tuple[int | None, ...]
    """The number of each token's word in its text, from 0; None for special tokens."""
    special_tokens: dict[str, str]
    """The tokenizer's special tokens by what they are for: {"cls_token": "[CLS]", ...}."""
    words: int
    """Words as the tokenizer splits them before its vocabulary is looked at."""
    pieces_per_word: float
    """Tokens a word, special tokens not counted; 0 for a text without words."""
    unknown_share: float
    """Share of the tokens that are the unknown token, special tokens not counted."""


@dataclass(frozen=True)
class SplitWord:
    """A word that the vocabulary does not hold as a whole."""

    word: str
    count: int
    """How often it stands in the texts."""
    pieces: tuple[str, ...]
    """The vocabulary's entries that it is written with."""


@dataclass(frozen=True)
class TokenizerFacts:
    """How well a vocabulary covers some texts; special tokens are not counted."""

    kind: str
    """The class of the tokenizer's model: WordPiece, BPE, Unigram or WordLevel."""
    vocabulary: int
    """Entries, special tokens and added ones among them."""
    special_tokens: dict[str, str]
    texts: int
    words: int
    """Words as the tokenizer splits them before its vocabulary is looked at."""
    tokens: int
    pieces_per_word: float
    characters_per_token: float
    unknown_share: float
    """Share of the tokens that are the unknown token."""
    split_share: float
    """Share of the words that take more than one piece."""
    worst: tuple[SplitWord, ...]
    """The words that cost the most tokens beyond one a word in these texts, the costliest first."""


def describe_text(tokenizer: PreTrainedTokenizerFast, text: str, pair: str | None = None) -> TextDescription:
    """Tokenize one text, or a pair, and measure how well the vocabulary covers it."""
    encoded = tokenizer(text, pair, padding=False, truncation=False, verbose=False)
    encoding = encoded.encodings[0]
    special = tuple(bool(flag) for flag in encoding.special_tokens_mask)
    positions = list(zip(encoding.sequence_ids, encoding.word_ids, special, strict=True))
    words = len({(sequence, word) for sequence, word, added in positions if not added and word is not None})
    pieces = special.count(False)
    unknown = sum(
        1 for token, added in zip(encoding.ids, special, strict=True) if not added and token == tokenizer.unk_token_id
    )
    return TextDescription(
        ids=tuple(encoding.ids),
        tokens=tuple(encoding.tokens),
        type_ids=tuple(encoding.type_ids),
        attention_mask=tuple(encoding.attention_mask),
        special=special,
        word_index=tuple(None if added else word for _, word, added in positions),
        special_tokens=_special_tokens(tokenizer),
        words=words,
        pieces_per_word=pieces / words if words else 0.0,
        unknown_share=unknown / pieces if pieces else 0.0,
    )


def describe_tokenizer(tokenizer: PreTrainedTokenizerFast, texts: Iterable[str], *, most: int = 20) -> TokenizerFacts:
    """Measure how well the vocabulary covers `texts`, which are read once, and name the `most` costliest words.

    A word without a letter or digit is counted but not named. Nothing is truncated.
    """
    split: Counter[tuple[str, tuple[str, ...]]] = Counter()
    counted = characters = words = tokens = unknown = 0
    for some in _portions(texts):
        counted += len(some)
        characters += sum(map(len, some))
        found = tokenizer(some, add_special_tokens=False, padding=False, truncation=False, verbose=False)
        for text, encoding in zip(some, found.encodings, strict=True):
            tokens += len(encoding)
            unknown += encoding.ids.count(tokenizer.unk_token_id)
            for word, pieces in _words(text, encoding):
                words += 1
                if len(pieces) > 1:
                    split[word, pieces] += 1
    return TokenizerFacts(
        kind=type(tokenizer.backend_tokenizer.model).__name__,
        vocabulary=len(tokenizer),
        special_tokens=_special_tokens(tokenizer),
        texts=counted,
        words=words,
        tokens=tokens,
        pieces_per_word=tokens / max(1, words),
        characters_per_token=characters / max(1, tokens),
        unknown_share=unknown / max(1, tokens),
        split_share=split.total() / max(1, words),
        worst=_costliest(split, most),
    )


def _special_tokens(tokenizer: PreTrainedTokenizerFast) -> dict[str, str]:
    return {name: str(token) for name, token in tokenizer.special_tokens_map.items()}


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(texts)
    while some := list(islice(stream, TEXTS_AT_ONCE)):
        yield some


def _words(text: str, encoding: Encoding) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each word of the text with its pieces; two words side by side have different numbers."""
    places = zip(encoding.word_ids, encoding.offsets, encoding.tokens, strict=True)
    for _, group in groupby(places, key=lambda place: place[0]):
        pieces = list(group)
        word = text[pieces[0][1][0] : pieces[-1][1][1]].strip()
        yield word, tuple(token for _, _, token in pieces)


def _costliest(split: Counter[tuple[str, tuple[str, ...]]], most: int) -> tuple[SplitWord, ...]:
    """Return the words with the most tokens beyond one each; of equals the first in the alphabet."""
    costs = [
        (-count * (len(pieces) - 1), word, pieces, count)
        for (word, pieces), count in split.items()
        if any(map(str.isalnum, word))
    ]
    return tuple(SplitWord(word, count, pieces) for _, word, pieces, count in sorted(costs)[:most])
