"""Collating: the tensors that transformers' padding makes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from accent.tokenization import Encoder, collate, load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint


@pytest.mark.parametrize("family", FAMILIES)
def test_tensors_are_those_of_transformers_padding(tmp_path: Path, family: str) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path, family))
    encoder = Encoder(tokenizer, 20)
    rows = [4, 0, 6]
    texts, pairs = list(SENTENCES), list(SENTENCES[::-1])
    expected = tokenizer(
        [texts[row] for row in rows],
        [pairs[row] for row in rows],
        truncation="longest_first",
        max_length=20,
        padding=True,
        return_tensors="pt",
    )
    tensors = collate(encoder.encode_flat(texts, pairs), rows, pad_id=encoder.pad_id)
    assert set(tensors) == set(tokenizer.model_input_names)
    for name, tensor in tensors.items():
        assert tensor.dtype == torch.int64
        assert torch.equal(tensor, expected[name]), name


def test_padding_goes_up_to_the_longest_of_the_batch_only(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path)))
    encoded = encoder.encode_flat(["ok", "fine film", SENTENCES[0]])
    tensors = collate(encoded, [0, 1], pad_id=encoder.pad_id)
    assert tensors["input_ids"].shape == (2, int(encoded.lengths[:2].max()))
    assert tensors["attention_mask"].sum(dim=1).tolist() == encoded.lengths[:2].tolist()


def test_a_row_without_tokens_is_one_token_that_counts(tmp_path: Path) -> None:
    encoder = Encoder(load_tokenizer(make_checkpoint(tmp_path, "gpt2")))
    encoded = encoder.encode_flat([""])
    tensors = collate(encoded, [0], pad_id=encoder.pad_id)
    assert encoded.lengths.tolist() == [0]
    assert tensors["input_ids"].tolist() == [[encoder.pad_id]]
    assert tensors["attention_mask"].tolist() == [[1]]
