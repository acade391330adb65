"""What moved is saved without its base, put onto it again bit by bit, and read by PEFT where PEFT has the method."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, PreTrainedModel

from accent.config import AdapterConfig, HeadConfig, LoraConfig, PrefixConfig, StrategyConfig
from accent.errors import RunError
from accent.strategies import load_changes, make_strategy, save_changes
from accent.tokenization import load_tokenizer
from tests.unit.strategies.models import EVERY, answers, head_of, inputs_of, load, make_base, prepare, train

CONFIGS: dict[str, StrategyConfig] = {
    "lora": LoraConfig(rank=3),
    "all-linear": LoraConfig(rank=3, alpha=5.0, targets=("all-linear",)),
    "houlsby": AdapterConfig(placement="houlsby"),
    "pfeiffer": AdapterConfig(),
    "prefix": PrefixConfig(prefix_length=3),
    "head": HeadConfig(),
}
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saving")


def trained(base: Path, family: str, config: StrategyConfig, folder: Path) -> PreTrainedModel:
    """Train a model for two updates and save what moved."""
    model, strategy = load(base, family), make_strategy(config)
    train(model, prepare(strategy, model, family), inputs_of(base, family))
    save_changes(model, load_tokenizer(base), strategy, folder, base="org/tiny")
    return model


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("family", EVERY)
def test_loaded_again_it_answers_the_same_bit_by_bit(root: Path, tmp_path: Path, family: str, name: str) -> None:
    if name == "head" and family == "bart":
        pytest.skip("BART that writes has no head of its own")
    base, config = make_base(root, family), CONFIGS[name]
    expected = answers(trained(base, family, config, tmp_path), inputs_of(base, family))
    other = load(base, family, seed=99)  # a head and modules of another seed, all of them replaced
    assert not torch.equal(answers(other, inputs_of(base, family)), expected)
    load_changes(other, make_strategy(config), tmp_path, head=head_of(family))
    assert not other.training
    assert not any(module.training for module in other.modules())
    assert torch.equal(answers(other, inputs_of(base, family)), expected)


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")  # PEFT's own call
@pytest.mark.parametrize("name", ["lora", "all-linear"])
@pytest.mark.parametrize("family", EVERY)
def test_peft_puts_it_onto_transformers_own_model(root: Path, tmp_path: Path, family: str, name: str) -> None:
    base = make_base(root, family)
    model = trained(base, family, CONFIGS[name], tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    config.pad_token_id = model.config.pad_token_id
    own = getattr(transformers, config.architectures[0]).from_pretrained(base, config=config)
    found = PeftModel.from_pretrained(own, tmp_path).eval()
    described = json.loads((tmp_path / "adapter_config.json").read_text())
    assert (described["base_model_name_or_path"], described["r"]) == ("org/tiny", 3)
    # In float64: with weights as wide as T5's here, two orders of the same sum differ by 5e-3 in float32.
    expected = answers(model.double(), inputs_of(base, family))
    torch.testing.assert_close(answers(found.double(), inputs_of(base, family)), expected, rtol=1e-9, atol=1e-9)


def test_the_folder_holds_what_moved_and_nothing_else(root: Path, tmp_path: Path) -> None:
    base = make_base(root, "bert")
    model = trained(base, "bert", CONFIGS["pfeiffer"], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        WEIGHTS,
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    stored = load_file(tmp_path / WEIGHTS)
    named = dict(model.named_parameters())
    moving = {name for name, parameter in named.items() if parameter.requires_grad}
    assert {name.removeprefix("base_model.model.") for name in stored} == moving
    assert all(torch.equal(tensor, named[name.removeprefix("base_model.model.")]) for name, tensor in stored.items())
    assert len(moving) < len(named) / 2
    assert json.loads((tmp_path / "config.json").read_text())["id2label"] == {"0": "bad", "1": "good", "2": "mixed"}


FIRST = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight"


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda tensors: tensors.pop(FIRST), f"1 weight is missing: {FIRST}"),
        (lambda tensors: tensors.update(more=torch.zeros(1)), "1 weight is left over: more"),
        (lambda tensors: tensors.update({FIRST: torch.zeros(2, 32)}), f"1 weight is of another shape: {FIRST}"),
        (lambda tensors: tensors.clear(), r"12 weights are missing: .* and 7 more"),
    ],
    ids=["missing", "left over", "misshapen", "empty"],
)
def test_weights_that_do_not_fit_are_refused(
    root: Path, tmp_path: Path, damage: Callable[[dict[str, Tensor]], object], complaint: str
) -> None:
    base = make_base(root, "bert")
    trained(base, "bert", CONFIGS["lora"], tmp_path)
    tensors = load_file(tmp_path / WEIGHTS)
    damage(tensors)
    save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(RunError, match=complaint) as caught:
        load_changes(load(base, "bert"), make_strategy(CONFIGS["lora"]), tmp_path, head="sequence")
    assert len(str(caught.value).splitlines()) == 2


def test_a_damaged_or_missing_file_is_named(root: Path, tmp_path: Path) -> None:
    base = make_base(root, "bert")
    trained(base, "bert", CONFIGS["lora"], tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    for _ in range(2):
        with pytest.raises(RunError, match="the weights cannot be read"):
            load_changes(load(base, "bert"), make_strategy(CONFIGS["lora"]), tmp_path, head="sequence")
        (tmp_path / WEIGHTS).unlink(missing_ok=True)
