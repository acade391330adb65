"""Trained tokenizers: their pieces against merges done by hand, their frames, and that they load as they were."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from accent.data.builtin import read_builtin
from accent.errors import ConfigError, DataError
from accent.tokenization import SPECIALS, TokenizerKind, load_tokenizer, train_tokenizer

KINDS: tuple[TokenizerKind, ...] = ("wordpiece", "bpe", "unigram")
REVIEWS = read_builtin("reviews")["train"].read_text(encoding="utf-8").splitlines()[:300]
TEXTS = [json.loads(row)["text"] for row in REVIEWS]
TEXTS += ["Caf\u00e9 ol\u00e9, caf\u00e9! ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789"] * 2
SIZES: dict[TokenizerKind, int] = {"wordpiece": 600, "bpe": 700, "unigram": 500}


@cache
def trained(kind: TokenizerKind, family: str | None = None, **settings: Any) -> PreTrainedTokenizerFast:
    return train_tokenizer(TEXTS, kind=kind, vocabulary=SIZES[kind], family=family, **settings)


def stored(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    """Return what tokenizer.json would hold."""
    content: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    return content


def wordpieces_by_hand(words: Counter[str], merges: int) -> list[str]:
    """Return the pieces that the most frequent pairs make, one after the other; no two pairs may tie."""
    split = {word: [word[0], *(f"##{letter}" for letter in word[1:])] for word in words}
    made = []
    for _ in range(merges):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, pieces in split.items():
            for pair in pairwise(pieces):
                pairs[pair] += words[word]
        (best, count), *others = pairs.most_common(2)
        assert not others or others[0][1] < count, "a tie"
        joined = best[0] + best[1].removeprefix("##")
        made.append(joined)
        for word, pieces in split.items():
            place = 0
            while place < len(pieces) - 1:
                if (pieces[place], pieces[place + 1]) == best:
                    pieces[place : place + 2] = [joined]
                place += 1
            split[word] = pieces
    return made


def test_wordpiece_joins_the_most_frequent_pair_first() -> None:
    words = Counter({"ab": 30, "abc": 20, "bcd": 11, "bc": 3, "dcb": 5})
    text = " ".join(word for word, count in words.items() for _ in range(count))
    letters = 5 + 8  # special tokens; a b c d, inside words and before
    tokenizer = train_tokenizer([text], kind="wordpiece", vocabulary=letters + 4)
    pieces = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    assert pieces[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert pieces[5:13] == ["##a", "##b", "##c", "##d", "a", "b", "c", "d"]
    assert pieces[13:] == wordpieces_by_hand(words, 4) == ["ab", "abc", "bc", "bcd"]
    assert tokenizer.tokenize("abcd dcb xyz") == ["abc", "##d", "d", "##c", "##b", "[UNK]"]


def test_byte_pairs_join_the_most_frequent_first_and_know_every_byte() -> None:
    text = "low " * 11 + "lower " * 5 + "wow " * 2
    tokenizer = train_tokenizer([text], kind="bpe", vocabulary=5 + 256 + 3)
    # o + w stands there 18 times, l + o 16 times, and a space before l 15 times: the first word has none
    merges = [tuple(merge) for merge in stored(tokenizer)["model"]["merges"]]
    assert merges == [("o", "w"), ("l", "ow"), ("\u0120", "low")]
    assert tokenizer.tokenize("low lower") == ["low", "\u0120low", "e", "r"]
    odd = "na\u00efve \U0001f984\n\tx\u0000"
    assert tokenizer.decode(tokenizer(odd, add_special_tokens=False)["input_ids"]) == odd


def test_unigram_gives_likely_pieces_high_scores_and_splits_by_them() -> None:
    tokenizer = trained("unigram")
    pieces = stored(tokenizer)["model"]["vocab"]
    scores = dict(map(tuple, pieces))
    assert [piece for piece, _ in pieces[:5]] == ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    ranked = [score for _, score in pieces[5:]]
    assert ranked == sorted(ranked, reverse=True)
    # probabilities of all pieces add up to one, but for those that were cut off last and the rounding
    assert 0.8 < sum(math.exp(score) for score in ranked) < 1.1
    found = tokenizer.tokenize("the film")
    best = max(_splits("\u2581the", scores), key=lambda pieces: sum(scores[piece] for piece in pieces))
    assert found[: len(best)] == best


def _splits(word: str, scores: dict[str, float]) -> list[list[str]]:
    """Return all ways to write a word with pieces."""
    if not word:
        return [[]]
    return [
        [word[:end], *rest]
        for end in range(1, len(word) + 1)
        if word[:end] in scores
        for rest in _splits(word[end:], scores)
    ]


@pytest.mark.parametrize("family", SPECIALS)
@pytest.mark.parametrize("kind", KINDS)
def test_saved_it_loads_as_the_same_beside_the_familys_config(tmp_path: Path, family: str, kind: TokenizerKind) -> None:
    tokenizer = trained(kind, family, max_length=48)
    assert len(tokenizer) == SIZES[kind] == max(tokenizer.get_vocab().values()) + 1
    tokenizer.save_pretrained(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": family, "vocab_size": len(tokenizer)}))
    text = "Caf\u00e9 for two, <mask> [MASK] <extra_id_3> unseen \U0001f984 text</s>"
    for again in (AutoTokenizer.from_pretrained(str(tmp_path)), load_tokenizer(tmp_path)):
        assert type(again) is type(tokenizer)
        assert stored(again) == stored(tokenizer)
        assert again.special_tokens_map == tokenizer.special_tokens_map
        assert again.all_special_ids == tokenizer.all_special_ids
        assert dict(again(text, "b c")) == dict(tokenizer(text, "b c"))
    assert AutoTokenizer.from_pretrained(str(tmp_path)).model_max_length == 48


@pytest.mark.parametrize(
    ("family", "single", "pair", "types"),
    [
        ("bert", "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]", [0, 0, 0, 1, 1]),
        ("electra", "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]", [0, 0, 0, 1, 1]),
        ("albert", "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]", [0, 0, 0, 1, 1]),
        ("distilbert", "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]", None),
        ("modernbert", "[CLS] A [SEP]", "[CLS] A [SEP] B [SEP]", None),
        ("roberta", "<s> A </s>", "<s> A </s> </s> B </s>", None),
        ("gpt2", "A", "A B", None),
        ("t5", "A </s>", "A </s> B </s>", None),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_each_family_frames_texts_in_its_way(
    kind: TokenizerKind, family: str, single: str, pair: str, types: list[int] | None
) -> None:
    tokenizer = trained(kind, family)
    letters = {"A": tokenizer.tokenize("a")[0], "B": tokenizer.tokenize("b")[0]}

    def framed(frame: str) -> list[str]:
        return [letters.get(part, part) for part in frame.split()]

    assert tokenizer.convert_ids_to_tokens(tokenizer("a")["input_ids"]) == framed(single)
    found = tokenizer("a", "b")
    assert tokenizer.convert_ids_to_tokens(found["input_ids"]) == framed(pair)
    assert found.get("token_type_ids") == types
    assert list(found) == list(SPECIALS[family].inputs)


def test_special_tokens_have_the_ids_that_families_count_on() -> None:
    roberta = trained("bpe", "roberta")
    assert [roberta.bos_token_id, roberta.pad_token_id, roberta.eos_token_id] == [0, 1, 2]
    t5 = trained("unigram", "t5")
    assert [t5.pad_token_id, t5.eos_token_id, t5.unk_token_id] == [0, 1, 2]
    assert t5.convert_tokens_to_ids(["<extra_id_0>", "<extra_id_99>"]) == [len(t5) - 1, len(t5) - 100]
    gpt2 = trained("bpe", "gpt2")
    assert {gpt2.bos_token_id, gpt2.eos_token_id, gpt2.pad_token_id} == {0}


@pytest.mark.parametrize(
    ("kind", "family", "lowercase", "lowered"),
    [
        ("wordpiece", None, None, True),
        ("wordpiece", None, False, False),
        ("wordpiece", "roberta", None, False),
        ("unigram", None, None, True),
        ("unigram", "albert", False, False),
        ("unigram", "t5", None, False),
        ("bpe", None, None, False),
        ("bpe", "bert", None, False),
        ("bpe", "gpt2", True, True),
    ],
)
def test_capitals_are_kept_or_not(
    kind: TokenizerKind, family: str | None, lowercase: bool | None, lowered: bool
) -> None:
    tokenizer = trained(kind, family, lowercase=lowercase)
    assert (tokenizer.tokenize("ABC") == tokenizer.tokenize("abc")) is lowered
    if kind != "bpe":
        assert ("\u00e9" in "".join(tokenizer.tokenize("caf\u00e9 caf\u00e9"))) is not lowered


def test_the_mask_takes_the_space_before_it_where_pieces_hold_theirs() -> None:
    tokenizer = trained("bpe", "roberta")
    found = tokenizer("a <mask>, b", add_special_tokens=False)["input_ids"]
    assert tokenizer.convert_ids_to_tokens(found)[:3] == ["a", "<mask>", ","]


@pytest.mark.parametrize("kind", KINDS)
def test_order_and_how_texts_come_do_not_matter(kind: TokenizerKind) -> None:
    one = stored(trained(kind))
    other = train_tokenizer((text for text in reversed(TEXTS)), kind=kind, vocabulary=SIZES[kind])
    assert stored(other) == one


CODE = """
import hashlib, sys
from accent.tokenization import train_tokenizer
from tests.unit.tokenization.test_train import TEXTS, SIZES
for kind in ("wordpiece", "bpe", "unigram"):
    tokenizer = train_tokenizer(TEXTS, kind=kind, vocabulary=SIZES[kind])
    print(hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest())
