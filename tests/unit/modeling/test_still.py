"""Which modules lie below the frozen layers' end."""

from __future__ import annotations

from pathlib import Path

import pytest

from accent.modeling import Anatomy, HeadName, find_base, load_model, still_modules
from tests.checkpoints import make_checkpoint


def names(folder: Path, family: str, frozen: int | None, head: HeadName = "sequence") -> list[str]:
    base = find_base(str(make_checkpoint(folder, family)))
    model = load_model(base, head, ("a", "b") if head == "sequence" else (), seed=1).model
    known = {id(module): name for name, module in model.named_modules()}
    return [known[id(module)] for module in still_modules(model, Anatomy.of(model, head), frozen)]


@pytest.mark.parametrize(
    ("frozen", "expected"),
    [
        (None, []),
        (0, ["bert.embeddings"]),
        (1, ["bert.embeddings", "bert.encoder.layer.0"]),
        (2, ["bert.embeddings", "bert.encoder"]),
    ],
)
def test_what_lies_below_the_end_of_the_layer(tmp_path: Path, frozen: int | None, expected: list[str]) -> None:
    """A module all of whose parts are still is named itself, not its parts."""
    assert names(tmp_path, "bert", frozen) == expected


def test_what_follows_a_layer_stays_on(tmp_path: Path) -> None:
    first = ["transformer.wte", "transformer.wpe", "transformer.drop"]
    assert names(tmp_path, "gpt2", 2) == [*first, "transformer.h"]


def test_an_encoder_may_be_still_below_a_decoder(tmp_path: Path) -> None:
    assert names(tmp_path, "t5", 3, "written") == ["shared", "encoder", "decoder.embed_tokens", "decoder.block.0"]


def test_the_norm_of_embeddings_is_still_wherever_it_is_listed(tmp_path: Path) -> None:
    found = names(tmp_path, "bart", 1, "written")
    assert "model.encoder.layers.0" in found
    assert "model.encoder.layernorm_embedding" in found
    assert "model.encoder.layers.1" not in found
