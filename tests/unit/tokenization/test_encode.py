"""Encoding: the same ids as transformers' own call, in flat arrays, and every cut counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from datasets import Dataset

from accent.tokenization import EncodedRows, Encoder, encode, encode_rows, load_tokenizer
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


def test_a_data_set_is_encoded_in_parts_as_it_would_be_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 16)
    rows = Dataset.from_dict({"text": TEXTS, "text_pair": PAIRS, "label": ["a"] * len(TEXTS)})
    whole = encoder.encode_flat(TEXTS, PAIRS)
    monkeypatch.setattr(encode, "_ROWS_AT_ONCE", 4)
    parts = encode_rows(rows, encoder)
    assert len(parts) == len(TEXTS)
    assert (parts.ids.dtype, parts.offsets.dtype) == (np.int32, np.int64)
    assert rows_of(parts) == rows_of(whole)
    assert parts.type_ids is not None
    assert np.array_equal(parts.type_ids, whole.type_ids)
    assert np.array_equal(parts.cut, whole.cut)


def test_many_ids_move_to_a_mapped_file_and_stay_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 16)
    rows = Dataset.from_dict({"text": TEXTS * 3})
    small = encode_rows(rows, encoder)
    monkeypatch.setattr(encode, "_ROWS_AT_ONCE", 5)
    monkeypatch.setattr(encode, "_BYTES_IN_MEMORY", 200)
    large = encode_rows(rows, encoder)
    assert isinstance(large.ids, np.memmap)
    assert not isinstance(small.ids, np.memmap)
    assert np.array_equal(large.ids, small.ids)
    assert large.type_ids is not None
    assert np.array_equal(large.type_ids, small.type_ids)


def test_no_rows_are_no_rows(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)))
    encoded = encode_rows(Dataset.from_dict({"text": []}), encoder)
    assert len(encoded) == 0
    assert encoded.lengths.tolist() == []
    assert encoder.encode([]) == []
    assert encoder.lengths([]).tolist() == []


def test_select_keeps_rows_in_the_order_asked(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)), 10)
    encoded = encoder.encode_flat(TEXTS, PAIRS)
    chosen = encoded.select([3, 0, 3])
    assert rows_of(chosen) == [rows_of(encoded)[row] for row in (3, 0, 3)]
    assert chosen.cut.tolist() == encoded.cut[[3, 0, 3]].tolist()
    mask = encoded.lengths < 10
    assert rows_of(encoded.select(mask)) == [row for row in rows_of(encoded) if len(row) < 10]
    assert len(encoded.select([])) == 0


def test_texts_and_pairs_of_different_number_are_an_error(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)))
    with pytest.raises(ValueError, match="shorter"):
        encoder.encode(["a", "b"], ["c"])
