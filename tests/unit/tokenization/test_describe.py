"""Describing a text: its tokens, and how well the vocabulary covers it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from accent.tokenization import SplitWord, describe_text, describe_tokenizer, load_tokenizer
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


def test_tokens_of_a_word_share_its_number(tmp_path: Path) -> None:
    found = describe_text(load_tokenizer(make_checkpoint(tmp_path)), "a film se", "ok a")
    by_word: dict[tuple[int, int], str] = {}
    for token, kind, word, special in zip(found.tokens, found.type_ids, found.word_index, found.special, strict=True):
        assert (word is None) is special
        if word is not None:
            by_word[kind, word] = by_word.get((kind, word), "") + token.removeprefix("##")
    assert by_word == {(0, 0): "a", (0, 1): "film", (0, 2): "se", (1, 0): "ok", (1, 1): "a"}


def words_only() -> PreTrainedTokenizerFast:
    """Return a tokenizer that knows cat, and the letters of dog as pieces."""
    pieces = ["[UNK]", "[CLS]", "cat", "d", "##o", "##g", ","]
    engine = Tokenizer(models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return PreTrainedTokenizerFast(tokenizer_object=engine, unk_token="[UNK]", cls_token="[CLS]")


def test_facts_of_a_tokenizer_counted_by_hand() -> None:
    found = describe_tokenizer(words_only(), ["cat dog, dog", "do cat zebra"])
    # cat | d o g | , | d o g  and  d o | cat | [UNK]
    assert (found.texts, found.words, found.tokens) == (2, 7, 12)
    assert found.pieces_per_word == pytest.approx(12 / 7)
    assert found.characters_per_token == pytest.approx(24 / 12)
    assert found.unknown_share == pytest.approx(1 / 12)
    assert found.split_share == pytest.approx(3 / 7)
    assert found.worst == (SplitWord("dog", 2, ("d", "##o", "##g")), SplitWord("do", 1, ("d", "##o")))
    assert (found.kind, found.vocabulary) == ("WordPiece", 7)
    assert found.special_tokens == {"unk_token": "[UNK]", "cls_token": "[CLS]"}


def test_only_so_many_words_are_named_the_costliest_first() -> None:
    found = describe_tokenizer(words_only(), (text for text in ["do", "dog", "do", "do", "dogo"]), most=2)
    assert [(one.word, one.count) for one in found.worst] == [("do", 3), ("dogo", 1)]


def test_words_of_byte_pieces_are_named_without_their_space(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path, "gpt2"))
    found = describe_tokenizer(tokenizer, ["a xylophone, !?!?!?!?"])
    assert "xylophone" in {one.word for one in found.worst}
    assert all(any(map(str.isalnum, one.word)) for one in found.worst)


def test_no_texts_have_no_facts() -> None:
    found = describe_tokenizer(words_only(), [])
    assert (found.texts, found.words, found.tokens, found.pieces_per_word, found.worst) == (0, 0, 0, 0.0, ())
