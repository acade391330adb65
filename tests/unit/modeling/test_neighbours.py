"""Neighbours are those of a search through the whole table by hand, for every family and every way to read it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel

from accent.errors import BaseModelError
from accent.modeling import BaseLexicon, find_base, neighbours
from accent.modeling.neighbours import MOST_OFFERS, Vocabulary, others
from accent.tokenization import load_tokenizer
from tests.checkpoints import FAMILIES, make_checkpoint, make_tokenizer


def lexicon(folder: Path) -> BaseLexicon:
    return BaseLexicon(find_base(str(folder)), load_tokenizer(folder))


@pytest.mark.parametrize("family", [*FAMILIES, "t5", "bart"])
def test_neighbours_are_the_words_of_the_highest_cosine(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_checkpoint(tmp_path / family, family)
    monkeypatch.setattr(neighbours, "_BLOCK_ROWS", 37)
    monkeypatch.setattr(neighbours, "_ASKED_TOGETHER", 2)
    words = Vocabulary(load_tokenizer(folder)).words
    assert len(words) > MOST_OFFERS
    found = lexicon(folder).neighbours([*words[:5], "unheardof", "80085"])
    assert list(found) == list(words[:5])
    table = AutoModel.from_pretrained(str(folder)).get_input_embeddings().weight.detach().double().numpy()
    for word in words[:5]:
        assert list(found[word]) == by_hand(word, words, table, family)


def by_hand(word: str, words: tuple[str, ...], table: np.ndarray, family: str) -> list[str]:
    tokenizer = make_tokenizer(family)
    rows = {one: table[tokenizer(f" {one}", add_special_tokens=False)["input_ids"][0]] for one in words}
    own = rows.pop(word)
    cosines = {one: own @ row / np.linalg.norm(own) / np.linalg.norm(row) for one, row in rows.items()}
    unlike = [one for one in cosines if one.casefold() != word.casefold()]
    return sorted(unlike, key=lambda one: -cosines[one])[:MOST_OFFERS]


def test_the_vocabulary_is_whole_words_and_no_pieces_marks_or_specials() -> None:
    words = Vocabulary(make_tokenizer("bert")).words
    assert "bad" in words
    assert "about" in words
    assert not {"a", "##a", ",", "[CLS]", "CLS", "9", "80085"} & set(words)
    pieces = Vocabulary(make_tokenizer("roberta")).words
    assert "the" in pieces  # stands in the table as "Ġthe"
    assert all(word == word.strip() and word.isalpha() for word in pieces)


def test_words_are_found_in_their_own_case_or_in_small_letters() -> None:
    vocabulary = Vocabulary(make_tokenizer("bert"))
    assert vocabulary.place("Bad") == vocabulary.place("bad") == vocabulary.words.index("bad")
    assert vocabulary.place("unheardof") is None


def test_the_same_word_in_another_case_is_no_other() -> None:
    assert others("Film", iter(["film", "FILM", "movie", "Movie", "show"])) == ("movie", "show")
    assert others("a", iter(f"w{number}" for number in range(99))) == tuple(f"w{number}" for number in range(8))


def test_half_precision_tables_are_read(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "bert", "bert")
    whole = lexicon(folder).neighbours(["bad"])
    file = folder / "model.safetensors"
    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(file).items()}, file, {"format": "pt"})
    halved = lexicon(folder).neighbours(["bad"])
    assert len(set(whole["bad"]) & set(halved["bad"])) >= MOST_OFFERS - 1


def test_weights_without_a_table_are_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "bert", "bert")
    file = folder / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(file).items() if "word_embeddings" not in name}
    save_file(kept, file, {"format": "pt"})
    with pytest.raises(BaseModelError, match="no input embeddings of words"):
        lexicon(folder).neighbours(["bad"])


def test_the_digest_is_that_of_weights_and_tokenizer(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "bert", "bert")
    base, tokenizer = find_base(str(folder)), load_tokenizer(folder)
    digest = BaseLexicon(base, tokenizer).digest
    tokenizer("a film", truncation=True, max_length=4, padding="max_length")  # leaves its mark in the tokenizer
    assert BaseLexicon(base, tokenizer).digest == digest
    assert BaseLexicon(replace(base, digest="another"), tokenizer).digest != digest
    rules = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    rules["normalizer"] = {"type": "NFC"}
    (folder / "tokenizer.json").write_text(json.dumps(rules), encoding="utf-8")
    assert find_base(str(folder)) == base
    assert lexicon(folder).digest != digest
