"""Golden losses of every task: rows, examples, windows and loss as they are now, over 12 updates with dropout.

Written by `python -m tests.golden.test_task_losses`; a change that should move them says why in CHANGELOG.md.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from accent.config import READ_IN_WINDOWS, DataConfig, TaskConfig, TrainingConfig
from accent.config.annotations import members
from accent.data import load
from accent.modeling import Anatomy, find_base, load_model
from accent.strategies import Full
from accent.tasks import encode_dataset, make_task
from accent.tokenization import Encoder, LongTexts, load_tokenizer
from accent.training import BatchPlan, Examples, Learner, World
from tests.checkpoints import make_checkpoint
from tests.workflows.jobs import JOBS, write_split

GOLDEN = Path(__file__).parent / "task_losses.json"
UPDATES, BATCH, LENGTH = 12, 16, 40
CONFIGS = {config.kind: config() for config in members(TaskConfig)}


def task_losses(kind: str, folder: Path) -> list[float]:
    """Train a tiny base of the task's family and return the loss of each update."""
    split = write_split(JOBS[kind], folder)
    data = load(DataConfig(source=str(split.train), validation=str(split.validation)), task=kind, seed=3, offline=True)
    base = find_base(str(make_checkpoint(folder / "base", JOBS[kind].family)))
    task = make_task(CONFIGS[kind], data.splits, data.schema.label_columns).suited(base.family)
    long_texts = LongTexts(windows=kind in READ_IN_WINDOWS, stride=4)
    found = encode_dataset(
        task, data.splits["train"], Encoder(load_tokenizer(base.folder), LENGTH, long_texts=long_texts)
    )
    loaded = load_model(base, task.head, task.labels, problem_type=task.problem_type, dropout=0.2, seed=3)
    learner = Learner(
        loaded.model,
        Full().prepare(loaded.model, Anatomy.of(loaded.model, task.head), seed=3),
        examples=Examples(found.lengths, found.batch, found.rows.windows),
        loss=task.loss,
        config=TrainingConfig(batch_size=BATCH, microbatch_size=6, learning_rate=5e-3),
        seed=3,
        world=World(),
        autocast=nullcontext,
    )
    plan = BatchPlan(found.rows.row_lengths, BATCH, seed=11)
    return [learner.update(plan.batch(update), update, UPDATES).loss for update in range(UPDATES)]


def test_there_is_a_golden_curve_for_every_task() -> None:
    assert set(json.loads(GOLDEN.read_text())) == set(CONFIGS)


@pytest.mark.parametrize("kind", sorted(CONFIGS))
def test_losses_are_golden(kind: str, tmp_path: Path) -> None:
    golden = json.loads(GOLDEN.read_text())[kind]
    np.testing.assert_allclose(task_losses(kind, tmp_path), golden, rtol=2e-4)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        curves = {kind: task_losses(kind, Path(scratch, kind)) for kind in sorted(CONFIGS)}
    GOLDEN.write_text(json.dumps(curves, indent=1))


if __name__ == "__main__":
    main()
