"""Fixtures of the corpus tests: small tokenizers of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accent.tokenization import TokenizerKind, train_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

STORY = (
    'The old ship lay in the harbour. "Will she sail?" asked the boy. Nobody answered him!\n'
    "Mr. Brown, the captain's brother, looked at the sea; the sea looked back. It was grey and cold and wide.\n\n"
    "In the morning the wind turned. They loaded bread, water and 20 barrels of salt fish. The ship sailed at noon."
)
SIZES: dict[TokenizerKind, int] = {"wordpiece": 200, "bpe": 280, "unigram": 120}
KINDS: tuple[TokenizerKind, ...] = ("wordpiece", "bpe", "unigram")


def _trained(kind: TokenizerKind) -> PreTrainedTokenizerFast:
    letters = " ".join(chr(code) for code in range(33, 127)) * 2
    return train_tokenizer([STORY, STORY, letters], kind=kind, vocabulary=SIZES[kind])


@pytest.fixture(scope="session")
def tokenizers() -> dict[TokenizerKind, PreTrainedTokenizerFast]:
    """Return one tokenizer of each kind; nobody may change them."""
    return {kind: _trained(kind) for kind in KINDS}


@pytest.fixture(scope="session", params=KINDS)
def tokenizer(
    request: pytest.FixtureRequest, tokenizers: dict[TokenizerKind, PreTrainedTokenizerFast]
) -> PreTrainedTokenizerFast:
    """Return each of the tokenizers in turn."""
    return tokenizers[request.param]


@pytest.fixture(scope="session")
def wordpiece(tokenizers: dict[TokenizerKind, PreTrainedTokenizerFast]) -> PreTrainedTokenizerFast:
    """Return the WordPiece tokenizer."""
    return tokenizers["wordpiece"]


@pytest.fixture(scope="session")
def story() -> str:
    """Return a text of eight sentences and two paragraphs."""
    return STORY
