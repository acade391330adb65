"""What a run will cost, from what trying it has shown: every part by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from accent.config import (
    DataConfig,
    FinetuneConfig,
    FullConfig,
    GradualConfig,
    StrategyConfig,
    TrainingConfig,
)
from accent.recipes.predicting import predict
from accent.recipes.rehearsal import PAGES, ScoringCost
from accent.recipes.tried import StageCost, Tried
from accent.training import BatchPlan

TRIED = Tried(
    parameters=1000,
    trainable=400,
    expected=400,
    stages=(StageCost(0, 0.1, 0.001),),
    mean_tokens=500.0,
    longest_tokens=900,
    memory=5_000,
    device_memory=700,
    microbatch=4,
    loading=4.0,
    recalling=0.0,
    recalled_bytes=0,
    evaluation=0.02,
    scoring=ScoringCost(row=0.03, rest=6.0),
    checkpoint=1.5,
    checkpoint_bytes=300,
    saving=0.5,
    model_bytes=100,
    learning_rate=2e-5,
    reason="as given",
)
ROWS = {"train": 80, "validation": 50, "test": 40}
PLAN = BatchPlan(np.full(80, 20), 8, seed=1)  # 10 updates an epoch


def config(strategy: StrategyConfig | None = None, **training: object) -> FinetuneConfig:
    return FinetuneConfig(
        data=DataConfig(source="a.csv"),
        strategy=strategy or FullConfig(),
        training=TrainingConfig(batch_size=8, **training),  # type: ignore[arg-type]
    )


def test_every_part_by_hand() -> None:
    found = predict(config(epochs=3.0), TRIED, PLAN, rows=ROWS, tunes=False, preparing=2.0)
    assert found.parts == pytest.approx(
        {
            "preparing": 2.0,
            "loading": 4.0,
            "recalling": 0.0,
            "training": 30 * (0.1 + 0.001 * 500),
            "evaluations": 3 * 50 * 0.02,
            "checkpoints": 3 * 1.5,
            "scoring": (50 + 40) * 0.03 + 6.0 + 0.5,
            "pages": PAGES,
        }
    )
    assert found.seconds == pytest.approx(sum(found.parts.values()))
    assert (found.updates, found.epochs) == (30, 3.0)
    assert (found.memory, found.disk) == (5_000, 3 * 300 + 100)
    assert (found.device_memory, found.microbatch) == (700, 4)


def test_evaluations_and_checkpoints_have_their_own_steps() -> None:
    found = predict(
        config(updates=25, evaluate_every=10, save_every=4, keep=1), TRIED, PLAN, rows=ROWS, tunes=True, preparing=0.0
    )
    assert found.parts["evaluations"] == pytest.approx(3 * 50 * 0.02)  # at 10, 20, 25
    assert found.parts["checkpoints"] == pytest.approx(8 * 1.5)  # at 4, 8, 10, 12, 16, 20, 24, 25
    assert found.disk == 2 * 300 + 100
    assert found.parts["scoring"] == pytest.approx((2 * 50 + 40) * 0.03 + 6.0 + 0.5)


def test_without_validation_nothing_is_evaluated() -> None:
    asked = config(epochs=1.0, evaluate_every=2, save_every=5)
    found = predict(asked, TRIED, PLAN, rows={"train": 80}, tunes=False, preparing=0.0)
    assert found.parts["evaluations"] == 0.0
    assert found.parts["checkpoints"] == 2 * 1.5


def test_what_frozen_layers_say_is_held_and_lies_on_the_disk() -> None:
    tried = replace(TRIED, recalling=7.0, recalled_bytes=2_000)
    found = predict(config(epochs=3.0), tried, PLAN, rows=ROWS, tunes=False, preparing=0.0)
    assert found.parts["recalling"] == 7.0
    assert (found.memory, found.device_memory, found.disk) == (7_000, 700, 3 * 300 + 100 + 2_000)


def test_stages_that_were_not_tried_lie_between_those_that_were() -> None:
    stages = (StageCost(0, 1.0, 0.0), StageCost(2, 3.0, 0.0), StageCost(4, 9.0, 0.0))
    tried = replace(TRIED, stages=stages)
    # An epoch each at stages 0 to 4, then two more at 4: 10 updates of 1, 2, 3, 6, 9, 9, 9 seconds.
    found = predict(config(GradualConfig(), epochs=7.0), tried, PLAN, rows=ROWS, tunes=False, preparing=0.0)
    assert found.parts["training"] == pytest.approx(10 * (1 + 2 + 3 + 6 + 9 + 9 + 9))


def test_every_evaluation_is_taken_for_a_plateau() -> None:
    tried = replace(TRIED, stages=(StageCost(0, 1.0, 0.0), StageCost(1, 5.0, 0.0)))
    by_plateau = GradualConfig(unfreeze_by="plateau")
    found = predict(config(by_plateau, epochs=3.0), tried, PLAN, rows=ROWS, tunes=False, preparing=0.0)
    assert found.parts["training"] == pytest.approx(10 * 1 + 20 * 5)
