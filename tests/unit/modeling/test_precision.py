"""The probe: bf16 only where it is clearly faster, remembered for this machine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, BertConfig, BertForMaskedLM

from accent.modeling import autocast, precision, probe_precision, settle_matrices
from tests.checkpoints import FAMILIES, make_checkpoint


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACCENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(precision, "_measured", {})
    return tmp_path / "cache"


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as another process would: only what is on the disk is known."""
    monkeypatch.setattr(precision, "_measured", {})


def fake(monkeypatch: pytest.MonkeyPatch, fp32: float, bf16: float) -> list[int]:
    calls: list[int] = []

    def timed() -> dict[str, float]:
        calls.append(1)
        return {"fp32": fp32, "bf16": bf16}

    monkeypatch.setattr(precision, "_time_both", timed)
    return calls


@pytest.mark.parametrize(
    ("bf16", "choice"), [(0.5, "bf16"), (0.909, "bf16"), (0.92, "fp32"), (1.0, "fp32"), (9.0, "fp32")]
)
def test_bf16_must_be_a_tenth_faster(monkeypatch: pytest.MonkeyPatch, bf16: float, choice: str) -> None:
    fake(monkeypatch, 1.0, bf16)
    found = probe_precision("cpu")
    assert found.choice == choice
    assert found.seconds == {"fp32": 1.0, "bf16": bf16}
    assert f"{1.0 / bf16:.2f} times" in found.reason


def test_it_is_measured_once_and_then_remembered_on_disk(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    calls = fake(monkeypatch, 1.0, 0.5)
    first = probe_precision()
    assert probe_precision() is first
    forget(monkeypatch)
    assert probe_precision() == first
    assert len(calls) == 1
    assert len(list(cache.glob("precision-*.json"))) == 1


def test_other_threads_or_instructions_are_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fake(monkeypatch, 1.0, 0.5)
    probe_precision()
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    probe_precision()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    probe_precision()
    assert len(calls) == 3


@pytest.mark.parametrize("damage", ["", "[]", '{"seconds": {"fp32": 1.0}}', '{"seconds": {"fp32": 0, "bf16": 0}}'])
def test_a_damaged_memory_is_measured_again(monkeypatch: pytest.MonkeyPatch, cache: Path, damage: str) -> None:
    calls = fake(monkeypatch, 1.0, 0.5)
    probe_precision()
    next(cache.iterdir()).write_text(damage)
    forget(monkeypatch)
    assert probe_precision().choice == "bf16"
    assert len(calls) == 2


def test_a_cache_that_cannot_be_written_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    cache.write_text("a file where the folder would be")
    fake(monkeypatch, 1.0, 0.5)
    assert probe_precision().choice == "bf16"


def test_the_real_measurement_is_short_and_draws_no_chance() -> None:
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    started = time.perf_counter()
    found = probe_precision()
    assert time.perf_counter() - started < 10  # under 2 s on a machine of its own
    assert min(found.seconds.values()) > 0
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(("has", "choice"), [(True, "bf16"), (False, "fp32")])
def test_a_card_is_asked_and_not_timed(monkeypatch: pytest.MonkeyPatch, has: bool, choice: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has)
    assert probe_precision("cuda").choice == choice
    assert probe_precision(torch.device("cuda", 0)).seconds == {}


def test_other_devices_stay_at_fp32() -> None:
    assert probe_precision("mps").choice == "fp32"


@pytest.mark.parametrize(("choice", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_autocast_multiplies_in_the_choice(choice: str, dtype: torch.dtype) -> None:
    layer = torch.nn.Linear(4, 4)
    with autocast(choice, "cpu"):
        out = layer(torch.ones(2, 4))
    assert out.dtype == dtype
    assert layer.weight.dtype == torch.float32


@pytest.mark.parametrize("family", FAMILIES)
def test_settled_matrices_answer_bit_by_bit_as_those_that_are_turned_at_every_call(tmp_path: Path, family: str) -> None:
    model = AutoModel.from_pretrained(make_checkpoint(tmp_path / "base", family))
    ids_BT = torch.arange(5, 17).reshape(2, 6)
    asked = {"input_ids": ids_BT} | ({"decoder_input_ids": ids_BT} if family == "t5" else {})
    size = sum(one.numel() * one.element_size() for one in model.parameters())
    with torch.inference_mode(), autocast("bf16", "cpu"):
        before = model(**asked).last_hidden_state
        settle_matrices(model, "fp32")
        assert {one.dtype for one in model.parameters()} == {torch.float32}
        settle_matrices(model, "bf16")
        assert torch.equal(model(**asked).last_hidden_state, before)
    assert sum(one.numel() * one.element_size() for one in model.parameters()) < size


def test_a_table_that_is_the_output_layer_too_is_not_settled() -> None:
    model = BertForMaskedLM(
        BertConfig(vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    )
    settle_matrices(model, "bf16")
    assert model.bert.embeddings.word_embeddings.weight.dtype == torch.float32
    assert model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
    assert model.cls.predictions.transform.dense.weight.dtype == torch.bfloat16
