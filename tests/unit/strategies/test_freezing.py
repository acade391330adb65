"""Head and partial: special families, and what cannot be frozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accent.config import HeadConfig, PartialConfig
from accent.errors import ConfigError
from accent.modeling import Anatomy, HeadName, find_base, load_model
from accent.strategies import Head, Partial, Strategy
from tests.checkpoints import make_checkpoint


def load(folder: Path, family: str, head: HeadName, **settings: Any) -> tuple[Any, Anatomy]:
    base = find_base(str(make_checkpoint(folder, family, **settings)))
    model = load_model(base, head, () if head in ("causal", "written") else ("a", "b"), seed=1).model
    return model, Anatomy.of(model, head)


def moving(strategy: Strategy, model: Any, anatomy: Anatomy) -> set[str]:
    return {moved.name for moved in strategy.prepare(model, anatomy, seed=1)}


def test_only_the_norm_behind_its_layers_moves_in_a_gpt2_that_writes(tmp_path: Path) -> None:
    """The output layer is the table of tokens."""
    assert moving(Head(), *load(tmp_path, "gpt2", "causal")) == {"transformer.ln_f.weight", "transformer.ln_f.bias"}


def test_both_last_norms_move_in_a_t5_that_writes(tmp_path: Path) -> None:
    found = moving(Head(), *load(tmp_path, "t5", "written"))
    assert found == {"encoder.final_layer_norm.weight", "decoder.final_layer_norm.weight"}


def test_a_bart_that_writes_has_nothing_above_its_layers(tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, "bart", "written")
    for strategy in (Head(), Partial(PartialConfig(frozen_layers=4))):
        with pytest.raises(ConfigError, match="nothing would move"):
            strategy.prepare(model, anatomy, seed=1)


def test_half_of_an_encoder_with_a_decoder_is_the_encoder(tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, "bart", "written")
    found = moving(Partial(), model, anatomy)
    assert found == {name for name, _ in model.named_parameters() if name.startswith("model.decoder.layers.")}


@pytest.mark.parametrize(("asked", "layers"), [(0, {0, 1, 2}), (1, {1, 2}), (None, {1, 2}), (2, {2}), (3, set())])
def test_lower_layers_are_frozen_as_asked(tmp_path: Path, asked: int | None, layers: set[int]) -> None:
    model, anatomy = load(tmp_path, "bert", "tokens", num_hidden_layers=3)
    found = moving(Partial(PartialConfig(frozen_layers=asked)), model, anatomy)
    of_layers = {name for name in found if ".layer." in name}
    assert {int(name.split(".layer.")[1].split(".")[0]) for name in of_layers} == layers
    assert len(of_layers) == 16 * len(layers)
    assert found - of_layers == {"classifier.weight", "classifier.bias"}


def test_more_layers_than_there_are_cannot_be_frozen(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="3 layers cannot be frozen: the model has 2") as caught:
        moving(Partial(PartialConfig(frozen_layers=3)), *load(tmp_path, "bert", "sequence"))
    assert "from 0 to 1" in str(caught.value.remedy)


def test_layers_that_share_their_weights_are_frozen_together_or_not_at_all(tmp_path: Path) -> None:
    model, anatomy = load(tmp_path, "albert", "sequence")
    found = moving(Partial(), model, anatomy)
    assert any("albert_layers" in name for name in found)
    assert not any("embedding" in name for name in found)
    with pytest.raises(ConfigError, match="share their weights"):
        Partial(PartialConfig(frozen_layers=1)).prepare(model, anatomy, seed=1)


def test_the_head_alone_is_saved_unless_it_is_merged() -> None:
    assert Head().saves_changes
    assert not Head(HeadConfig(merge=True)).saves_changes
    assert not Partial().saves_changes
