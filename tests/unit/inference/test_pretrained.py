"""What a pretrained head says of a text, beside transformers' own numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from accent.inference import own_head, show_pretrained
from accent.modeling import Base, find_base, new_config, new_model, save_model
from accent.tokenization import load_tokenizer
from tests.checkpoints import make_checkpoint, make_tokenizer
from tests.unit.objectives.corpora import tokenizer_of

TEXT = "a warm, funny and moving film about the sea"
MASKS = {"roberta": "<mask>"}
HEADS = {
    "bert": "masked",
    "roberta": "masked",
    "albert": "paired",
    "electra": "replaced",
    "distilbert": "masked",
    "gpt2": "causal",
    "modernbert": "masked",
    "t5": "written",
}


def saved(folder: Path, family: str, head: Any = None) -> Base:
    """Save a tiny model with its pretraining head, or with another one."""
    if head is None:
        wild = {} if family == "t5" else {"initializer_range": 0.5}
        return find_base(str(make_checkpoint(folder, family, **wild)), offline=True)
    tokenizer = tokenizer_of("t5") if family == "t5" else make_tokenizer(family)
    config = new_config(family, tokenizer=tokenizer, max_length=64, layers=1, hidden=32, heads=2)
    save_model(new_model(config, head, seed=0), tokenizer, folder)
    return find_base(str(folder), offline=True)


def shown(base: Base, text: str, pair: str | None = None) -> dict[str, Any]:
    return show_pretrained(base, load_tokenizer(base.folder), text, pair)


@pytest.mark.parametrize("family", HEADS)
def test_a_checkpoint_tells_its_head(family: str, tmp_path: Path) -> None:
    assert own_head(saved(tmp_path, family)) == HEADS[family]


def test_a_checkpoint_without_a_head_says_nothing(tmp_path: Path) -> None:
    base = find_base(str(make_checkpoint(tmp_path, "bert", head=False)), offline=True)
    assert own_head(base) is None
    assert shown(base, TEXT) == {}


@pytest.mark.parametrize("family", ["bert", "roberta", "distilbert", "modernbert"])
def test_gaps_are_filled_as_by_transformers(family: str, tmp_path: Path) -> None:
    base = saved(tmp_path, family)
    mask = MASKS.get(family, "[MASK]")
    theirs = transformers.pipeline("fill-mask", model=str(tmp_path), top_k=5)(TEXT.replace("film", mask))
    (gap,) = shown(base, TEXT.replace("film", "[MASK]"))["fill_mask"]  # whatever the tokenizer's own mask is
    assert [one["token"] for one in gap["guesses"]] == [one["token_str"].strip() for one in theirs]
    assert [one["score"] for one in gap["guesses"]] == pytest.approx([one["score"] for one in theirs], rel=1e-4)
    assert "own" not in gap


def test_without_a_gap_each_word_is_hidden_in_turn_with_all_of_its_pieces(tmp_path: Path) -> None:
    base = saved(tmp_path, "bert")
    tokenizer = load_tokenizer(base.folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(tmp_path).eval()
    encoded = tokenizer(TEXT, return_tensors="pt")
    words, own = encoded.encodings[0].word_ids, encoded["input_ids"][0]
    gaps = {gap["place"]: gap for gap in shown(base, TEXT)["fill_mask"]}
    assert set(gaps) == {place for place, word in enumerate(words) if word is not None}
    for place, gap in gaps.items():
        ids = own.clone()
        ids[[at for at, word in enumerate(words) if word == words[place]]] = tokenizer.mask_token_id
        with torch.no_grad():
            shares = model(input_ids=ids[None]).logits[0, place].softmax(-1)
        assert gap["own_score"] == pytest.approx(float(shares[own[place]]), rel=1e-4)
        assert gap["guesses"][0]["score"] == pytest.approx(float(shares.max()), rel=1e-4)


@pytest.mark.parametrize(("family", "head"), [("bert", "pair"), ("bert", "paired"), ("albert", "paired")])
def test_pairs_are_told_as_by_transformers(family: str, head: str, tmp_path: Path) -> None:
    base = saved(tmp_path, family, head)
    found = shown(base, TEXT, "nobody was there")
    kind = transformers.AutoModelForNextSentencePrediction if head == "pair" else transformers.AutoModelForPreTraining
    model = kind.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        outputs = model(**load_tokenizer(base.folder)(TEXT, "nobody was there", return_tensors="pt"))
    logits = {"pair": "logits", "paired": "sop_logits" if family == "albert" else "seq_relationship_logits"}[head]
    shares = outputs[logits][0].softmax(-1)
    assert found["next_sentence"]["as_in_a_text"] == pytest.approx(float(shares[0]), rel=1e-5)
    assert ("fill_mask" in found) == (head == "paired")
    assert "next_sentence" not in shown(base, TEXT)


def test_replaced_tokens_are_told_one_by_one(tmp_path: Path) -> None:
    base = saved(tmp_path, "electra")
    tokenizer = load_tokenizer(base.folder)
    model = transformers.ElectraForPreTraining.from_pretrained(tmp_path).eval()
    encoded = tokenizer(TEXT, return_tensors="pt")
    with torch.no_grad():
        expected = torch.sigmoid(model(**encoded).logits[0])[1:-1].tolist()
    found = shown(base, TEXT)["replaced"]
    assert [one["place"] for one in found] == list(range(1, len(expected) + 1))
    assert [one["score"] for one in found] == pytest.approx(expected, rel=1e-4)
    assert found[0]["token"] == "a"


def test_a_text_goes_on_with_the_likeliest_tokens(tmp_path: Path) -> None:
    base = saved(tmp_path, "gpt2")
    tokenizer = load_tokenizer(base.folder)
    model = transformers.GPT2LMHeadModel.from_pretrained(tmp_path).eval()
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"]
    known, first = ids.shape[1], None
    with torch.no_grad():
        while ids.shape[1] < known + 24 and int(ids[0, -1]) != tokenizer.eos_token_id:
            shares = model(ids).logits[0, -1].softmax(-1)
            first = shares if first is None else first
            ids = torch.cat([ids, shares.argmax().view(1, 1)], dim=1)
    found = shown(base, TEXT)["continuation"]
    assert found["text"] == tokenizer.decode(ids[0, known:])
    assert found["next"][0]["score"] == pytest.approx(float(first.max()), rel=1e-4)


def test_a_text_as_long_as_the_model_reads_has_no_room_to_go_on(tmp_path: Path) -> None:
    found = shown(saved(tmp_path, "gpt2"), f"{TEXT} " * 40)["continuation"]
    assert found["text"] == ""
    assert found["next"]


def test_a_decoder_writes_what_stands_for_the_sentinel(tmp_path: Path) -> None:
    base = saved(tmp_path, "t5", "written")
    given, put = (shown(base, text)["continuation"] for text in (f"{TEXT} <extra_id_0>", TEXT))
    assert given == put
    assert "<extra_id_" not in given["text"]
    assert len(given["next"]) == 5
