"""What a tokenizer makes of one text, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

__all__ = ["TextDescription", "describe"]


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
    special_tokens: dict[str, str]
    """The tokenizer's special tokens by what they are for: {"cls_token": "[CLS]", ...}."""
    words: int
    """Words as the tokenizer splits them before its vocabulary is looked at."""
    pieces_per_word: float
    """Tokens a word, special tokens not counted; 0 for a text without words."""
    unknown_share: float
    """Share of the tokens that are the unknown token, special tokens not counted."""


def describe(tokenizer: PreTrainedTokenizerFast, text: str, pair: str | None = None) -> TextDescription:
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
        special_tokens={name: str(token) for name, token in tokenizer.special_tokens_map.items()},
        words=words,
        pieces_per_word=pieces / words if words else 0.0,
        unknown_share=unknown / pieces if pieces else 0.0,
    )
