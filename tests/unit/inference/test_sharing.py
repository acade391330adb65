"""What runs hold together: tensors that are equal bit by bit, and tokenizers of equal files."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest
import torch

from accent.errors import BaseModelError
from accent.inference import Predictor, read_settings
from accent.inference.sharing import Encoders, SharedBases, bytes_of, differs_by_additions
from accent.modeling import find_base
from tests.checkpoints import make_checkpoint
from tests.unit.inference.served import save_served
from tests.unit.inference.small import write_settings

CPU = torch.device("cpu")


def test_only_equal_weights_are_shared(tmp_path: Path) -> None:
    base = make_checkpoint(tmp_path / "base", initializer_range=0.3)
    found = SharedBases(CPU, "fp32").of(find_base(str(base)))
    one, other, partial = (
        Predictor.load(save_served(tmp_path / name, base, strategy, seed=seed), precision="fp32").model
        for seed, (name, strategy) in enumerate([("one", "lora"), ("other", "lora"), ("partial", "partial")])
    )
    trunk = found.trunk(one, "sequence")
    assert trunk is not None
    assert found.trunk(other, "tokens") is trunk
    values = {name: parameter.detach().clone() for name, parameter in other.named_parameters()}
    shared = [found.adopt(model, changed=changed) for model, changed in ((one, True), (other, True), (partial, False))]
    frozen = {name for name, parameter in other.named_parameters() if not parameter.requires_grad}
    assert shared[0] == shared[1] == frozen
    assert all(torch.equal(parameter, values[name]) for name, parameter in other.named_parameters())
    kept = dict(one.named_parameters())
    for name, parameter in other.named_parameters():
        assert (parameter.data_ptr() == kept[name].data_ptr()) == (name in frozen)
    assert {name for name in shared[2] if "layer." in name} == {n for n in shared[2] if "layer.0." in n} != set()
    assert bytes_of(other, without=shared[1]) == sum(4 * v.numel() for n, v in values.items() if n not in frozen)
    assert differs_by_additions(one, trunk, shared[0])
    assert not differs_by_additions(partial, trunk, shared[2])
    assert not differs_by_additions(one, trunk, shared[0] - {"bert.embeddings.word_embeddings.weight"})
    one.config.layer_norm_eps = 1e-3
    assert not differs_by_additions(one, trunk, shared[0])


def test_a_base_is_held_while_it_is_used(tmp_path: Path) -> None:
    base = find_base(str(make_checkpoint(tmp_path / "base")))
    bases = SharedBases(CPU, "fp32")
    found = bases.of(base)
    assert bases.of(base) is found
    assert bases.known(base.digest) is found
    del found
    gc.collect()
    assert bases.known(base.digest) is None


def test_runs_with_equal_tokenizers_share_them(tmp_path: Path) -> None:
    base, wordy = make_checkpoint(tmp_path / "base"), make_checkpoint(tmp_path / "gpt2", "gpt2")
    one, same, other = (save_served(tmp_path / str(n), place) / "model" for n, place in enumerate((base, base, wordy)))
    encoders = Encoders()
    first = encoders.of(one, read_settings(one))
    assert encoders.of(same, read_settings(same)) is first
    assert encoders.of(other, read_settings(other)) is not first
    write_settings(same, max_length=20)
    assert encoders.of(same, read_settings(same)).max_length == 20
    write_settings(same, long_texts={"kept_part": "tail"})
    assert encoders.of(same, read_settings(same)).long_texts.kept_part == "tail"
    write_settings(same)
    assert encoders.of(same, read_settings(same)) is first
    config = json.loads((same / "config.json").read_text())
    (same / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 30}))
    assert encoders.of(same, read_settings(same)) is not first  # it reads less at once
    (same / "tokenizer.json").unlink()
    with pytest.raises(BaseModelError, match="no tokenizer"):
        encoders.of(same, read_settings(same))
