"""From text to token ids: load a tokenizer, encode rows, batch them by length, collate tensors, describe a text."""

from __future__ import annotations

from accent.tokenization.batching import batch_by_length, padding_share
from accent.tokenization.collate import collate
from accent.tokenization.describe import TextDescription, describe
from accent.tokenization.encode import Encoder, Example
from accent.tokenization.load import DEFAULT_MAX_LENGTH, load_tokenizer, position_limit, resolve_max_length
from accent.tokenization.long_texts import LongTexts
from accent.tokenization.rows import EncodedRows

__all__ = [
    "DEFAULT_MAX_LENGTH",
    "EncodedRows",
    "Encoder",
    "Example",
    "LongTexts",
    "TextDescription",
    "batch_by_length",
    "collate",
    "describe",
    "load_tokenizer",
    "padding_share",
    "position_limit",
    "resolve_max_length",
]