"""


def test_every_process_and_number_of_threads_gives_the_same() -> None:
    """The library's own trainers do not: their hash maps are ordered anew in each process."""
    found = set()
    for threads, parallel in (("1", "false"), ("4", "true")):
        environment = {**os.environ, "RAYON_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": parallel}
        folder = Path(__file__).parents[3]
        done = subprocess.run(
            [sys.executable, "-c", CODE],
            check=True, capture_output=True, text=True, cwd=folder, env={**environment, "PYTHONPATH": str(folder)},
        )  # fmt: skip
        found.add(tuple(done.stdout.split()))
    assert len(found) == 1
    assert len(set(next(iter(found)))) == 3


def test_too_little_text_says_how_much_there_is() -> None:
    with pytest.raises(DataError) as caught:
        train_tokenizer(TEXTS, kind="wordpiece", vocabulary=5000)
    what, remedy = str(caught.value).splitlines()
    assert "not 5,000" in what
    least = int(remedy.split("--vocabulary ")[1].split()[0])
    assert len(train_tokenizer(TEXTS, kind="wordpiece", vocabulary=least)) == least


@pytest.mark.parametrize("kind", KINDS)
def test_a_vocabulary_below_the_alphabet_says_the_least(kind: TokenizerKind) -> None:
    with pytest.raises(ConfigError, match="too small for the alphabet") as caught:
        train_tokenizer(TEXTS, kind=kind, vocabulary=30)
    assert len(str(caught.value).splitlines()) == 2
    least = int(caught.value.remedy.split("--vocabulary ")[1].split()[0])
    tokenizer = train_tokenizer(TEXTS, kind=kind, vocabulary=least)
    assert len(tokenizer) == least


@pytest.mark.parametrize("texts", [[], [""], ["  \n", "a b c"]])
def test_no_text(texts: list[str]) -> None:
    with pytest.raises(DataError, match="no text to learn a vocabulary from"):
        train_tokenizer(texts, kind="wordpiece", vocabulary=100)


def test_an_unknown_family() -> None:
    with pytest.raises(ConfigError, match="'bort'"):
        train_tokenizer(TEXTS, kind="bpe", vocabulary=300, family="bort")


def test_what_happens_is_told() -> None:
    told: list[tuple[str, Any]] = []
    trained("bpe", listen=lambda kind, fields: told.append((kind, fields)))
    assert told[0] == ("stage", {"what": "training a tokenizer (bpe, 700 pieces)"})
    assert told[-1] == ("progress", {"what": "characters read", "done": sum(map(len, TEXTS))})
