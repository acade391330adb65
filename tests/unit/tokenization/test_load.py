"""Loading tokenizers, and the lengths that they allow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accent.errors import BaseModelError, ConfigError
from accent.tokenization import load_tokenizer, position_limit, resolve_max_length
from tests.checkpoints import make_checkpoint


def rewrite(path: Path, **changes: object) -> None:
    stored = json.loads(path.read_text())
    path.write_text(json.dumps(stored | changes))


@pytest.mark.parametrize(
    ("family", "positions"),
    [
        ("bert", 64),
        ("distilbert", 64),
        ("gpt2", 64),
        ("modernbert", 64),
        ("roberta", 65),
    ],  # RoBERTa: 66 - padding 0 - 1
)
def test_model_max_length_is_the_positions_of_the_model(tmp_path: Path, family: str, positions: int) -> None:
    folder = make_checkpoint(tmp_path, family)
    assert position_limit(folder) == positions
    assert load_tokenizer(folder).model_max_length == positions


def test_roberta_positions_start_behind_the_padding_id(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1})
    )
    assert position_limit(tmp_path) == 512


def test_without_positions_in_the_config_there_is_no_limit_but_512_is_the_default(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path, "t5")
    tokenizer = load_tokenizer(folder)
    assert position_limit(folder) is None
    assert resolve_max_length(tokenizer, None) == 512
    assert resolve_max_length(tokenizer, 2000) == 2000


def test_more_than_the_positions_is_refused(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    assert resolve_max_length(tokenizer, 64) == 64
    with pytest.raises(ConfigError, match="65 is more than the base's 64 positions"):
        resolve_max_length(tokenizer, 65)


def test_a_length_without_room_for_a_pair_is_refused(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path))
    assert resolve_max_length(tokenizer, 5) == 5
    with pytest.raises(ConfigError, match="no room"):
        resolve_max_length(tokenizer, 4)


def test_a_missing_padding_token_becomes_the_end_of_text(tmp_path: Path) -> None:
    tokenizer = load_tokenizer(make_checkpoint(tmp_path, "gpt2"))
    assert tokenizer.pad_token_id == tokenizer.eos_token_id


def test_truncation_and_padding_stored_in_the_file_are_dropped(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    rewrite(
        folder / "tokenizer.json",
        truncation={"max_length": 8, "stride": 0, "strategy": "LongestFirst", "direction": "Right"},
        padding={
            "strategy": {"Fixed": 8},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
    )
    engine = load_tokenizer(folder).backend_tokenizer
    assert engine.truncation is None
    assert engine.padding is None


def test_a_folder_without_a_vocabulary_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(BaseModelError, match="no tokenizer in the folder"):
        load_tokenizer(tmp_path)


def test_a_damaged_tokenizer_is_refused_in_two_lines(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(BaseModelError) as caught:
        load_tokenizer(folder)
    assert len(str(caught.value).splitlines()) == 2
    assert str(folder) in str(caught.value)


def test_more_tokens_than_embeddings_are_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path)
    rewrite(folder / "config.json", vocab_size=10)
    with pytest.raises(BaseModelError, match="the model has 10 embeddings"):
        load_tokenizer(folder)
