"""Guesses are what the masked language model says of each blank, whatever stands beside it in a batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM

from accent.data.augment import Blanks
from accent.errors import BaseModelError
from accent.modeling import BaseLexicon, find_base, guessing
from accent.modeling.neighbours import MOST_OFFERS, Vocabulary
from accent.tokenization import load_tokenizer
from tests.checkpoints import make_checkpoint

GUESSING = ("bert", "roberta", "albert", "distilbert", "modernbert", "bart")
TEXT = "the plot is thin, the jokes are old"


def blank(text: str, *words: str) -> Blanks:
    starts = [text.index(word) for word in words]
    return Blanks(text, [(start, start + len(word)) for start, word in zip(starts, words, strict=True)])


def lexicon(folder: Path, family: str) -> BaseLexicon:
    make_checkpoint(folder / family, family)
    return BaseLexicon(find_base(str(folder / family)), load_tokenizer(folder / family))


@pytest.mark.parametrize("family", GUESSING)
def test_guesses_are_the_likeliest_words_by_hand(family: str, tmp_path: Path) -> None:
    found = lexicon(tmp_path, family).guesses([blank(TEXT, "plot", "old")])
    tokenizer, model = load_tokenizer(tmp_path / family), AutoModelForMaskedLM.from_pretrained(str(tmp_path / family))
    hidden = TEXT.replace("plot", tokenizer.mask_token).replace("old", tokenizer.mask_token)
    encoded = tokenizer(hidden, return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**encoded).logits[0]
    places = torch.nonzero(encoded["input_ids"][0] == tokenizer.mask_token_id).flatten().tolist()
    vocabulary = Vocabulary(tokenizer)
    assert len(places) == 2
    for place, own, words in zip(places, ("plot", "old"), found[0], strict=True):
        order = sorted(range(len(vocabulary.words)), key=lambda at: -float(logits[place, vocabulary.ids[at]]))
        expected = list(dict.fromkeys(vocabulary.words[at].casefold() for at in order))
        assert [word.casefold() for word in words] == [word for word in expected if word != own][:MOST_OFFERS]


def test_a_text_is_guessed_alike_alone_and_beside_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = lexicon(tmp_path, "bert")
    texts = [
        blank(TEXT, "thin"),
        blank("a warm film", "film"),
        Blanks("nothing asked", []),
        blank(TEXT, "jokes", "old"),
    ]
    together = base.guesses(texts)
    assert [len(offers) for offers in together] == [1, 1, 0, 2]
    monkeypatch.setattr(guessing, "BATCH_TOKENS", 1)
    assert base.guesses(texts) == together
    assert base.guesses([]) == []


def test_blanks_beyond_what_the_base_reads_have_no_guesses(tmp_path: Path) -> None:
    text = f"film {'by the sea ' * 60}cinema"
    (found,) = lexicon(tmp_path, "bert").guesses([blank(text, "film", "cinema")])
    assert len(found[0]) == MOST_OFFERS
    assert not found[1]


def test_a_text_that_holds_the_mask_itself_has_no_guesses(tmp_path: Path) -> None:
    (found,) = lexicon(tmp_path, "bert").guesses([blank("a [MASK] film", "film")])
    assert [list(words) for words in found] == [[]]


@pytest.mark.parametrize("family", ["electra", "gpt2", "t5"])
def test_a_base_that_cannot_guess_is_refused(family: str, tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match="no head that guesses masked words"):
        lexicon(tmp_path, family).guesses([blank(TEXT, "plot")])


def test_a_base_saved_without_its_head_is_refused_and_global_chance_stays(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "bare", "bert", head=False)
    state = torch.random.get_rng_state()
    with pytest.raises(BaseModelError, match="no head that guesses masked words"):
        BaseLexicon(find_base(str(folder)), load_tokenizer(folder)).guesses([blank(TEXT, "plot")])
    assert torch.equal(torch.random.get_rng_state(), state)
