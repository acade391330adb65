"""Words and their tokens, against a slow search through the spans and transformers' own `char_to_token`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from accent.tokenization import EncodedRows, Encoder, LongTexts, load_tokenizer
from accent.tokenization.align import Words, align_words
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint

Spans = list[tuple[int, int]]

ODD = (
    "",
    "naïve café, 東京 🦄!",
    "e\u0301te\u0301 nai\u0308ve cafe\u0301",
    "👩\u200d👩\u200d👧 ok \u2764\ufe0f",
    "zero\u200bwidth and so\u00adft \u200b alone",
    "wait... what?!?! 100,000.5",
    "हिन्दी กิน",
    "ﬁne ﬃ \uff21 İstanbul'da",
    "  two  spaces\tand\na tab\x00 ",
)
TEXTS = (*SENTENCES, *ODD)
# Words that a tokenizer does not part as the annotators did.
PARTED = {
    "we don't": [(0, 2), (3, 5), (5, 8)],
    "cannot be, gonna": [(0, 3), (3, 6), (7, 9), (9, 10), (11, 14), (14, 16)],
}


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path, request.param)


def words_in(text: str) -> Spans:
    return PARTED.get(text) or [found.span() for found in re.finditer(r"\w+|[^\w\s]", text)]


def flat(rows: list[Spans]) -> Words:
    found = np.asarray([(*word, row) for row, words in enumerate(rows) for word in words], dtype=np.int64).reshape(
        -1, 3
    )
    return Words(starts=found[:, 0], ends=found[:, 1], rows=found[:, 2])


def slow(spans: list[list[int]], words: Spans) -> tuple[list[int], list[int]]:
    """Return own and shared tokens of one text's words, by looking at every token for every word."""
    touching = [[t for t, (a, b) in enumerate(spans) if 0 <= a < b and a < end and b > start] for start, end in words]
    firsts = [found[0] if found else -1 for found in touching]
    own: list[int] = []
    for word, found in enumerate(touching):
        free = [token for token in found if token not in own]
        next_first = firsts[word + 1] if word + 1 < len(words) else -1
        if found and found[0] in free:
            own.append(found[0])
        elif len(found) > 1 and found[1] in free and found[1] != next_first:
            own.append(found[1])
        else:
            own.append(-1)
    return own, [first if mine < 0 else -1 for first, mine in zip(firsts, own, strict=True)]


def spans_of(encoded: EncodedRows, example: int) -> list[list[int]]:
    assert encoded.spans is not None
    return encoded.spans[encoded.offsets[example] : encoded.offsets[example + 1]].tolist()


def test_tokens_are_those_of_a_slow_search(folder: Path) -> None:
    texts = [*TEXTS, *PARTED]
    rows = [words_in(text) for text in texts]
    encoded = Encoder(load_tokenizer(folder), 60).encode_flat(texts, spans=True)
    found = align_words(encoded, flat(rows), stride=0)
    expected: tuple[list[int], list[int]] = ([], [])
    for row, words in enumerate(rows):
        for part, tokens in zip(expected, slow(spans_of(encoded, row), words), strict=True):
            part += [token if token < 0 else int(encoded.offsets[row]) + token for token in tokens]
    assert found.own.tolist() == expected[0]
    assert found.shared.tolist() == expected[1]
    own = found.own[found.own >= 0]
    assert len(set(own.tolist())) == len(own) > 150


def test_a_word_stands_at_the_token_of_its_first_character(folder: Path) -> None:
    tokenizer = load_tokenizer(folder)
    encoded = Encoder(tokenizer, 60).encode_flat(TEXTS, spans=True)
    rows = [words_in(text) for text in TEXTS]
    found = align_words(encoded, flat(rows), stride=0)
    seen = place = 0
    for row, (text, words) in enumerate(zip(TEXTS, rows, strict=True)):
        theirs = tokenizer(text)
        before = -1
        for start, _ in words:
            token = theirs.char_to_token(start)
            if token is not None and token != before:  # the character has a token, and no word before begins in it
                assert found.own[place] == encoded.offsets[row] + token
                seen += 1
            before = -1 if token is None else token
            place += 1
    assert place == len(found.own)
    assert seen > 150


def test_a_word_behind_a_shared_token_takes_the_next_one(tmp_path: Path) -> None:
    encoded = by_hand([(-1, -1), (0, 3), (3, 5), (5, 9), (-1, -1)])
    found = align_words(encoded, flat([[(0, 2), (2, 5), (5, 7), (7, 9)]]), stride=0)
    assert found.own.tolist() == [1, 2, 3, -1]  # "do" "n't" in "don" "'t", "can" "not" in "cannot"
    assert found.shared.tolist() == [-1, -1, -1, 3]
    taken = align_words(encoded, flat([[(0, 2), (2, 4), (4, 6)]]), stride=0)
    assert taken.own.tolist() == [1, -1, 2]  # the token behind is the first of the next word
    assert taken.shared.tolist() == [-1, 1, -1]


