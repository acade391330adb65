"""Encoding: the same ids as transformers' own call, in flat arrays, and every cut counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from accent.errors import ConfigError
from accent.tokenization import EncodedRows, Encoder, LongTexts, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint

TEXTS = [*SENTENCES, "", "ok", "naïve café, 東京 🦄!"]
PAIRS = TEXTS[::-1]


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make_checkpoint(tmp_path, request.param)


def rows_of(encoded: EncodedRows) -> list[list[int]]:
    return [encoded.ids[a:b].tolist() for a, b in zip(encoded.offsets, encoded.offsets[1:], strict=False)]


@pytest.mark.parametrize("pairs", [None, PAIRS], ids=["texts", "pairs"])
@pytest.mark.parametrize("max_length", [9, 24, 60])
def test_ids_and_types_are_those_of_transformers(folder: Path, pairs: list[str] | None, max_length: int) -> None:
    tokenizer = load_tokenizer(folder)
    expected = load_tokenizer(folder)(TEXTS, pairs, truncation="longest_first", max_length=max_length)
    encoded = Encoder(tokenizer, max_length).encode_flat(TEXTS, pairs)
    examples = Encoder(tokenizer, max_length).encode(TEXTS, pairs)
    assert rows_of(encoded) == expected["input_ids"]
    assert [example.input_ids for example in examples] == expected["input_ids"]
    if "token_type_ids" in tokenizer.model_input_names:
        assert encoded.type_ids is not None
        assert encoded.type_ids.tolist() == [kind for row in expected["token_type_ids"] for kind in row]
        assert [example.token_type_ids for example in examples] == expected["token_type_ids"]
    else:
        assert encoded.type_ids is None
        assert examples[0].token_type_ids is None


def test_cut_tokens_are_whole_length_less_what_is_left(folder: Path) -> None:
    encoder = Encoder(load_tokenizer(folder), 12)
    encoded = encoder.encode_flat(TEXTS, PAIRS)
    lengths = encoder.lengths(TEXTS, PAIRS)
    assert encoded.cut.tolist() == (lengths - encoded.lengths).tolist()
    assert encoded.truncated_rows == int((lengths > 12).sum()) > 0
    assert encoded.truncated_tokens == int(np.maximum(lengths - 12, 0).sum())
    assert encoded.lengths.max() == 12


def test_the_tokenizer_given_is_not_changed(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    Encoder(tokenizer, 6).encode_flat(TEXTS)
    assert tokenizer.backend_tokenizer.truncation is None
    assert len(tokenizer(SENTENCES[0])["input_ids"]) > 6


def test_no_rows_are_no_rows(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)))
    encoded = encoder.encode_flat([])
    assert len(encoded) == 0
    assert encoded.lengths.tolist() == []
    assert encoder.encode([]) == []
    assert encoder.lengths([]).tolist() == []


def test_texts_and_pairs_of_different_number_are_an_error(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)))
    with pytest.raises(ValueError, match="shorter"):
        encoder.encode(["a", "b"], ["c"])


LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"


def windows(folder: Path, family: str, *, stride: int, **options: Any) -> EncodedRows:
    encoder = Encoder(
        load_tokenizer(make_checkpoint(folder, family)), 24, long_texts=LongTexts(windows=True, stride=stride)
    )
    return encoder.encode_flat([LONG, "short", LONG[:40]], **options)


@pytest.mark.parametrize("family", ["bert", "roberta", "gpt2"])
@pytest.mark.parametrize("stride", [0, 5])
def test_windows_hold_every_token_and_share_the_stride(tmp_path: Path, family: str, stride: int) -> None:
    encoded = windows(tmp_path, family, stride=stride, spans=True)
    assert encoded.windows is not None
    assert encoded.spans is not None
    whole = load_tokenizer(tmp_path)(LONG, add_special_tokens=False, return_offsets_mapping=True)
    places = [list(span) for span in whole["offset_mapping"]]
    read = []
    for example in range(*encoded.windows[:2]):
        own = encoded.spans[encoded.offsets[example] : encoded.offsets[example + 1]].tolist()
        assert len(own) <= 24
        own = [span for span in own if span[0] >= 0]
        if read:
            assert own[:stride] == read[len(read) - stride :]
        read += own[stride if read else 0 :]
    assert read == places
    assert np.diff(encoded.windows)[1] == 1
    assert encoded.row_of().tolist() == np.repeat([0, 1, 2], np.diff(encoded.windows)).tolist()
    assert encoded.row_lengths.sum() == len(encoded.ids)


def test_windows_of_a_pair_repeat_the_first_text_which_is_cut_where_it_is_long(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 24, long_texts=LongTexts(windows=True, stride=4))
    short = encoder.encode_flat(["who", LONG], [LONG, LONG], spans=True)
    assert short.windows is not None
    assert short.spans is not None
    first = encoder.tokenizer("who", add_special_tokens=False)["input_ids"]
    for row, question in ((0, first), (1, encoder.tokenizer(LONG, add_special_tokens=False)["input_ids"][:8])):
        for example in range(*short.windows[row : row + 2]):
            ids = short.ids[short.offsets[example] : short.offsets[example + 1]].tolist()
            assert ids[1 : 1 + len(question)] == question
    seen = sorted({tuple(span) for span in short.spans[short.spans[:, 0] >= 0].tolist()})
    assert "".join(LONG[start:end] for start, end in seen) == LONG.replace(" ", "")


@pytest.mark.parametrize("kept", ["head", "tail", "both"])
@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_what_is_kept_of_a_long_text_is_what_was_asked(tmp_path: Path, family: str, kept: Any) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path, family))
    encoded = Encoder(tokenizer, 13, long_texts=LongTexts(kept_part=kept)).encode_flat([LONG, "ok"])
    words = tokenizer(LONG, add_special_tokens=False)["input_ids"]
    expected = {"head": words[:11], "tail": words[-11:], "both": words[:6] + words[-5:]}[kept]
    assert encoded.ids[1:12].tolist() == expected
    assert encoded.lengths.tolist()[0] == 13
    assert encoded.cut.tolist() == [len(words) - 11, 0]


def test_both_ends_of_a_pair_lose_from_the_longer_text_first(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    short = LONG[:18]
    encoded = Encoder(tokenizer, 20, long_texts=LongTexts(kept_part="both")).encode_flat([short], [LONG])
    plain = Encoder(tokenizer, 20).encode_flat([short], [LONG])
    assert encoded.lengths.tolist() == plain.lengths.tolist() == [20]
    assert encoded.type_ids is not None
    assert plain.type_ids is not None
    assert encoded.type_ids.tolist() == plain.type_ids.tolist()
    words = tokenizer(LONG, add_special_tokens=False)["input_ids"]
    second = encoded.ids[encoded.type_ids == 1].tolist()[:-1]
    half = (len(second) + 1) // 2
    assert second == words[:half] + words[-(len(second) - half) :]


def test_a_stride_of_more_than_half_a_window_is_refused(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    with pytest.raises(ConfigError, match="stride of 20") as caught:
        Encoder(tokenizer, 24, long_texts=LongTexts(windows=True, stride=20))
    assert "--stride 10" in str(caught.value)
