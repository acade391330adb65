"""Where the base of a run that holds only changes is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from accent.config import LoraConfig
from accent.config.show import to_dict
from accent.errors import BaseModelError, RunError
from accent.inference import Predictor, fetch_base, find_own_base, read_settings, rebuilding
from accent.modeling import Anatomy, Base, find_base, load_model
from accent.strategies import Lora, save_changes
from accent.tokenization import load_tokenizer
from tests.checkpoints import make_checkpoint
from tests.unit.inference.small import LABELS, save_run, write_settings

TEXTS = ["a warm film", "cold soup", "not bad at all"]


def save_changed(folder: Path) -> tuple[Path, torch.Tensor]:
    """Write a run of LoRA and its base under `folder`; return the run, and the probabilities of its model."""
    base = find_base(str(make_checkpoint(folder / "base", initializer_range=0.3)))
    model, strategy = load_model(base, "sequence", LABELS, seed=1).model, Lora()
    for moved in strategy.prepare(model, Anatomy.of(model, "sequence"), seed=1):
        moved.parameter.data += 0.1
    tokenizer, place = load_tokenizer(base.folder), folder / "run" / "model"
    save_changes(model, tokenizer, strategy, place, base=base.name)
    write_settings(
        place,
        strategy=to_dict(LoraConfig()),
        saved="changes",
        base={"name": base.name, "digest": base.digest, "revision": None},
    )
    with torch.inference_mode():
        logits = model(**tokenizer(TEXTS, padding=True, return_tensors="pt")).logits
    return folder / "run", torch.softmax(logits.double(), dim=-1)


def test_a_predictor_puts_the_changes_onto_the_base(tmp_path: Path) -> None:
    run, expected = save_changed(tmp_path)
    found = Predictor.load(run, precision="fp32").probabilities(TEXTS)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-5, atol=1e-6)


def test_a_moved_base_is_named_and_a_changed_one_refused(tmp_path: Path) -> None:
    run, expected = save_changed(tmp_path)
    (tmp_path / "base").rename(tmp_path / "moved")
    with pytest.raises(RunError, match="is not found: no such folder") as caught:
        Predictor.load(run, precision="fp32")
    assert "--base" in caught.value.remedy
    found = Predictor.load(run, precision="fp32", base=str(tmp_path / "moved")).probabilities(TEXTS)
    torch.testing.assert_close(torch.from_numpy(found), expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(BaseModelError, match="no such folder"):
        Predictor.load(run, precision="fp32", base=str(tmp_path / "nowhere"))
    make_checkpoint(tmp_path / "base", seed=4)
    with pytest.raises(RunError, match="the base is another than this run's") as caught:
        Predictor.load(run, precision="fp32")
    assert len(str(caught.value).splitlines()) == 2


def test_a_base_of_the_hub_is_asked_for_by_its_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def found(name: str, *, revision: str | None, offline: bool) -> Base:
        asked.append((name, revision, offline))
        return Base(name, tmp_path, "ab", "bert")

    monkeypatch.setattr(rebuilding, "find_base", found)
    base = {"name": "org/tiny", "digest": "ab", "revision": "v2"}
    write_settings(tmp_path, strategy={"kind": "head"}, saved="changes", base=base)
    fetch_base(str(tmp_path), base=None, offline=False)
    assert find_own_base(tmp_path, read_settings(tmp_path), base="elsewhere", offline=True).name == "elsewhere"
    assert asked == [("org/tiny", "v2", False), ("elsewhere", None, True)]


def test_a_whole_model_asks_for_no_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = save_run(tmp_path)

    def refuse(*_: object, **__: object) -> Base:
        raise AssertionError("the base is looked for")

    monkeypatch.setattr(rebuilding, "find_base", refuse)
    fetch_base(str(run), base=None, offline=False)
    assert Predictor.load(run, precision="fp32").labels == LABELS