def test_words_that_were_removed_or_cut_have_no_token(tmp_path: Path) -> None:
    text = "one \u200b two three four five six seven"
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 12)
    encoded = encoder.encode_flat(["", text], spans=True)
    found = align_words(encoded, flat([[], words_in(text)]), stride=0)
    assert encoded.cut[1] > 0
    assert found.own[1] == found.shared[1] == -1
    assert found.own[0] >= 0
    assert found.own[2] >= 0
    assert (found.own[-2:] == -1).all()
    assert (found.shared[-2:] == -1).all()
    assert align_words(encoded, flat([[], []]), stride=0).own.tolist() == []
    none = encoder.encode_flat([], spans=True)
    assert align_words(none, flat([]), stride=0).shared.tolist() == []


LONG = " ".join((*SENTENCES, "東京 🦄🦄 don't", "unbelievably extraordinarily"))


@pytest.mark.parametrize("stride", [0, 1, 4, 7, 9])
@pytest.mark.parametrize("family", ["bert", "roberta", "gpt2", "modernbert"])
def test_each_word_is_read_in_the_window_that_sees_most_around_it(tmp_path: Path, family: str, stride: int) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path, family))
    texts = ["short one", LONG, "", LONG[7:90]]
    rows = [words_in(text) for text in texts]
    encoded = Encoder(tokenizer, 22, long_texts=LongTexts(windows=True, stride=stride)).encode_flat(texts, spans=True)
    found = align_words(encoded, flat(rows), stride=stride).own.tolist()
    special = tokenizer.num_special_tokens_to_add()
    step = 22 - special - stride
    assert encoded.windows is not None
    assert np.diff(encoded.windows)[1] > 10
    expected = []
    for row, (text, words) in enumerate(zip(texts, rows, strict=True)):
        windows = range(*encoded.windows[row : row + 2])
        for token in slow(spans_of(whole_encoding(tokenizer, text), 0), words)[0]:
            expected.append(best_window(encoded, windows, token, step, special) if token >= 0 else -1)
    assert found == expected
    assert found.count(-1) <= 1  # the second unicorn, where both are one unknown token


def best_window(encoded: EncodedRows, windows: range, token: int, step: int, special: int) -> int:
    """Return where a text's token stands furthest from the places at which the text was cut into windows."""
    best = (-1, -1)
    for number, example in enumerate(windows):
        place, count = token - number * step, int(encoded.lengths[example]) - special
        if not 0 <= place < count:
            continue
        before = place if number else len(encoded.ids)
        behind = count - 1 - place if example + 1 < windows.stop else len(encoded.ids)
        if min(before, behind) > best[0]:
            best = (min(before, behind), int(encoded.offsets[example]) + place + (1 if special else 0))
    return best[1]


def whole_encoding(tokenizer: PreTrainedTokenizerFast, text: str) -> EncodedRows:
    """Encode a text that is longer than the model reads, without special tokens."""
    return by_hand(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).offsets)


def by_hand(spans: Spans) -> EncodedRows:
    return EncodedRows(
        ids=np.zeros(len(spans), dtype=np.int32),
        offsets=np.asarray([0, len(spans)]),
        type_ids=None,
        cut=np.zeros(1, dtype=np.int32),
        spans=np.asarray(spans, dtype=np.int32),
    )


def test_tokens_without_spans_are_refused(tmp_path: Path) -> None:
    encoded = Encoder(load_tokenizer(make_checkpoint(tmp_path))).encode_flat(["a"])
    with pytest.raises(ValueError, match="spans=True"):
        align_words(encoded, flat([[(0, 1)]]), stride=0)


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_no_word_of_real_tweets_is_lost(shared_data: Path, tmp_path: Path, family: str) -> None:
    lines = (shared_data / "wnut17" / "train.conll").read_text(encoding="utf-8").split("\n")
    sentences: list[list[str]] = [[]]
    for line in lines:
        token = line.split("\t")[0].strip()
        if token:
            sentences[-1].append(token)
        elif sentences[-1]:
            sentences.append([])
    rows = []
    for tokens in sentences:
        starts = np.cumsum([0, *(len(token) + 1 for token in tokens)]).tolist()
        rows.append([(start, start + len(token)) for start, token in zip(starts, tokens, strict=False)])
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path, family)), 60, long_texts=LongTexts(windows=True))
    encoded = encoder.encode_flat([" ".join(tokens) for tokens in sentences], spans=True)
    found = align_words(encoded, flat(rows), stride=encoder.stride).own
    assert len(encoded) > encoded.rows  # some are read in windows
    assert len(found) == 62730
    assert (found >= 0).all()
    assert len(np.unique(found)) == len(found)
