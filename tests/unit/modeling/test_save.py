"""Saving: transformers' layout, whole files only."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from transformers import PreTrainedModel, pipeline

from accent.errors import RunError
from accent.modeling import find_base, load_model, save_model, save_tokenizer
from accent.records import disk
from accent.tokenization import load_tokenizer
from tests.checkpoints import FAMILIES, SENTENCES, make_checkpoint, make_tokenizer


@pytest.mark.parametrize("family", FAMILIES)
def test_a_pipeline_takes_the_saved_folder(tmp_path: Path, family: str) -> None:
    folder = make_checkpoint(tmp_path / "base", family)
    loaded = load_model(find_base(str(folder)), "sequence", ("bad", "good"), seed=1)
    save_model(loaded.model, load_tokenizer(folder), tmp_path / "saved")
    answers = pipeline("text-classification", model=str(tmp_path / "saved"), device="cpu")(
        list(SENTENCES), top_k=None, batch_size=4, truncation=True
    )
    assert len(answers) == len(SENTENCES)
    for answer in answers:
        assert {entry["label"] for entry in answer} == {"bad", "good"}
        assert sum(entry["score"] for entry in answer) == pytest.approx(1.0)


def test_other_files_stay_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "base")
    loaded = load_model(find_base(str(folder)), "sequence", ("bad", "good"), seed=1)
    target = tmp_path / "saved"
    target.mkdir()
    (target / "README.md").write_text("mine")
    for _ in range(2):
        save_model(loaded.model, load_tokenizer(folder), target)
    assert {path.name for path in target.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert (target / "README.md").read_text() == "mine"


def test_a_full_disk_leaves_the_old_files_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_checkpoint(tmp_path / "base")
    loaded = load_model(find_base(str(folder)), "sequence", ("bad", "good"), seed=1)
    target = tmp_path / "saved"
    save_model(loaded.model, load_tokenizer(folder), target)
    before = {path.name: path.read_bytes() for path in target.iterdir()}

    def full(_: PreTrainedModel, place: str) -> None:
        (Path(place) / "model.safetensors").write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(loaded.model), "save_pretrained", full)
    with pytest.raises(RunError, match="the disk is full"):
        save_model(loaded.model, load_tokenizer(folder), target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_a_tokenizer_takes_its_place_last_file_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = make_tokenizer("bert")
    placed: list[str] = []
    rename = disk.rename

    def noting(path: Path, target: Path) -> None:
        placed.append(target.name)
        rename(path, target)

    monkeypatch.setattr(disk, "rename", noting)
    save_tokenizer(tokenizer, tmp_path / "tokenizer")
    assert set(placed) == {"tokenizer.json", "tokenizer_config.json"}
    assert placed[-1] == "tokenizer.json"
    assert load_tokenizer(tmp_path / "tokenizer").get_vocab() == tokenizer.get_vocab()
