"""Gradual unfreezing: which stage each weight joins at, and when stages begin."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from accent.config import GradualConfig
from accent.modeling import Anatomy, find_base, load_model
from accent.strategies import Gradual, Moment
from tests.checkpoints import make_checkpoint
from tests.unit.training.tiny import tiny_model


def test_layers_join_from_the_top_and_the_embeddings_last() -> None:
    model = tiny_model()
    joined = defaultdict(set)
    for moved in Gradual().prepare(model, Anatomy.of(model, "sequence"), seed=1):
        joined[moved.stage].add(".".join(moved.name.split(".")[:4]) if ".layer." in moved.name else moved.name)
    assert joined[0] == {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"}
    assert (joined[1], joined[2]) == ({"bert.encoder.layer.1"}, {"bert.encoder.layer.0"})
    assert all(name.startswith("bert.embeddings.") for name in joined[3])
    assert set(joined) == {0, 1, 2, 3}


def test_a_model_with_nothing_above_its_layers_begins_with_the_top_layer(tmp_path: Path) -> None:
    base = find_base(str(make_checkpoint(tmp_path, "bart")))
    model = load_model(base, "written", (), seed=1).model
    moving = Gradual().prepare(model, Anatomy.of(model, "written"), seed=1)
    first = {moved.name.rsplit(".layers.")[0] + moved.name.split(".")[3] for moved in moving if moved.stage == 0}
    assert first == {"model.decoder1"}
    assert {moved.name for moved in moving if moved.stage == 4} >= {"model.shared.weight"}


@pytest.mark.parametrize(
    ("by", "every", "moments", "stages"),
    [
        ("epoch", 1, [(0, 0), (4, 0), (5, 0), (9, 9), (10, 0)], [0, 0, 1, 1, 2]),
        ("epoch", 2, [(9, 0), (10, 0), (19, 0), (20, 0)], [0, 1, 1, 2]),
        ("update", 3, [(0, 0), (2, 9), (3, 0), (5, 0), (6, 0)], [0, 0, 1, 1, 2]),
        ("plateau", 1, [(99, 0), (100, 1), (200, 2)], [0, 1, 2]),
        ("plateau", 2, [(99, 1), (100, 2), (200, 3), (200, 4)], [0, 1, 1, 2]),
    ],
)
def test_stages_begin_as_asked(by: str, every: int, moments: list[tuple[int, int]], stages: list[int]) -> None:
    """Of 5 updates an epoch; a moment is the updates taken and the plateaus seen."""
    strategy = Gradual(GradualConfig(unfreeze_by=by, unfreeze_every=every))  # type: ignore[arg-type]
    assert [strategy.stage(Moment(update, 5, plateaus)) for update, plateaus in moments] == stages
