"""Inspect: a run that has not come to its end shows what it knows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from tests.checkpoints import make_tokenizer

from accent.config import InspectConfig
from accent.errors import ConfigError, RunError
from accent.recipes import inspect
from accent.records import Record, RunFolder


def test_a_run_without_a_model_shows_its_facts(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "a run")
    (folder.checkpoints / "update-00000003").mkdir(parents=True)
    Record(command=[], config={}, seed=7, status="failed", error="the disk is full").write(folder)
    facts = inspect(InspectConfig(target=str(folder.path)))
    assert set(facts) == {"run"}
    assert (facts["run"]["status"], facts["run"]["error"]) == ("failed", "the disk is full")
    assert facts["run"]["checkpoints"] == ["update-00000003"]
    with pytest.raises(RunError, match="no model yet") as caught:
        inspect(InspectConfig(target=str(folder.path), text="good"))
    assert f"'{folder.path}'" in caught.value.remedy


@pytest.fixture
def tokenizer_folder(tmp_path: Path) -> Path:
    make_tokenizer("bert").save_pretrained(str(tmp_path / "tokenizer"))
    return tmp_path / "tokenizer"


def test_a_folder_with_a_tokenizer_alone_is_described(tokenizer_folder: Path) -> None:
    facts = inspect(InspectConfig(target=str(tokenizer_folder), text="a film", text_pair="ok"))
    assert set(facts) == {"tokenizer", "text"}
    assert facts["tokenizer"]["vocabulary"] == len(make_tokenizer("bert"))
    assert facts["text"]["tokens"][0] == "[CLS]"
    assert facts["text"]["word_index"][0] is None
    assert facts["text"]["type_ids"][-1] == 1


def test_a_tokenizer_is_measured_on_running_text(tokenizer_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a film\n\nseen seen seen\n")
    facts = inspect(InspectConfig(target=str(tokenizer_folder), corpus=str(tmp_path / "a.txt")))
    assert set(facts) == {"tokenizer", "corpus"}
    assert (facts["corpus"]["texts"], facts["corpus"]["words"]) == (2, 5)
    assert (facts["corpus"]["worst"][0]["word"], facts["corpus"]["worst"][0]["count"]) == ("seen", 3)


def test_of_a_long_text_the_beginning_is_measured(
    tokenizer_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("accent.recipes.inspect"), "MEASURED", 10)
    (tmp_path / "a.txt").write_text("\n\n".join(["a film"] * 9))
    facts = inspect(InspectConfig(target=str(tokenizer_folder), corpus=str(tmp_path / "a.txt")))
    assert facts["corpus"]["texts"] == 2


def test_running_text_measures_no_data(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--corpus needs a tokenizer"):
        inspect(InspectConfig(target="builtin:reviews", corpus=str(tmp_path)))
