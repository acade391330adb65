"""Arrays against what the tokenizer itself makes of whole documents."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from accent.data.corpus.tokenizing import Tokenizing

if TYPE_CHECKING:
    from accent.tokenization import TokenizerKind


def test_tokens_are_those_of_whole_documents(tokenizer: PreTrainedTokenizerFast, story: str) -> None:
    texts = [story, "One line.\n\n\nAnother!  Two spaces. ", "\tx\n", story[:200]]
    found = Tokenizing(tokenizer).arrays(texts)
    expected = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    assert found.tokens.tolist() == [token for ids in expected for token in ids]
    assert found.sizes.tolist() == [len(ids) for ids in expected]
    assert found.documents.tolist() == np.cumsum([0, *map(len, expected[:-1])]).tolist()
    assert found.tokens.dtype == np.uint16


def test_words_start_where_the_pieces_say(tokenizers: dict[TokenizerKind, PreTrainedTokenizerFast]) -> None:
    text = "The captain looked, unanswered. The brothers sailed"
    expected = {
        "wordpiece": lambda piece: not piece.startswith("##"),
        "bpe": lambda piece: piece.startswith("\u0120") or piece in {",", "."},
        "unigram": lambda piece: piece.startswith("\u2581"),
    }
    for kind, tokenizer in tokenizers.items():
        found = Tokenizing(tokenizer).arrays([text])
        pieces = tokenizer.convert_ids_to_tokens(found.tokens.tolist())
        starts = [True, *map(expected[kind], pieces[1:])]
        assert found.words.tolist() == starts, pieces
        assert not all(starts)


def test_sentences_start_where_their_first_token_stands(tokenizer: PreTrainedTokenizerFast, story: str) -> None:
    found = Tokenizing(tokenizer).arrays([story, story])
    assert len(found.sentences) == 2 * 8
    assert set(found.documents.tolist()) <= set(found.sentences.tolist())
    assert found.words[found.sentences].all()
    edges = [*found.sentences.tolist(), len(found.tokens)]
    texts = [tokenizer.decode(found.tokens[start:end]).strip() for start, end in pairwise(edges)]
    assert texts[3].lower().startswith("mr")
    assert texts[-1].lower().replace(" ", "") == "theshipsailedatnoon."


def test_what_reads_like_a_special_token_is_text(tokenizer: PreTrainedTokenizerFast) -> None:
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    text = " ".join(tokenizer.all_special_tokens) + " sea"
    assert special & set(tokenizer(text, add_special_tokens=False)["input_ids"])
    found = Tokenizing(tokenizer).arrays([text])
    assert not special & set(found.tokens.tolist())
    assert len(found.tokens) > len(special)
    assert special & set(tokenizer(text, add_special_tokens=False)["input_ids"]), "the tokenizer itself was changed"


def test_nothing_is_cut_or_padded(wordpiece: PreTrainedTokenizerFast, story: str) -> None:
    engine = Tokenizer.from_str(wordpiece.backend_tokenizer.to_str())
    engine.enable_truncation(5)
    engine.enable_padding(length=64)
    limited = PreTrainedTokenizerFast(tokenizer_object=engine, unk_token="[UNK]")
    one, other = Tokenizing(limited), Tokenizing(wordpiece)
    assert one.arrays([story]).tokens.tolist() == other.arrays([story]).tokens.tolist()
    assert one.digest == other.digest


def test_documents_without_tokens_can_be_left_out(wordpiece: PreTrainedTokenizerFast) -> None:
    tokenizing = Tokenizing(wordpiece)
    texts = ["One. Two.", "\x01\x02", "Three.", "Four four. Five."]
    found = tokenizing.arrays(texts)
    assert [size > 0 for size in found.sizes.tolist()] == [True, False, True, True]
    kept = found.only(np.array([False, False, True, True]))
    again = tokenizing.arrays(texts[2:])
    for name in ("tokens", "words", "sentences", "sizes", "documents"):
        assert getattr(kept, name).tolist() == getattr(again, name).tolist()


def test_no_documents_at_all(wordpiece: PreTrainedTokenizerFast) -> None:
    found = Tokenizing(wordpiece).arrays([])
    assert (len(found.tokens), len(found.words), len(found.sentences), len(found.documents)) == (0, 0, 0, 0)


@pytest.mark.parametrize(("words", "dtype"), [(65_536, np.uint16), (65_537, np.uint32)])
def test_ids_take_four_bytes_where_two_do_not_hold_them(words: int, dtype: type) -> None:
    engine = Tokenizer(models.WordLevel({f"w{number}": number for number in range(words)}, unk_token="w0"))
    engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=engine, unk_token="w0")
    found = Tokenizing(tokenizer).arrays([f"w{words - 1} w7 w{words - 2}"])
    assert found.tokens.dtype == dtype
    assert found.tokens.tolist() == [words - 1, 7, words - 2]
