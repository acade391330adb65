"""Vocabularies extended: which words are useful, what becomes of texts, and where new rows start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForPreTraining,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedTokenizerFast,
)

from accent.errors import BaseModelError
from accent.modeling import PretrainingHead, new_config, new_model, save_model
from accent.modeling.vocabulary import extend_vocabulary, useful_words
from tests.unit.objectives.corpora import documents, tokenizer_of

CASES: tuple[tuple[str, str, PretrainingHead, Any], ...] = (
    ("bert", "wordpiece", "masked", AutoModelForMaskedLM),
    ("bert", "wordpiece", "paired", AutoModelForPreTraining),
    ("roberta", "bpe", "masked", AutoModelForMaskedLM),
    ("albert", "unigram", "masked", AutoModelForMaskedLM),
    ("electra", "wordpiece", "replaced", AutoModelForPreTraining),
    ("electra", "wordpiece", "masked", AutoModelForMaskedLM),
    ("distilbert", "wordpiece", "masked", AutoModelForMaskedLM),
    ("modernbert", "bpe", "masked", AutoModelForMaskedLM),
    ("gpt2", "gpt2", "causal", AutoModelForCausalLM),
    ("t5", "t5", "written", AutoModelForSeq2SeqLM),
)
WORDS = ("harbourmaster", "lighthouses", "unbreakfast")
TEXT = "my harbourmaster repairs lighthouses and lighthouse, unbreakfast"


def biases(model: Any) -> torch.Tensor | None:
    output = model.get_output_embeddings()
    return None if output is None else output.bias


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("family", "kind", "head", "auto"), CASES)
def test_new_rows_are_means_of_old_ones_and_all_else_stays(
    family: str, kind: str, head: PretrainingHead, auto: Any, tied: bool, tmp_path: Path
) -> None:
    tokenizer = tokenizer_of(kind)
    config = new_config(family, tokenizer=tokenizer, max_length=64, layers=1, hidden=32, heads=2)
    config.tie_word_embeddings = tied
    model: Any = new_model(config, head, seed=0)
    bias = biases(model)
    if bias is not None:
        torch.nn.init.normal_(bias)
    before = [one.detach().clone() for one in (model.get_input_embeddings().weight,)]
    output = model.get_output_embeddings()
    before += [] if output is None else [output.weight.detach().clone()]
    before += [] if bias is None else [bias.detach().clone()]
    extended = extend_vocabulary(model, tokenizer, [*WORDS, "lighthouses", "two words"])
    assert extended.words == WORDS
    after = [model.get_input_embeddings().weight]
    after += [] if output is None else [model.get_output_embeddings().weight]
    after += [] if bias is None else [model.get_output_embeddings().bias]
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        torch.testing.assert_close(new[: len(old)], old, rtol=0, atol=0)
        assert len(new) == len(old) + len(WORDS)
        for word, place in zip(WORDS, extended.ids, strict=True):
            pieces = tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
            assert len(pieces) > 1
            torch.testing.assert_close(new[place], old[pieces].mean(dim=0))
    if tied and output is not None:
        assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    save_model(model, extended.tokenizer, tmp_path)
    loaded = auto.from_pretrained(str(tmp_path))
    assert loaded.config.vocab_size == model.config.vocab_size
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name]), name
    again = AutoTokenizer.from_pretrained(str(tmp_path))
    assert again(TEXT)["input_ids"] == extended.tokenizer(TEXT)["input_ids"]
    assert again.special_tokens_map == tokenizer.special_tokens_map
    assert again.model_input_names == tokenizer.model_input_names


@pytest.mark.parametrize("kind", ["wordpiece", "bpe", "gpt2", "unigram", "t5"])
def test_words_become_one_token_and_other_texts_stay_as_they_were(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    family = {"wordpiece": "bert", "bpe": "roberta", "unigram": "albert"}.get(kind, kind)
    config = new_config(family, tokenizer=tokenizer, max_length=64, layers=1, hidden=32, heads=2)
    head: PretrainingHead = "causal" if kind == "gpt2" else "written" if kind == "t5" else "masked"
    extended = extend_vocabulary(new_model(config, head, seed=0), tokenizer, WORDS)
    found = extended.tokenizer(TEXT, add_special_tokens=False)
    for word, place in zip(WORDS, extended.ids, strict=True):
        start = TEXT.index(f"{word}")
        assert found["input_ids"].count(place) == 1
        assert found.char_to_token(start + 1) == found["input_ids"].index(place)
    plain = " ".join(" ".join(document) for document in documents(20))
    assert extended.tokenizer(plain)["input_ids"] == tokenizer(plain)["input_ids"]
    special = "".join(tokenizer.all_special_tokens)
    assert extended.tokenizer(special)["input_ids"] == tokenizer(special)["input_ids"]
    decoded = extended.tokenizer.decode(found["input_ids"])
    assert decoded == tokenizer.decode(tokenizer(TEXT, add_special_tokens=False)["input_ids"]) or "[UNK]" in decoded


def test_a_table_that_is_long_enough_keeps_its_length() -> None:
    tokenizer = tokenizer_of("wordpiece")
    config = new_config("bert", tokenizer=tokenizer, max_length=64, layers=1, hidden=32, heads=2)
    config.vocab_size = len(tokenizer) + 8
    model: Any = new_model(config, "masked", seed=0)
    extended = extend_vocabulary(model, tokenizer, WORDS)
    assert len(model.get_input_embeddings().weight) == len(tokenizer) + 8
    pieces = tokenizer(WORDS[0], add_special_tokens=False)["input_ids"]
    rows = model.get_input_embeddings().weight
    torch.testing.assert_close(rows[extended.ids[0]], rows[pieces].mean(dim=0))


@pytest.mark.parametrize("kind", ["wordpiece", "bpe", "unigram"])
def test_useful_words_are_those_that_save_the_most_pieces(kind: str) -> None:
    tokenizer = tokenizer_of(kind)
    texts = ["the overestimates photographs, photographs", "an overestimates 1234567 overestimates (hesitation", "rain"]

    def saved(word: str, times: int) -> int:
        return times * (len(tokenizer(f" {word}", add_special_tokens=False)["input_ids"]) - 1)

    counts = {"the": 1, "an": 1, "overestimates": 3, "photographs": 2, "rain": 1}  # no number, nothing behind a bracket
    expected = {word: saved(word, times) for word, times in counts.items() if saved(word, times)}
    found = useful_words(texts, tokenizer, 10)
    assert found == sorted(expected, key=lambda word: (-expected[word], word))
    assert useful_words(texts, tokenizer, 1) == found[:1]


def test_other_kinds_of_tokenizers_are_refused() -> None:
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0, "?": 1}, unk_token="?")))
    config = new_config("bert", tokenizer=tokenizer_of("wordpiece"), max_length=64, layers=1, hidden=32, heads=2)
    with pytest.raises(BaseModelError, match="WordLevel cannot be extended"):
        extend_vocabulary(new_model(config, "masked", seed=0), tokenizer, ["a"])
