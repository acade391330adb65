"""What frozen layers say is computed once, found again by what it depends on, and kept within bounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from accent.data import shelf
from accent.data.store import cache_folder
from accent.modeling import Anatomy, Cut, HeadName, find_base, load_model
from accent.strategies import ActivationStore
from accent.tokenization import EncodedRows, Encoder, collate, load_tokenizer
from tests.checkpoints import SENTENCES, make_checkpoint

TEXTS = [*SENTENCES, " ".join(SENTENCES[:4])]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("activations") / "bert", "bert", initializer_range=0.3)


def cut_of(folder: Path, head: HeadName = "sequence", frozen: int = 2, *, seed: int = 1) -> Cut:
    model = load_model(find_base(str(folder)), head, ("a", "b"), seed=seed).model
    return Cut(model, Anatomy.of(model, head), frozen)


def rows_of(folder: Path, texts: list[str] | None = None) -> tuple[EncodedRows, int]:
    encoder = Encoder(load_tokenizer(folder), 40)
    return encoder.encode_flat(TEXTS if texts is None else texts, None), encoder.pad_id


def files() -> list[Path]:
    return sorted(cache_folder("activations").iterdir())


@pytest.mark.parametrize("frozen", [1, 2])
def test_the_vectors_are_those_of_each_text_alone(bert: Path, frozen: int) -> None:
    cut = cut_of(bert, frozen=frozen)
    rows, pad_id = rows_of(bert)
    kept = ActivationStore(cut, precision="fp32").of(rows, pad_id=pad_id)
    assert kept.activations is not None
    assert kept.activations.single == (frozen == 2)
    chosen = np.array([7, 0, 10])
    batch = kept.activations.batch(chosen)
    for found, example in zip(batch, chosen, strict=True):
        alone = cut.below(collate(rows, np.array([example]), pad_id=pad_id))[0]
        torch.testing.assert_close(found[: len(alone)], alone, rtol=1e-4, atol=1e-5)
        assert not found[len(alone) :].any()
    assert kept.bytes == kept.vectors * 32 * 4 == files()[0].stat().st_size - 128


def test_a_second_run_finds_them_and_asks_no_layer(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, pad_id = rows_of(bert)
    first = ActivationStore(cut_of(bert), precision="fp32").of(rows, pad_id=pad_id)

    def refuse(*_: object) -> None:
        raise AssertionError("a layer was asked")

    monkeypatch.setattr(Cut, "below", refuse)
    second = ActivationStore(cut_of(bert, seed=2), precision="fp32").of(rows, pad_id=pad_id)  # another head
    assert (first.hit, second.hit) == (False, True)
    assert first.activations is not None
    assert second.activations is not None
    assert np.array_equal(first.activations.values, second.activations.values)
    assert isinstance(second.activations.values, np.memmap)


def test_whatever_changes_the_vectors_is_not_found(bert: Path) -> None:
    rows, pad_id = rows_of(bert)
    moved = cut_of(bert)
    with torch.no_grad():
        moved.model.get_parameter(moved.weights[-1]).add_(1.0)  # as when layers are drawn anew
    other = replace(rows, ids=np.where(np.arange(len(rows.ids)) == 3, rows.ids[4], rows.ids).astype(np.int32))
    asked = [
        (cut_of(bert), "fp32", rows),
        (cut_of(bert, frozen=1), "fp32", rows),
        (cut_of(bert, "tokens"), "fp32", rows),
        (cut_of(bert), "bf16", rows),
        (moved, "fp32", rows),
        (cut_of(bert), "fp32", other),
    ]
    assert not any(ActivationStore(cut, precision=dtype).of(one, pad_id=pad_id).hit for cut, dtype, one in asked)
    assert len(files()) == len(asked)


def test_a_damaged_file_is_computed_again(bert: Path) -> None:
    rows, pad_id = rows_of(bert)
    store = ActivationStore(cut_of(bert), precision="fp32")
    whole = store.of(rows, pad_id=pad_id).activations
    assert whole is not None
    expected = np.array(whole.values)
    files()[0].write_bytes(files()[0].read_bytes()[:-4])
    again = store.of(rows, pad_id=pad_id)
    assert not again.hit
    assert again.activations is not None
    assert np.array_equal(again.activations.values, expected)


def test_what_fails_on_the_way_leaves_nothing(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    rows, pad_id = rows_of(bert)
    monkeypatch.setattr(Cut, "below", fail)
    with pytest.raises(RuntimeError, match="killed"):
        ActivationStore(cut_of(bert), precision="fp32").of(rows, pad_id=pad_id)
    assert files() == []


def test_a_disk_that_does_not_hold_them_keeps_none(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_BYTES", 100)
    rows, pad_id = rows_of(bert)
    kept = ActivationStore(cut_of(bert), precision="fp32").of(rows, pad_id=pad_id)
    assert kept.activations is None
    assert not kept.hit
    assert kept.bytes == len(TEXTS) * 32 * 4
    assert files() == []


def test_an_empty_text_and_no_text_at_all_have_their_place(tmp_path: Path) -> None:
    gpt2 = make_checkpoint(tmp_path / "gpt2", "gpt2")
    cut = cut_of(gpt2, frozen=1)
    rows, pad_id = rows_of(gpt2, ["one", "", "two words"])
    assert rows.lengths[1] == 0
    found = ActivationStore(cut, precision="fp32").of(rows, pad_id=pad_id).activations
    assert found is not None
    alone = cut.below(collate(rows, np.array([1]), pad_id=pad_id))
    torch.testing.assert_close(found.batch(np.array([1])), alone)
    none = ActivationStore(cut, precision="fp32").of(rows_of(gpt2, [])[0], pad_id=pad_id).activations
    assert none is not None
    assert none.values.shape == (0, 32)
