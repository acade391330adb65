"""Describing a text: its tokens, and how well the vocabulary covers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.tokenization import describe_text, describe_tokenizer, load_tokenizer
from tests.checkpoints import make_checkpoint


def test_tokens_types_and_shares_of_a_pair(tmp_path: Path) -> None:
    found = describe_text(load_tokenizer(make_checkpoint(tmp_path)), "a film 🦄", "ok")
    assert found.tokens[0] == "[CLS]"
    assert found.tokens[-1] == "[SEP]"
    assert found.tokens.count("[UNK]") == 1
    assert found.type_ids[0] == 0
    assert found.type_ids[-1] == 1
    assert set(found.attention_mask) == {1}
    assert found.special.count(True) == 3
    pieces = len(found.tokens) - 3
    assert found.words == 4
    assert found.pieces_per_word == pytest.approx(pieces / 4)
    assert found.unknown_share == pytest.approx(1 / pieces)
    assert found.special_tokens["cls_token"] == "[CLS]"


def test_ids_are_the_tokens_ids_and_nothing_is_cut(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    found = describe_text(tokenizer, "film " * 100)
    assert len(found.ids) > 100
    assert tokenizer.convert_ids_to_tokens(list(found.ids)) == list(found.tokens)


def test_an_empty_text_has_no_words(tmp_path: Path) -> None:
    found = describe_text(load_tokenizer(make_checkpoint(tmp_path, "gpt2")), "")
    assert found.ids == ()
    assert found.pieces_per_word == 0.0
    assert found.unknown_share == 0.0
