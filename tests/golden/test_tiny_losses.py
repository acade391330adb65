"""Golden losses: a change that should not change numbers leaves these as they are.

Written by `python -m tests.golden.test_tiny_losses`; a change that should move them says why in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from accent.config import ScheduleConfig, TrainingConfig
from accent.training import BatchPlan
from tests.unit.training.tiny import LENGTHS, tiny_learner

GOLDEN = Path(__file__).parent / "tiny_losses.json"
UPDATES = 12


def tiny_losses(kind: str) -> list[float]:
    """Train the tiny BERT with dropout and return the loss of each update."""
    schedule = ScheduleConfig(kind=kind, warmup_ratio=0.2)  # type: ignore[arg-type]
    learner = tiny_learner(TrainingConfig(batch_size=16, microbatch_size=6, learning_rate=5e-3, schedule=schedule))
    plan = BatchPlan(LENGTHS, 16, seed=11)
    return [learner.update(plan.batch(update), update, UPDATES).loss for update in range(UPDATES)]


@pytest.mark.parametrize("kind", ["linear", "cosine", "constant", "wsd"])
def test_losses_are_golden(kind: str) -> None:
    golden = json.loads(GOLDEN.read_text())[kind]
    np.testing.assert_allclose(tiny_losses(kind), golden, rtol=2e-4)


if __name__ == "__main__":
    GOLDEN.write_text(
        json.dumps({kind: tiny_losses(kind) for kind in ("linear", "cosine", "constant", "wsd")}, indent=1)
    )
