"""From text to token ids: train or load a tokenizer, encode rows, batch by length, collate tensors, describe."""

from __future__ import annotations

from accent.tokenization.batching import batch_by_length, padding_share
from accent.tokenization.collate import collate
from accent.tokenization.describe import (
    SplitWord,
    TextDescription,
    TokenizerFacts,
    describe_text,
    describe_tokenizer,
)
from accent.tokenization.encode import Encoder, Example
from accent.tokenization.load import DEFAULT_MAX_LENGTH, load_tokenizer, position_limit, resolve_max_length
from accent.tokenization.long_texts import LongTexts
from accent.tokenization.rows import EncodedRows
from accent.tokenization.specials import SPECIALS, TokenizerKind
from accent.tokenization.train import train_tokenizer

__all__ = [
    "DEFAULT_MAX_LENGTH",
    "SPECIALS",
    "EncodedRows",
    "Encoder",
    "Example",
    "LongTexts",
    "SplitWord",
    "TextDescription",
    "TokenizerFacts",
    "TokenizerKind",
    "batch_by_length",
    "collate",
    "describe_text",
    "describe_tokenizer",
    "load_tokenizer",
    "padding_share",
    "position_limit",
    "resolve_max_length",
    "train_tokenizer",
]
